"""From the repeats of a study to its report, with what the study itself has to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from synthlift.core.errors import TrainingError
from synthlift.core.results import Report
from synthlift.core.splits import SplitFacts
from synthlift.looks import Look, say_look
from synthlift.stages.compare import ALPHA, compare

if TYPE_CHECKING:
    from synthlift.experiment import Experiment, Repeat


def compare_repeats(
    study: Experiment, repeats: Sequence[Repeat], look: Look | None = None
) -> Report:
    """The report on repeats of a study.

    look: which one it is of those that were planned. An arm that has nothing to say in one of the
    repeats is left out of all of them. A TrainingError where no arm could be trained at all.
    """
    failures = [failure for repeat in repeats for failure in repeat.failures]
    if failures and not any(repeat.trials for repeat in repeats):
        raise TrainingError(failures[0].reason)
    materials = [repeat.material for repeat in repeats]
    left_out = dict(pair for m in reversed(materials) for pair in absent_arms(study, m.facts))
    return compare(
        [t for repeat in repeats for t in repeat.trials if t.arm not in left_out],
        [m.facts for m in materials],
        [m.measured.read().scores if m.measured else {} for m in materials],
        study.scores,
        study.questions,
        dataset=study.dataset.name,
        schema=materials[0].schema,
        warnings=[*_unasked(study)],
        notes=[
            *(f"arm {name} is left out: {why}" for name, why in left_out.items()),
            *say_look(look),
        ],
        failures=[f for f in failures if f.arm not in left_out],
        alpha=look.alpha if look else ALPHA,
    )


def absent_arms(study: Experiment, facts: SplitFacts) -> Iterator[tuple[str, str]]:
    """Arms that have nothing to say about this split, and why."""
    for name, arm in study.arms.items():
        if why := arm.absent(facts):
            yield name, why


def _unasked(study: Experiment) -> Iterator[str]:
    for question in study.questions:
        if question.primary and question.baseline not in study.arms:
            yield (
                f"no verdict on {question.arm}: its baseline {question.baseline} is not among the "
                f"arms; add it to arm=[...]"
            )
