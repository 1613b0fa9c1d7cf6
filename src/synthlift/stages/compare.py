"""From trials to the report: scores, lifts with intervals, verdicts, recall per class, warnings.

A pure function of what the other stages stored; it trains nothing and reads no data. Every lift is
plain arm - baseline on the same test rows, so that for a loss a negative one is better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthlift.core.results import ArmResult, ClassLift, Floats, Lift, Report, Trial
from synthlift.core.results import Score as ScoreResult
from synthlift.core.samples import Ints
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts
from synthlift.metrics.base import Score, correct
from synthlift.stages.cautions import cautions, data_notes
from synthlift.stages.ruler import Ruler, check_rows
from synthlift.statistics.intervals import Interval, no_interval
from synthlift.statistics.multiplicity import holm
from synthlift.statistics.verdict import sentence, verdict

Arms = dict[str, tuple[Trial, ...]]  # of one classifier; trials in the order of the repeats

REAL, BEST_REAL = "real", "best_real"


@dataclass(frozen=True)
class Question:
    """Does this arm beat this baseline? A primary one is fixed beforehand and gets a verdict."""

    arm: str
    baseline: str
    primary: bool


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
    n_options: int = 1,
) -> Report:
    """The report of a study; facts[r] and fidelity[r] belong to repeat r, trials come in any order.

    The first metric carries the verdicts and chooses the best real arm on valid. n_options:
    settings that an arm was chosen among on other repeats. Of a small pool the same rows come again
    as test rows, so the luck of the choice is still in them, and the level of the primary questions
    is shared among the options too (simulated nulls: the best of 20 is called a lift in 20 % of
    studies without that, in 2 % with it). ValueError when trials are missing, doubled or not on the
    same rows, or when less of the first metric is better.
    """
    if trials and not (metrics and metrics[0].higher_is_better):
        raise ValueError("the first metric carries the verdict, so more of it must be better")
    by_classifier = _sorted(trials, len(facts))
    ruler = Ruler.of(facts)
    check_rows(trials, facts[0].regime)
    asked = [
        (q.arm, q.baseline, classifier)
        for q in questions
        for classifier, arms in by_classifier.items()
        if q.primary and q.arm in arms and q.baseline in arms
    ]
    shared = n_options if facts[0].regime == "small_pool" else 1
    level = 1 - 0.05 / (max(1, len(asked)) * shared)
    lifts: list[Lift] = []
    per_class: list[ClassLift] = []
    for classifier, arms in by_classifier.items():
        for arm, baseline in _pairs(arms, questions):
            primary = (arm, baseline, classifier) in asked
            for metric in metrics:
                judged = primary and metric is metrics[0]
                interval = ruler.lift(metric, arms[arm], arms[baseline], level if judged else 0.95)
                lift = _lift(arm, baseline, classifier, metric, interval, len(facts))
                lifts.append(_judged(lift, interval, facts[0]) if judged else lift)
        lifts += _over_best_real(arms, classifier, metrics, ruler)
        if REAL in arms:
            per_class += _recalls(arms, classifier, schema.classes, ruler)
    return Report(
        dataset=dataset,
        modality=schema.modality,
        classes=schema.classes,
        n_repeats=len(facts),
        n_train=facts[0].n_train,
        n_valid=facts[0].n_valid,
        n_test=facts[0].n_test,
        regime=facts[0].regime,
        by_classifier={
            classifier: {name: _arm_result(arm, metrics, ruler) for name, arm in arms.items()}
            for classifier, arms in by_classifier.items()
        },
        lifts=tuple(lifts),
        per_class=tuple(per_class),
        fidelity=_means(fidelity),
        fidelity_by_repeat=tuple(dict(f) for f in fidelity),
        warnings=(
            *warnings,
            *cautions(
                by_classifier, facts, fidelity, schema.n_classes, _absent(trials, schema), ruler.phi
            ),
        ),
        notes=(*notes, *data_notes(facts[0])),
    )


def _sorted(trials: Sequence[Trial], n_repeats: int) -> dict[str, Arms]:
    """Trials by classifier and arm, both in the order in which they come first."""
    found: dict[str, dict[str, list[Trial]]] = {}
    for trial in trials:
        found.setdefault(trial.classifier, {}).setdefault(trial.arm, []).append(trial)
    numbers = sorted({trial.repeat for trial in trials})
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


def _pairs(arms: Arms, questions: Sequence[Question]) -> list[tuple[str, str]]:
    """Every arm over real, then what else is asked; each pair once."""
    over_real = [(arm, REAL) for arm in arms if arm != REAL and REAL in arms]
    asked = [(q.arm, q.baseline) for q in questions if q.arm in arms and q.baseline in arms]
    return list(dict.fromkeys(over_real + asked))


def _lift(
    arm: str, baseline: str, classifier: str, metric: Score, interval: Interval, n: int
) -> Lift:
    i = interval
    return Lift(
        arm, baseline, classifier, metric.name, i.mean, i.low, i.high, i.p, n=n, level=i.level
    )


def _judged(lift: Lift, interval: Interval, facts: SplitFacts) -> Lift:
    word = verdict(interval)
    said = sentence(lift.arm, lift.baseline, lift.classifier, interval, word, facts.regime, lift.n)
    return replace(lift, primary=True, verdict=word, sentence=said)


def _over_best_real(
    arms: Arms, classifier: str, metrics: Sequence[Score], ruler: Ruler
) -> list[Lift]:
    """Synthetic arms over what a user would do instead: each repeat's best real arm on valid."""
    real = [trials for trials in arms.values() if trials[0].kind == "real"]
    if len(real) < 2 or not all(len(t.valid.labels) for trials in real for t in trials):
        return []
    best = [
        max(same, key=lambda t: metrics[0].score(t.valid.p, t.valid.labels))  # the first of equals
        for same in zip(*real, strict=True)
    ]
    return [
        _lift(name, BEST_REAL, classifier, metric, ruler.lift(metric, arm, best, 0.95), len(best))
        for name, arm in arms.items()
        if arm[0].kind == "synthetic"
        for metric in metrics
    ]


