"""What a reader of the report must be warned of: leaks, failed generators, too few repeats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from synthlift.core.splits import SplitFacts
from synthlift.core.text import several
from synthlift.statistics.intervals import MAX_PHI, MIN_REPEATS

MAX_COPIES = 0.05

Fidelities = Sequence[Mapping[str, float | None]]


def cautions(
    by_classifier: Mapping[str, Iterable[str]],
    facts: Sequence[SplitFacts],
    fidelity: Fidelities,
    n_classes: int,
    absent: Sequence[str],
    phi: float,
) -> list[str]:
    """One line per caution.

    by_classifier: the names of the arms that were compared. absent: classes that the test rows of a
    repeat lack.
    """
    found = []
    worst = max(facts, key=lambda f: f.duplicates)
    if worst.duplicates:
        found.append(
            f"{worst.duplicates} of {worst.n_test} test rows also stand in train, valid or "
            "reserve: scores are too high; remove duplicates before the split"
        )
    found += _of_generator(fidelity, n_classes)
    if by_classifier and len(facts) < MIN_REPEATS:
        found.append(
            f"fewer than {MIN_REPEATS} repeats ({len(facts)}): no interval and no verdict; "
            f"a study needs n_repeats={MIN_REPEATS} at least"
        )
    if by_classifier and facts[0].regime == "fixed_test" and phi > MAX_PHI:
        found.append(
            f"each repeat trains on {phi:.0%} of the rows there are, so repeats share most of "
            "them: what is claimed holds for this training set, not for another one of this size"
        )
    if absent:
        found.append(
            f"no recall for {several(absent)}: a repeat without test rows of a class says "
            "nothing about it; ask for more test rows"
        )
    for classifier, arms in by_classifier.items():
        if "real" not in arms:
            found.append(
                f"{classifier} has no arm 'real': no lift over real and no table per class for it"
            )
    return found


def data_notes(facts: SplitFacts) -> list[str]:
    """What is good to know of the data: how files were read, groups."""
    found = [*facts.notes]
    if facts.n_groups is not None:
        found.append(
            f"rows come in groups, {facts.n_groups} of them in use: none stands in two parts, "
            "and intervals count test groups, not test rows"
        )
    if facts.n_barred:
        found.append(
            f"{facts.n_barred} rows of the pool are left out: their group stands in the "
            "official test set too"
        )
    return found


def near_chance(n_classes: int, held_out: float | None = None) -> float:
    """Adherence below this is hardly better than guessing: twice chance, halfway up at most.

    held_out: what real rows reach that no training has seen, 1 where that is not known. Where
    labels are noisy nobody's samples can do better.

    >>> near_chance(2), near_chance(10), near_chance(2, 0.7)
    (0.75, 0.2, 0.6)
    """
    chance = 1 / n_classes
    return min(2 * chance, ((1 if held_out is None else max(held_out, chance)) + chance) / 2)


def _of_generator(fidelity: Fidelities, n_classes: int) -> list[str]:
    """Judged per repeat: one failed generator of six would hide in the mean."""
    found, n = [], len(fidelity)
    copies, held_out = _values(fidelity, "copies"), _values(fidelity, "held_out_adherence")
    reached = f"; of real held-out rows {100 * min(held_out):.0f} %" if held_out else ""
    failed = [
        v
        for f in fidelity
        if (v := f.get("label_adherence")) is not None
        and v < near_chance(n_classes, f.get("held_out_adherence"))
    ]
    if failed:
        found.append(
            f"THE GENERATOR IGNORES ITS LABELS in {len(failed)} of {n} repeats: a classifier "
            f"trained on real rows gives only {100 * min(failed):.0f} % of the synthetic samples "
            f"the label they carry (chance is {100 / n_classes:.0f} %{reached})"
        )
    copied = [v for v in copies if v > MAX_COPIES]
    if copied:
        found.append(
            f"the generator copies its training rows in {len(copied)} of {n} repeats: up to "
            f"{100 * max(copied):.0f} % of the synthetic samples are as near to one as only 1 % of "
            "real rows are to another; a diagnostic of copying, not a privacy proof"
        )
    return found


def _values(fidelity: Fidelities, name: str) -> list[float]:
    return [v for f in fidelity if (v := f.get(name)) is not None]
