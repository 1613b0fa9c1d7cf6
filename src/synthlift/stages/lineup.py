"""The arms under each classifier, with a trial of every repeat, and those that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthlift.core.findings import FailedArm, Tuning
from synthlift.core.results import Failure, Trial

Arms = dict[str, tuple[Trial, ...]]  # of one classifier; trials in the order of the repeats

REAL = "real"


def find_failed(failures: Sequence[Failure], n_repeats: int) -> tuple[FailedArm, ...]:
    """Arms with a failure in any repeat, with the reason of the first repeat that failed."""
    found: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        found.setdefault((failure.arm, failure.classifier), []).append(failure)
    return tuple(
        FailedArm(
            arm,
            classifier,
            len({f.repeat for f in mine}),
            n_repeats,
            min(mine, key=lambda f: f.repeat).reason,
        )
        for (arm, classifier), mine in found.items()
    )


def line_up(
    trials: Sequence[Trial], failed: Sequence[FailedArm], n_repeats: int
) -> dict[str, Arms]:
    """Trials by classifier and arm, both in the order in which they come first.

    An arm that failed in some repeats is left out: the repeats that ran would flatter it.
    ValueError where any other arm lacks a repeat or has one twice.
    """
    out = {(f.arm, f.classifier) for f in failed}
    kept = [t for t in trials if (t.arm, t.classifier) not in out]
    found: dict[str, dict[str, list[Trial]]] = {}
    for trial in kept:
        found.setdefault(trial.classifier, {}).setdefault(trial.arm, []).append(trial)
    numbers = sorted({trial.repeat for trial in kept})
    for classifier, arms in found.items():
        for arm, of_arm in arms.items():
            of_arm.sort(key=lambda t: t.repeat)
            have = [t.repeat for t in of_arm]
            if have != numbers or len(numbers) != n_repeats:
                raise ValueError(
                    f"arm {arm!r} with classifier {classifier!r} has trials of repeats {have}, "
                    f"but {n_repeats} repeats are needed, once each and the same for every arm"
                )
    return {c: {arm: tuple(t) for arm, t in arms.items()} for c, arms in found.items()}


def find_tunings(by_classifier: Mapping[str, Arms]) -> tuple[Tuning, ...]:
    """What was chosen on valid for every arm in each repeat; empty where nothing was tuned."""
    found = tuple(
        Tuning(name, classifier, max(t.n_options for t in arm), tuple(map(_chosen, arm)))
        for classifier, arms in by_classifier.items()
        for name, arm in arms.items()
    )
    return found if any(tuning.n_trials > 1 for tuning in found) else ()


def _chosen(trial: Trial) -> dict[str, float | None]:
    return {name: value for name, value in trial.settings if name in trial.tuned}