def _recalls(arms: Arms, classifier: str, classes: Sequence[str], ruler: Ruler) -> list[ClassLift]:
    """Recall of every class that each repeat's test rows hold, its change, p by Holm in an arm."""
    found = []
    for name, arm in arms.items():
        rows = []
        for label, class_name in enumerate(classes):
            mine, reals = _correct_of(arm, label), _correct_of(arms[REAL], label)
            if not all(map(len, mine)):
                continue
            recall = float(np.mean([row.mean() for row in mine]))
            changes = [a - b for a, b in zip(mine, reals, strict=True)]
            i = ruler.recall(changes, _group_of(arm[0], label))
            if name == REAL:
                i = no_interval(0.0)
            rows.append(ClassLift(class_name, name, classifier, recall, i.mean, i.low, i.high, i.p))
        adjusted = holm([row.p for row in rows])
        found += [replace(row, p=p) for row, p in zip(rows, adjusted, strict=True)]
    return found


def _absent(trials: Sequence[Trial], schema: Schema) -> list[str]:
    """Classes that the test rows of some repeat lack."""
    labels = {t.repeat: t.test.labels for t in trials}.values()
    return [name for k, name in enumerate(schema.classes) if any(k not in have for have in labels)]


def _correct_of(trials: Sequence[Trial], label: int) -> list[Floats]:
    return [correct(t.test.p, t.test.labels)[t.test.labels == label] for t in trials]


def _group_of(trial: Trial, label: int) -> Ints | None:
    group = trial.test.group
    return None if group is None else group[trial.test.labels == label]


def _arm_result(trials: Sequence[Trial], metrics: Sequence[Score], ruler: Ruler) -> ArmResult:
    scores = {metric.name: _within(ruler.score(metric, trials), metric) for metric in metrics}
    n_real, n_synthetic = (
        round(float(np.mean([getattr(t, name) for t in trials])))
        for name in ("n_real", "n_synthetic")
    )
    return ArmResult(trials[0].kind, n_real, n_synthetic, scores)


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
