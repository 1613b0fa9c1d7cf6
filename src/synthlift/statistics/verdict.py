"""An interval in words: the verdict is read off the interval, so that the two can't disagree."""

from __future__ import annotations

from synthlift.core.results import Verdict
from synthlift.core.splits import Regime
from synthlift.statistics.intervals import MIN_REPEATS, Interval

SMALL = 0.01  # 1 pt: a lift smaller than this is called no difference


def verdict(interval: Interval) -> Verdict:
    """The verdict on a lift of which more is better.

    >>> verdict(Interval(0.005, 0.001, 0.009, 0.01, 5.0, 0.95))
    'helps'
    """
    low, high = interval.low, interval.high
    if low is None or high is None:
        return "no interval"
    if low > 0:  # before "no difference": a small lift that is there is a lift
        return "helps"
    if high < 0:
        return "hurts"
    return "no difference" if low >= -SMALL and high <= SMALL else "undecided"


def sentence(
    arm: str,
    baseline: str,
    classifier: str,
    interval: Interval,
    verdict: Verdict,
    regime: Regime,
    n_repeats: int,
) -> str:
    """One plain sentence for people, in points."""
    mean, low, high = interval.mean, interval.low, interval.high
    repeats = f"{n_repeats} repeat" if n_repeats == 1 else f"{n_repeats} repeats"
    if low is None or high is None:
        why = repeats if n_repeats < MIN_REPEATS else f"this score on a {regime.replace('_', ' ')}"
        return (
            f"{arm} against {baseline}: {points(mean)} pt, without a verdict, because there is "
            f"no interval for {why} ({classifier})."
        )
    level = f"{100 * interval.level:.4g} % interval"
    end = f"({level} {points(low)} to {points(high)} pt, {repeats}, {classifier})."
    match verdict:
        case "helps":
            size = " by less than 1 pt" if high < SMALL else ""
            return f"{arm} helps{size}: {points(mean)} pt over {baseline} {end}"
        case "hurts":
            size = " by less than 1 pt" if low > -SMALL else ""
            return f"{arm} hurts{size}: {points(mean)} pt against {baseline} {end}"
        case "no difference":
            claim = f"{arm} makes no difference of 1 pt or more"
            return f"{claim}: {points(mean)} pt against {baseline} {end}"
    return (
        f"{arm} against {baseline} is undecided: {points(mean)} pt, but the {level} reaches from "
        f"{points(low)} to {points(high)} pt, so this study can't tell ({repeats}, {classifier})."
    )


def points(fraction: float) -> str:
    """A fraction of 1 as signed points, with a second digit where one would show no more than 0.

    >>> points(0.0123), points(-0.0003), points(0.0)
    ('+1.2', '-0.03', '0.0')
    """
    pt = 100 * fraction
    digits = 1 if abs(pt) >= 0.05 else 2
    return f"{pt:+.{digits}f}" if round(pt, digits) else "0.0"
