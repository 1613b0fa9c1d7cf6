"""What arms are worth in real rows: sample equivalence, and the share of the gap they close.

Both are roots of a contrast of scores on the same test rows, and their sets hold every value at
which the regime's own 95 % interval of the contrast holds 0 (statistics/inversion.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from synthlift.core.findings import CurvePoint, GapClosed, LearningCurve, Score, Worth
from synthlift.core.results import Trial
from synthlift.metrics import base
from synthlift.stages.lineup import REAL
from synthlift.stages.mixture import Mixture
from synthlift.stages.real_curve import LEVEL, RealCurve, mean_count, measure_curve
from synthlift.stages.ruler import Judged, Ruler
from synthlift.stages.worth_words import Subject, say_gap, say_no_worth, say_worth
from synthlift.statistics.inversion import find_set, with_value
from synthlift.statistics.learning_curve import PowerLaw

Arms = Mapping[str, Sequence[Trial]]  # of one classifier, in the order of the repeats

N_FITTED = 25  # points of the curve that the report draws an interval around
REACH = 4.0  # nothing is claimed beyond 4 times the largest size, or below a quarter of the least
N_GRID = 25
FAR = np.geomspace(0.25, 256, 11)  # half-widths from the estimate at which a share is tried


def find_curve(
    arms: Arms, classifier: str, metric: base.Score, ruler: Ruler
) -> LearningCurve | None:
    """Real rows only at several sizes, and the fit or why there is none (see measure_curve).

    None with fewer than two sizes. metric: a share of 1, of which more is better.
    """
    curve = measure_curve(arms, metric, ruler)
    if curve is None:
        return None
    scored = [ruler.interval(curve.scores.one(k), LEVEL) for k in range(len(curve.sizes))]
    points = tuple(
        CurvePoint(int(n), Score(i.mean, _clip(i.low), _clip(i.high)))
        for n, i in zip(curve.sizes, scored, strict=True)
    )
    law = curve.law
    a, b, c = (law.a, law.b, law.c) if law else (None, None, None)
    fitted = _fitted(curve, law, ruler) if law else ()
    return LearningCurve(classifier, metric.name, points, a, b, c, curve.reason, fitted)


def _fitted(curve: RealCurve, law: PowerLaw, ruler: Ruler) -> tuple[CurvePoint, ...]:
    """The curve between the sizes that were measured, equally far apart in ln n."""
    found = []
    for n in np.unique(np.geomspace(curve.sizes[0], curve.sizes[-1], N_FITTED).round()):
        weights = law.parts(float(n)) @ law.slopes
        constant = law.at(float(n)) - float(weights @ curve.scores.means)
        i = ruler.interval(curve.scores.sum(weights, constant), LEVEL)
        found.append(CurvePoint(int(n), Score(i.mean, _clip(i.low), _clip(i.high))))
    return tuple(found)


def worths(
    arms: Arms,
    curve: LearningCurve | None,
    metric: base.Score,
    ruler: Ruler,
    noun: str = "samples",
) -> list[Worth]:
    """How many real rows more each arm is worth; the curve is that of these arms, None gives none.

    Of every arm of kind synthetic, and of those of kind real that do something with their rows: a
    rival's worth is as interesting. noun: what rows are called in sentences, in the plural. Without
    a fit each has a sentence that says why there is no number.
    """
    measured = None if curve is None else measure_curve(arms, metric, ruler)
    if curve is None or measured is None:
        return []
    return [
        _worth(trials, measured, metric, ruler, noun)
        for name, trials in arms.items()
        if trials[0].kind in ("synthetic", "real") and name != REAL
    ]


def gaps(arms: Arms, classifier: str, metric: base.Score, ruler: Ruler) -> list[GapClosed]:
    """The share of the way from `real` to each ceiling that each synthetic arm and rival goes.

    Against a ceiling only where its own 95 % interval over `real` lies above 0; a share of a gap
    that may not be there has no meaning, and the lift of the ceiling says so already.
    """
    ceilings = [name for name, trials in arms.items() if trials[0].kind == "ceiling"]
    kinds = ("synthetic", "real")
    asked = [n for n, trials in arms.items() if trials[0].kind in kinds and n != REAL]
    if REAL not in arms or not ceilings or not asked:
        return []
    real = Judged.of(metric, arms[REAL])
    lifts = {name: Judged.of(metric, arms[name]) - real for name in (*ceilings, *asked)}
    found = []
    for ceiling in ceilings:
        low = ruler.interval(lifts[ceiling], LEVEL).low
        if low is not None and low > 0:
            found += [
                _gap(name, ceiling, classifier, metric, lifts[name], lifts[ceiling], ruler)
                for name in asked
            ]
    return found


def _worth(
    trials: Sequence[Trial], curve: RealCurve, metric: base.Score, ruler: Ruler, noun: str
) -> Worth:
    trial = trials[0]
    n_real, n_synthetic = mean_count(trials, "n_real"), _usual_synthetic(trials)
    subject = Subject(trial.arm, trial.classifier, trial.kind, n_real, n_synthetic, noun)
    start = (trial.arm, trial.classifier, metric.name, n_real, n_synthetic)
    if curve.law is None:
        return Worth(*start, None, None, None, say_no_worth(subject, curve.reason))
    at, low, high = _equivalent(Judged.of(metric, trials), curve, curve.law, ruler)
    rows, low, high = (None if n is None else n - n_real for n in (at, low, high))
    return Worth(*start, rows, low, high, say_worth(subject, rows, low, high))


def _usual_synthetic(trials: Sequence[Trial]) -> int:
    """Synthetic samples in most repeats: where they are tuned, a mean is what no repeat had."""
    return Counter(t.n_synthetic for t in trials).most_common(1)[0][0]


def _equivalent(
    arm: Judged, curve: RealCurve, law: PowerLaw, ruler: Ruler
) -> tuple[float | None, float | None, float | None]:
    """Real rows that score as the arm does, with the ends of the set, each within reach or None.

    The set is the piece around the estimate: below its least size the curve is so uncertain that an
    arm far above can't be told from it, and a piece there says nothing. Where all of the reach is
    spoken against, its end is the end of the set: the arm is worth more than the most, or less than
    the least, that the curve can tell.
    """
    least, most = float(curve.sizes[0]) / REACH, float(curve.sizes[-1]) * REACH
    root = law.invert(float(arm.scores.mean()))
    root = root if root is not None and least <= root <= most else None
    contrast = curve.over(law, arm)
    beats_all = float(arm.scores.mean()) > law.at(most)
    nearest = root or (most if beats_all else least)
    grid = np.linspace(np.log(least), np.log(most), N_GRID)  # in ln n
    grid[[0, -1]] = np.log([least, most])
    found = find_set(
        lambda log_n: ruler.interval(contrast(float(np.exp(log_n))), LEVEL),
        with_value(grid, float(np.log(nearest))),
        float(np.log(nearest)),
    )
    if found is None:
        return (None, most, None) if beats_all else (None, None, least)
    low, high = (None if end is None else float(np.exp(end)) for end in (found.low, found.high))
    return root, low, high


def _gap(
    arm: str,
    ceiling: str,
    classifier: str,
    metric: base.Score,
    lift: Judged,
    gap: Judged,
    ruler: Ruler,
) -> GapClosed:
    """lift: of the arm over real. gap: of the ceiling over real."""
    share = float(lift.scores.mean() / gap.scores.mean())
    both = Mixture.of([lift, gap])
    own = ruler.interval(both.sum(np.array([1.0, -share])), LEVEL)
    assert own.low is not None  # as the gap has an interval
    assert own.high is not None
    width = (own.high - own.low) / 2 / float(gap.scores.mean())
    grid = share + width * np.array([*-FAR[::-1], 0.0, *FAR])
    found = find_set(lambda g: ruler.interval(both.sum(np.array([1.0, -g])), LEVEL), grid)
    low, high = (found.low, found.high) if found else (None, None)
    said = say_gap(arm, ceiling, classifier, share, low, high)
    return GapClosed(arm, ceiling, classifier, metric.name, share, low, high, said)


def _clip(end: float | None) -> float | None:
    """Scores are shares: their intervals end at 0 and 1."""
    return None if end is None else min(1.0, max(0.0, end))
