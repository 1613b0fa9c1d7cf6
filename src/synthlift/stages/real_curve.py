"""The real-only learning curve of a study: its sizes, the law through them, and contrasts to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthlift.core.results import Floats, Trial
from synthlift.metrics.base import Score
from synthlift.stages.lineup import REAL
from synthlift.stages.mixture import Mixture
from synthlift.stages.ruler import Judged, Ruler
from synthlift.statistics.learning_curve import MIN_SIZES, PowerLaw, fit_power_law
from synthlift.statistics.verdict import SMALL, points

LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class RealCurve:
    """Real rows only at K sizes of the training set `(K,)`, smallest first, and their scores.

    law: the fit; None where there is none, for a reason in words.
    """

    sizes: Floats
    scores: Mixture
    law: PowerLaw | None
    reason: str

    def over(self, law: PowerLaw, arm: Judged) -> Callable[[float], Judged]:
        """Arm minus curve at any number of rows; the curve as a sum of the K scores.

        Its mean is exact, its rows are those of the curve's tangent, so that its interval knows
        what the sizes owe to the same rows as the arm, and how uncertain a, b and c are.
        """
        parts = [self.scores.sum(slope) for slope in law.slopes]
        mixture = Mixture.of([arm, *parts])
        means = mixture.means[1:]

        def contrast(n: float) -> Judged:
            weights = law.parts(n)
            return mixture.sum(np.array([1.0, *-weights]), float(weights @ means) - law.at(n))

        return contrast


def measure_curve(
    arms: Mapping[str, Sequence[Trial]], metric: Score, ruler: Ruler
) -> RealCurve | None:
    """The curve of one classifier through `real` and its arms of kind curve and ceiling.

    None with fewer than two sizes. Arms of the same size count as one point, their mean. There is
    no fit with fewer than five sizes, where the largest is not shown to beat the smallest (the 95 %
    interval of the difference holds 0 or lies below it), or where the curve is shown to miss a size
    by 1 pt or more: a number read off such a curve would be made up.
    """
    by_size: dict[int, list[Sequence[Trial]]] = {}
    for name, trials in arms.items():
        if name == REAL or trials[0].kind in ("curve", "ceiling"):
            by_size.setdefault(mean_count(trials, "n_real"), []).append(trials)
    if len(by_size) < 2:
        return None
    sizes = np.array(sorted(by_size), dtype=np.float64)
    scores = Mixture.of([_mean_score(metric, by_size[n]) for n in sorted(by_size)])
    reason = _why_not(sizes, scores, ruler)
    law = None if reason else fit_power_law(sizes, scores.means)
    if law is None:
        return RealCurve(sizes, scores, None, reason or "the scores do not rise with more rows")
    reason = _misfit(law, sizes, scores, ruler)
    return RealCurve(sizes, scores, None if reason else law, reason)


def mean_count(trials: Sequence[Trial], name: str) -> int:
    """n_real or n_synthetic, the mean over repeats."""
    return round(float(np.mean([getattr(t, name) for t in trials])))


def _mean_score(metric: Score, arms: Sequence[Sequence[Trial]]) -> Judged:
    judged = [Judged.of(metric, trials) for trials in arms]
    if len(judged) == 1:
        return judged[0]
    mean = Mixture.of(judged).sum(np.full(len(judged), 1 / len(judged)))
    return replace(mean, n_real=judged[0].n_real)


def _why_not(sizes: Floats, scores: Mixture, ruler: Ruler) -> str:
    """Why no curve can be fitted, in words; empty where one can."""
    if len(sizes) < MIN_SIZES:
        have = ", ".join(f"{n:,.0f}" for n in sizes)
        return f"a fit needs {MIN_SIZES} sizes of the training set, this study has {have}"
    ends = np.zeros(len(sizes))
    ends[0], ends[-1] = -1.0, 1.0
    rise = ruler.interval(scores.sum(ends), LEVEL)
    between = f"from {sizes[0]:,.0f} to {sizes[-1]:,.0f} rows"
    if rise.low is None or rise.high is None:
        return f"there is no interval, so nobody can tell whether scores rise {between}"
    interval = f"{points(rise.mean)} pt, 95 % interval {points(rise.low)} to {points(rise.high)} pt"
    if rise.high < 0:
        return f"scores fall {between} ({interval})"
    return "" if rise.low > 0 else f"scores are not shown to rise {between} ({interval})"


def _misfit(law: PowerLaw, sizes: Floats, scores: Mixture, ruler: Ruler) -> str:
    """Which size the curve misses by 1 pt or more beyond doubt, in words; empty if none."""
    level = 1 - (1 - LEVEL) / len(sizes)
    for n, own in zip(sizes, np.eye(len(sizes)), strict=True):
        weights = own - law.parts(n) @ law.slopes
        linear = float(law.parts(n) @ law.slopes @ scores.means)
        miss = ruler.interval(scores.sum(weights, linear - law.at(n)), level)
        if miss.low is None or miss.high is None:
            continue
        if miss.low > SMALL or miss.high < -SMALL:
            return (
                f"no curve of the form a - b n^-c fits: the best misses the score at {n:,.0f} rows "
                f"by {points(miss.mean)} pt"
            )
    return ""
