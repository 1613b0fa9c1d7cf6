"""Lifts of the arms under one classifier: over real, over what is asked, over the best real arm.

Every lift is plain arm - baseline on the same test rows, so that for a loss a negative one is
better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synthlift.core.results import Lift
from synthlift.metrics.base import Score
from synthlift.stages.lineup import REAL, Arms
from synthlift.stages.ruler import Judged, Ruler
from synthlift.statistics.intervals import Interval
from synthlift.statistics.power import Size, visible_lift, what_settles
from synthlift.statistics.verdict import sentence, verdict

BEST_REAL = "best_real"

Scores = Mapping[tuple[str, str], Judged]  # by arm and metric


@dataclass(frozen=True)
class Question:
    """Does this arm beat this baseline? A primary one is fixed beforehand and gets a verdict."""

    arm: str
    baseline: str
    primary: bool


def find_lifts(
    arms: Arms,
    scores: Scores,
    metrics: Sequence[Score],
    questions: Sequence[Question],
    ruler: Ruler,
    level: float,
    size: Size,
) -> list[Lift]:
    """Every arm over `real`, then what else is asked, each pair once, then over the best real arm.

    The first metric of a primary question has its interval at the level and its verdict; all else
    has plain 95 % intervals. Arms of kind curve are lifted over nothing that is not asked.
    """
    primary = {(q.arm, q.baseline) for q in questions if q.primary}
    found = []
    for arm, baseline in _pairs(arms, questions):
        for metric in metrics:
            has_verdict = (arm, baseline) in primary and metric is metrics[0]
            difference = scores[arm, metric.name] - scores[baseline, metric.name]
            interval = ruler.interval(difference, level if has_verdict else 0.95)
            lift = _lift(arm, baseline, arms[arm][0].classifier, metric, interval, size.n_repeats)
            found.append(_judge(lift, interval, ruler.scope, size) if has_verdict else lift)
    return found + _over_best_real(arms, scores, metrics, ruler)


def _pairs(arms: Arms, questions: Sequence[Question]) -> list[tuple[str, str]]:
    over_real = [
        (name, REAL)
        for name, arm in arms.items()
        if name != REAL and REAL in arms and arm[0].kind != "curve"
    ]
    asked = [(q.arm, q.baseline) for q in questions if q.arm in arms and q.baseline in arms]
    return list(dict.fromkeys(over_real + asked))


def _lift(
    arm: str, baseline: str, classifier: str, metric: Score, interval: Interval, n: int
) -> Lift:
    i = interval
    return Lift(
        arm, baseline, classifier, metric.name, i.mean, i.low, i.high, i.p, n=n, level=i.level
    )


def _judge(lift: Lift, interval: Interval, scope: str, size: Size) -> Lift:
    word, visible = verdict(interval), visible_lift(interval)
    settle = what_settles(interval, size) if word == "undecided" else ""
    said = sentence(
        lift.arm,
        lift.baseline,
        lift.classifier,
        interval,
        word,
        lift.n,
        scope=scope,
        visible=visible,
        settle=settle,
    )
    return replace(lift, primary=True, verdict=word, sentence=said, visible=visible, settle=settle)


def _over_best_real(
    arms: Arms, scores: Scores, metrics: Sequence[Score], ruler: Ruler
) -> list[Lift]:
    """Synthetic arms over what a user would do instead: each repeat's best real arm on valid.

    Of equals the first arm counts. None with fewer than two real arms, or without valid rows.
    """
    real = [trials for trials in arms.values() if trials[0].kind == "real"]
    rivals = [name for name, arm in arms.items() if arm[0].kind == "synthetic"]
    if not rivals or len(real) < 2 or not all(len(t.valid.labels) for arm in real for t in arm):
        return []
    best = [
        max(same, key=lambda t: metrics[0].score(t.valid.p, t.valid.labels))
        for same in zip(*real, strict=True)
    ]
    of_best = {metric.name: Judged.of(metric, best) for metric in metrics}
    found = []
    for name in rivals:
        for metric in metrics:
            difference = scores[name, metric.name] - of_best[metric.name]
            interval = ruler.interval(difference, 0.95)
            found.append(_lift(name, BEST_REAL, best[0].classifier, metric, interval, len(best)))
    return found
