"""The rows that every form of the report shows, read off a Report once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synthlift.core.findings import FailedArm
from synthlift.core.results import ArmResult, ClassLift, Lift, Report
from synthlift.report.words import (
    BASELINE,
    interval,
    lift_text,
    metric_words,
    plain,
    regime_name,
    verdict_words,
)

NOTHING = "\N{EN DASH}"
SHARES = {
    "label_adherence",
    "held_out_adherence",
    "copies",
    "column_similarity",
    "pair_similarity",
    "two_sample",
    "closest_record",
    "precision",
    "recall",
    "coverage",
}
TITLES = {
    "held_out_adherence": "Label adherence of real rows",
    "two_sample": "Told apart",
    "closest_record": "Closer to training rows",
}
MODALITIES = {"image": "images", "table": "rows of a table"}
BASELINES = {"best_real": "the best arm without a generator"}
MEASURES = {
    "label_adherence": "share of synthetic samples that a classifier trained on the real training "
    "rows gives the label they carry; near chance means that the labels are worthless",
    "held_out_adherence": "the same for real rows that no training has seen, in the same mix of "
    "classes: about as much as synthetic samples can be expected to reach",
    "copies": "share of synthetic samples closer to a training row than 99 % of those rows are to "
    "one another; about 1 % for fresh draws",
    "diversity": "how much the samples of a class differ from one another, synthetic over real; "
    "about 1 when both are alike, 0 when all look the same",
    "column_similarity": "how much the values of each column (of images: the brightness of the "
    "pixels) are spread as in the training rows, on average; 100 % when alike, and small data "
    "alone keep it a little lower",
    "pair_similarity": "how much pairs of columns, and each column with the class, hang together "
    "as in the training rows, on average; 100 % when alike",
    "two_sample": "shown one real and one synthetic sample, how often a classifier made for it "
    "picks the synthetic one; 50 % is guessing, so nothing gives them away, 100 % means that every "
    "one is found out, well below 50 % that they lie beside the very rows they are compared with "
    "(see copies); the real ones are held-out rows where there are 100, else training rows",
    "closest_record": "share of synthetic samples closer to a training row than to a real row "
    "held out, as if there were equally many of both; about 50 % for fresh draws, far above it the "
    "generator repeats what it was trained on; no number where a few real rows are nearest to "
    "nearly all samples, which are then too far off or too much alike to tell",
    "precision": "share of synthetic samples that lie among the real ones",
    "recall": "share of real samples that lie among the synthetic ones",
    "density": "how densely real samples surround the synthetic ones; about 1 when both are alike",
    "coverage": "share of real samples with a synthetic one in their neighbourhood",
    "kernel_distance": "distance between real and synthetic features; 0 when both are alike",
}


@dataclass(frozen=True)
class ArmRow:
    """One arm under one classifier: its scores, its lift against `real`, its verdict in words.

    A verdict that is not about `real` names its baseline and the lift over that.
    """

    name: str
    result: ArmResult
    lift: Lift | None
    primary: Lift | None
    verdict: str


@dataclass(frozen=True)
class Measure:
    """One fidelity number as text: the mean over repeats, from where to where they go, each."""

    title: str
    meaning: str
    mean: str
    spread: str
    by_repeat: tuple[str, ...]


def primary_metric(report: Report) -> str:
    """The metric that the verdicts are about."""
    metrics = [lift.metric for lift in (*report.primary, *report.lifts)]
    return metrics[0] if metrics else "accuracy"


def find_lift(report: Report, classifier: str, arm: str, metric: str) -> Lift | None:
    """The lift of an arm over `real`, if the study has it."""
    wanted = (classifier, arm, metric, BASELINE)
    found = (x for x in report.lifts if (x.classifier, x.arm, x.metric, x.baseline) == wanted)
    return next(found, None)


def arm_rows(report: Report, classifier: str) -> list[ArmRow]:
    """The arms of a classifier in the order of the study, without those of the learning curve."""
    metric = primary_metric(report)
    rows = []
    for name, result in report.by_classifier.get(classifier, {}).items():
        if result.kind == "curve":
            continue
        own = (x for x in report.primary if (x.arm, x.classifier) == (name, classifier))
        primary = next(own, None)
        lift = find_lift(report, classifier, name, metric)
        rows.append(ArmRow(name, result, lift, primary, _verdict(name, primary)))
    return rows


def _verdict(arm: str, primary: Lift | None) -> str:
    if arm == BASELINE:
        return "baseline"
    if primary is None:
        return ""
    if primary.baseline == BASELINE:
        return verdict_words(primary)
    found = f"{lift_text(primary)} {interval(primary.metric, primary)}".rstrip()
    return f"{verdict_words(primary)} (over {plain(primary.baseline)}: {found})"


def classifiers_of(report: Report) -> list[str]:
    """All classifiers, also one of which every arm failed."""
    return list(dict.fromkeys((*report.by_classifier, *(x.classifier for x in report.failed))))


def failed_arms(report: Report, classifier: str) -> list[FailedArm]:
    """The arms of a classifier that have no scores because they failed in some repeat."""
    return [x for x in report.failed if x.classifier == classifier]


def failed_text(arm: FailedArm) -> str:
    """'failed in 2 of 6 repeats: out of memory'."""
    return f"failed in {arm.n_failed} of {arm.n_repeats} repeats: {plain(arm.reason)}"


def asked_arms(report: Report, classifier: str) -> list[str]:
    """The arms that the primary questions of a classifier are about, in their order."""
    return list(dict.fromkeys(x.arm for x in report.primary if x.classifier == classifier))


def metrics_of(report: Report, classifier: str) -> list[str]:
    """The metrics that any arm of a classifier was scored by, in first-seen order."""
    arms = report.by_classifier.get(classifier, {}).values()
    return list(dict.fromkeys(metric for arm in arms for metric in arm.scores))


def plotted_lifts(report: Report, classifier: str) -> list[Lift]:
    """What the lift plot shows: primary questions first, then all other arms against `real`."""
    metric = primary_metric(report)
    own = [x for x in report.lifts if x.classifier == classifier and x.metric == metric]
    primary = [x for x in own if x.primary]
    return primary + [x for x in own if not x.primary and x.baseline == BASELINE]


def other_comparisons(report: Report, classifier: str) -> list[Lift]:
    """Lifts over something other than `real`: above all the best arm without a generator."""
    metric = primary_metric(report)
    own = (x for x in report.lifts if x.classifier == classifier and x.metric == metric)
    return [x for x in own if x.baseline != BASELINE and not x.primary]


def baseline_words(report: Report, lift: Lift) -> str:
    """`best_real` is no arm but, in each repeat, the best one without a generator."""
    if lift.baseline in report.by_classifier.get(lift.classifier, {}):
        return plain(lift.baseline)
    return BASELINES.get(lift.baseline) or plain(lift.baseline)


def class_table(report: Report, classifier: str) -> dict[str, dict[str, ClassLift]]:
    """Arm -> class -> recall; the arms of the primary questions come first."""
    own = [x for x in report.per_class if x.classifier == classifier]
    asked = [BASELINE, *(x.arm for x in report.primary if x.classifier == classifier)]
    arms = dict.fromkeys(x.arm for x in own)
    ordered = sorted(arms, key=lambda arm: asked.index(arm) if arm in asked else len(asked))
    return {arm: {x.name: x for x in own if x.arm == arm} for arm in ordered}


def fidelity_rows(report: Report) -> list[Measure]:
    """Every fidelity measure with its meaning, mean and value per repeat."""
    repeats = report.fidelity_by_repeat
    names = list(dict.fromkeys((*report.fidelity, *(k for r in repeats for k in r))))
    return [
        Measure(
            TITLES.get(name) or plain(name.replace("_", " ").capitalize()),
            MEASURES.get(name, ""),
            measure_text(name, report.fidelity.get(name)),
            _spread(name, [repeat.get(name) for repeat in repeats]),
            tuple(measure_text(name, repeat.get(name)) for repeat in repeats),
        )
        for name in names
        if name != "repeat"
    ]


def _spread(name: str, values: Sequence[float | None]) -> str:
    """'1.2 % to 3.4 % in 6 repeats'; empty for fewer than two numbers."""
    known = [value for value in values if value is not None and value == value]
    if len(known) < 2:
        return ""
    ends = f"{measure_text(name, min(known))} to {measure_text(name, max(known))}"
    return f"{ends} in {len(known)} repeats"


def measure_text(name: str, value: float | None) -> str:
    """A fidelity value: shares in percent, others with three significant digits."""
    if value is None or value != value:
        return NOTHING
    return f"{100 * value:.1f} %" if name in SHARES else f"{value:.3g}"


def study_facts(report: Report) -> list[tuple[str, str]]:
    """The size of the study, label and value."""
    return [
        ("Data", MODALITIES.get(report.modality) or plain(report.modality)),
        ("Classes", f"{len(report.classes):,}"),
        ("Repeats", f"{report.n_repeats:,}"),
        ("Training rows", f"{report.n_train:,}"),
        ("Validation rows", f"{report.n_valid:,}"),
        ("Labels used", f"{report.n_train + report.n_valid:,}"),
        ("Test rows", f"{report.n_test:,}"),
        ("Regime", regime_name(report)),
    ]


def metric_note(metrics: Iterable[str]) -> str:
    """Which of these metrics are better when lower."""
    low = [metric_words(m) for m in metrics if metric_words(m).lower_is_better]
    notes = [
        f"{m.title}{f' is in {m.unit}, ' if m.unit != '%' else ': '}lower is better" for m in low
    ]
    return "; ".join(notes) + ("." if notes else "")
