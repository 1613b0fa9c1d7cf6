"""From trials to the report: scores, lifts with intervals, verdicts and what else is owed.

A pure function of what the other stages stored; it trains nothing and reads no data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthlift.core.findings import (
    FailedArm,
    GapClosed,
    LearningCurve,
    Policy,
    Reliability,
    Worth,
)
from synthlift.core.results import ArmResult, ClassLift, Failure, Lift, Report, Trial
from synthlift.core.results import Score as ScoreResult
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts
from synthlift.metrics.base import Score
from synthlift.stages.cautions import (
    Asked,
    arm_cautions,
    class_cautions,
    control_cautions,
    data_cautions,
    data_notes,
    failure_cautions,
    lift_notes,
    threshold_cautions,
    tuning_cautions,
)
from synthlift.stages.lifts import Question as Question
from synthlift.stages.lifts import Scores, find_lifts
from synthlift.stages.lineup import Arms, find_failed, find_tunings, line_up
from synthlift.stages.per_class import absent_classes, find_recalls
from synthlift.stages.policy import find_policy
from synthlift.stages.reliability import find_reliability
from synthlift.stages.ruler import Judged, Ruler, check_rows
from synthlift.stages.worth import find_curve, gaps, worths
from synthlift.statistics.intervals import Interval
from synthlift.statistics.power import Size

ALPHA = 0.05


def compare(
    trials: Sequence[Trial],
    facts: Sequence[SplitFacts],
    fidelity: Sequence[dict[str, float | None]],
    metrics: Sequence[Score],
    questions: Sequence[Question],
    *,
    dataset: str,
    schema: Schema,
    warnings: Sequence[str] = (),
    notes: Sequence[str] = (),
    failures: Sequence[Failure] = (),
    alpha: float = ALPHA,
) -> Report:
    """The report of a study; facts[r] and fidelity[r] belong to repeat r, trials come in any order.

    The first metric carries the verdicts, the curve, the worth and the policy, and chooses the best
    real arm on valid. failures: trials that there are not; an arm with one has no scores under that
    classifier. alpha: what the primary questions share, those that fell away with a failed arm too;
    a planned look passes its own. ValueError when other trials are missing, doubled or not on the
    same rows, or when less of the first metric is better.
    """
    if trials and not (metrics and metrics[0].higher_is_better):
        raise ValueError("the first metric carries the verdict, so more of it must be better")
    failed = find_failed(failures, len(facts))
    by_classifier = line_up(trials, failed, len(facts))
    kept = [trial for arms in by_classifier.values() for arm in arms.values() for trial in arm]
    check_rows(kept, facts[0].regime)
    ruler = Ruler.of(facts)
    asked = _asked(by_classifier, failed, questions)
    level = 1 - alpha / max(1, len(asked))
    size = _size(facts)
    lifts: list[Lift] = []
    per_class: list[ClassLift] = []
    results: dict[str, dict[str, ArmResult]] = {}
    for classifier, arms in by_classifier.items():
        scores = {(n, m.name): Judged.of(m, arm) for n, arm in arms.items() for m in metrics}
        lifts += find_lifts(arms, scores, metrics, questions, ruler, level, size)
        per_class += find_recalls(arms, classifier, schema.classes, ruler)
        results[classifier] = _arm_results(arms, scores, metrics, ruler)
    findings = [_findings(c, arms, metrics[0], schema, ruler) for c, arms in by_classifier.items()]
    return Report(
        dataset=dataset,
        modality=schema.modality,
        classes=schema.classes,
        n_repeats=len(facts),
        n_train=facts[0].n_train,
        n_valid=facts[0].n_valid,
        n_test=facts[0].n_test,
        regime=facts[0].regime,
        by_classifier=results,
        lifts=tuple(lifts),
        per_class=tuple(per_class),
        fidelity=_means(fidelity),
        fidelity_by_repeat=tuple(dict(f) for f in fidelity),
        warnings=(
            *warnings,
            *failure_cautions(failed, asked),
            *data_cautions(facts, fidelity, schema.n_classes),
            *tuning_cautions(kept),
            *threshold_cautions(kept),
            *control_cautions(lifts, {t.arm: t.kind for t in kept}),
            *arm_cautions(by_classifier, failed, facts, ruler),
            *class_cautions(absent_classes(kept, schema.classes), per_class, len(facts)),
        ),
        notes=(*notes, *data_notes(facts[0]), *lift_notes(lifts)),
        curves=tuple(f.curve for f in findings if f.curve),
        worths=tuple(worth for f in findings for worth in f.worths),
        gaps=tuple(gap for f in findings for gap in f.gaps),
        policies=tuple(f.policy for f in findings if f.policy),
        tunings=find_tunings(by_classifier),
        reliability=tuple(arm for f in findings for arm in f.reliability),
        failed=failed,
    )


@dataclass(frozen=True)
class _Findings:
    """What stands beside the lifts, of one classifier."""

    curve: LearningCurve | None
    worths: list[Worth]
    gaps: list[GapClosed]
    policy: Policy | None
    reliability: list[Reliability]


def _findings(
    classifier: str, arms: Arms, metric: Score, schema: Schema, ruler: Ruler
) -> _Findings:
    curve = find_curve(arms, classifier, metric, ruler)
    noun = "images" if schema.modality == "image" else "rows"
    return _Findings(
        curve,
        worths(arms, curve, metric, ruler, noun),
        gaps(arms, classifier, metric, ruler),
        find_policy(arms, classifier, metric, ruler),
        find_reliability(arms, classifier, ruler),
    )


def _asked(
    by_classifier: Mapping[str, Arms], failed: Sequence[FailedArm], questions: Sequence[Question]
) -> list[Asked]:
    """Primary questions under each classifier, those that a failed arm has left unanswered too."""
    names = {classifier: set(arms) for classifier, arms in by_classifier.items()}
    for one in failed:
        names.setdefault(one.classifier, set()).add(one.arm)
    return [
        (q.arm, q.baseline, classifier)
        for q in questions
        for classifier, arms in names.items()
        if q.primary and {q.arm, q.baseline} <= arms
    ]


def _size(facts: Sequence[SplitFacts]) -> Size:
    """A fixed test set stands beside the pool, the test rows of a small pool in it."""
    fixed = facts[0].regime == "fixed_test"
    n_all = facts[0].n_pool + (facts[0].n_test if fixed else 0)
    return Size(len(facts), facts[0].n_test, n_all, fixed)


def _arm_results(
    arms: Arms, scores: Scores, metrics: Sequence[Score], ruler: Ruler
) -> dict[str, ArmResult]:
    found = {}
    for name, trials in arms.items():
        n_real, n_synthetic = (
            round(float(np.mean([getattr(t, field) for t in trials])))
            for field in ("n_real", "n_synthetic")
        )
        of_arm = {
            metric.name: _within(ruler.interval(scores[name, metric.name], 0.95), metric)
            for metric in metrics
        }
        found[name] = ArmResult(trials[0].kind, n_real, n_synthetic, of_arm)
    return found


def _within(interval: Interval, metric: Score) -> ScoreResult:
    """No score is below 0, and those of which more is better are shares: they end at 1."""
    low, high = interval.low, interval.high
    if low is None or high is None:
        return ScoreResult(interval.mean, low, high)
    return ScoreResult(
        interval.mean, max(0.0, low), min(1.0, high) if metric.higher_is_better else high
    )


def _means(fidelity: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    means: dict[str, float | None] = {}
    for name in dict.fromkeys(name for f in fidelity for name in f):
        values = [v for f in fidelity if (v := f.get(name)) is not None]
        means[name] = float(np.mean(values)) if values else None
    return means
