"""What a reader of the report must be warned of: leaks, failures, too few repeats or rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from synthlift.core.findings import FailedArm
from synthlift.core.results import ClassLift, Lift, Trial
from synthlift.core.splits import SplitFacts
from synthlift.core.text import count, printable, several
from synthlift.stages.lineup import REAL
from synthlift.stages.ruler import Ruler
from synthlift.statistics.intervals import MIN_REPEATS
from synthlift.statistics.verdict import points

MAX_COPIES = 0.05
FEW_TEST = 20  # test rows; of fewer each is 5 pt and more

Fidelities = Sequence[Mapping[str, float | None]]
Asked = tuple[str, str, str]  # a primary question: arm, baseline, classifier


def failure_cautions(failed: Sequence[FailedArm], asked: Sequence[Asked]) -> list[str]:
    """A line per failed arm: why, and what the report can't say without it."""
    found = []
    for one in failed:
        lost = [
            f"{arm} against {baseline}"
            for arm, baseline, classifier in asked
            if classifier == one.classifier and one.arm in (arm, baseline)
        ]
        line = (
            f"{printable(one.arm)} failed in {one.n_failed} of {count(one.n_repeats, 'repeat')} "
            f"({printable(one.classifier)}): {printable(one.reason).rstrip('.')}; it has no "
            "scores, for the repeats that ran would flatter it"
        )
        if one.arm == REAL:
            line += "; without it there is no lift over real and no table per class"
        if lost:
            line += f"; a primary question has no answer: {several(lost)}"
        found.append(line)
    return found


def data_cautions(facts: Sequence[SplitFacts], fidelity: Fidelities, n_classes: int) -> list[str]:
    """Duplicates across the split, and generators that ignore their labels or copy."""
    found = []
    worst = max(facts, key=lambda f: f.duplicates)
    if worst.duplicates:
        found.append(
            f"{worst.duplicates} of {worst.n_test} test rows also stand in train, valid or "
            "reserve: scores are too high; remove duplicates before the split"
        )
    return found + _of_generator(fidelity, n_classes)


def arm_cautions(
    by_classifier: Mapping[str, Iterable[str]],
    failed: Sequence[FailedArm],
    facts: Sequence[SplitFacts],
    ruler: Ruler,
) -> list[str]:
    """What the design can't carry; by_classifier: the names of the arms that were compared."""
    if not by_classifier:
        return []
    found = []
    if len(facts) < MIN_REPEATS:
        found.append(
            f"fewer than {MIN_REPEATS} repeats ({len(facts)}): no interval and no verdict; "
            f"a study needs n_repeats={MIN_REPEATS} at least"
        )
    n_test = min(f.n_test for f in facts)
    if n_test < FEW_TEST:
        found.append(
            f"{count(n_test, 'test row')}: one row more or less that is right is "
            f"{100 / n_test:.0f} pt, so hardly anything can be shown; ask for more test rows"
        )
    if ruler.scope:
        found.append(
            f"each repeat trains on {ruler.phi:.0%} of the rows there are, so repeats share most "
            "of them: what is claimed holds for this training set, not for another one of this size"
        )
    failed_real = {one.classifier for one in failed if one.arm == REAL}
    for classifier, arms in by_classifier.items():
        if REAL not in arms and classifier not in failed_real:
            found.append(
                f"{classifier} has no arm 'real': no lift over real and no table per class for it"
            )
    return found


def class_cautions(
    absent: Sequence[str], per_class: Sequence[ClassLift], n_repeats: int
) -> list[str]:
    """Classes about which the test rows say nothing, or too little for an interval.

    absent: classes that the test rows of a repeat lack.
    """
    found = []
    if absent:
        found.append(
            f"no recall for {several(absent)}: a repeat without test rows of a class says "
            "nothing about it, and scores that average classes leave it out there; ask for more "
            "test rows"
        )
    lone = dict.fromkeys(c.name for c in per_class if c.arm != REAL and c.low is None)
    if lone and n_repeats >= MIN_REPEATS:
        found.append(
            f"no interval for the recall of {several(list(lone))}: there is a single test row or "
            "group of the class; ask for more test rows"
        )
    return found


def tuning_cautions(trials: Iterable[Trial]) -> list[str]:
    """Arms that had fewer trials than the others because some of theirs went wrong."""
    lost: dict[tuple[str, str], int] = {}
    for t in trials:
        if t.n_failed:
            lost[t.arm, t.classifier] = lost.get((t.arm, t.classifier), 0) + t.n_failed
    return [
        f"{count(n, 'training')} of {printable(arm)} went wrong while it was tuned "
        f"({printable(classifier)}): it was chosen among fewer than the other arms"
        for (arm, classifier), n in lost.items()
    ]


def threshold_cautions(trials: Iterable[Trial]) -> list[str]:
    """Arms that got no sample at all, because the teacher was sure enough of none."""
    found: dict[tuple[str, str], list[Trial]] = {}
    for t in trials:
        found.setdefault((t.arm, t.classifier), []).append(t)
    lines = []
    for (arm, classifier), own in found.items():
        asked = [(t, dict(t.settings)) for t in own]
        empty = [
            t for t, s in asked if not t.n_synthetic and s.get("threshold") and s.get("weight")
        ]
        if empty:
            lines.append(
                f"no sample passed the threshold of {printable(arm)} in {len(empty)} of "
                f"{count(len(own), 'repeat')} ({printable(classifier)}): it was trained on real "
                f"rows alone there; lower arm.{printable(arm)}.threshold"
            )
    return lines


def control_cautions(lifts: Sequence[Lift], kinds: Mapping[str, str]) -> list[str]:
    """A lift that a control without synthetic samples may have given too; kinds: of the arms."""
    over = {(x.arm, x.classifier, x.metric): x for x in lifts if kinds.get(x.baseline) == "control"}
    found = []
    for lift in lifts:
        control = over.get((lift.arm, lift.classifier, lift.metric))
        if lift.verdict != "helps" or (control is not None and (control.low or 0.0) > 0):
            continue
        beside = (
            f"it is not shown to beat {control.baseline} ({points(control.mean)} pt, "
            f"{lift.classifier})"
            if control
            else f"there is no placebo beside it ({lift.classifier})"
        )
        found.append(
            f"{lift.arm} helps, but {beside}, in which real rows fill the place of the synthetic "
            "ones: mere repetition may be what helps"
        )
    return found


def lift_notes(lifts: Sequence[Lift]) -> list[str]:
    """Primary lifts that never varied; and repeats added to an undecided study are another look."""
    found = []
    flat = [x for x in lifts if x.primary and x.low is not None and x.visible is None]
    if flat:
        pairs = [f"{x.arm} against {x.baseline} ({x.classifier})" for x in flat]
        found.append(
            f"nothing varies from repeat to repeat or from row to row in {several(pairs)}: the "
            "interval is the rule of three, +-3 / (repeats x test rows) at 95 %"
        )
    if any(x.verdict == "undecided" for x in lifts):
        found.append(
            "undecided: more repeats belong into a fresh study with another seed or, on a fixed "
            "test, into looks planned beforehand (until_decided); added to this one now, they "
            "would be an unplanned look, which errs more often than its level says"
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
            f"the label they carry (chance is {100 / n_classes:.0f} %{reached}); train it longer "
            "(generator.steps), or choose another generator"
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
