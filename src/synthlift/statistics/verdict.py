"""An interval in words: the verdict is read off the interval, so that the two can't disagree."""

from __future__ import annotations

from synthlift.core.results import Verdict
from synthlift.core.text import count
from synthlift.statistics.intervals import Interval

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
    n_repeats: int,
    *,
    scope: str = "",
    visible: float | None = None,
    settle: str = "",
) -> str:
    """One plain sentence for people, in points; where the lift is undecided, what follows from it.

    scope: what the claim is restricted to, as in "on this training set". visible and settle: as in
    Lift.
    """
    where = f" {scope}" if scope else ""
    mean, low, high = interval.mean, interval.low, interval.high
    repeats = count(n_repeats, "repeat")
    if low is None or high is None:
        return (
            f"{arm} against {baseline}: {points(mean)} pt, without a verdict, because there is "
            f"no interval for {interval.reason} ({classifier})."
        )
    level = f"{100 * interval.level:.4g} % interval"
    end = f"({level} {points(low)} to {points(high)} pt, {repeats}, {classifier})."
    match verdict:
        case "helps":
            size = " by less than 1 pt" if high < SMALL else ""
            return f"{arm} helps{size}{where}: {points(mean)} pt over {baseline} {end}"
        case "hurts":
            size = " by less than 1 pt" if low > -SMALL else ""
            return f"{arm} hurts{size}{where}: {points(mean)} pt against {baseline} {end}"
        case "no difference":
            claim = f"{arm} makes no difference of 1 pt or more{where}"
            return f"{claim}: {points(mean)} pt against {baseline} {end}"
    seen = (
        f"A true lift of {points(visible).lstrip('+')} pt would be seen 4 times in 5."
        if visible is not None
        else ""
    )
    undecided = (
        f"{arm} against {baseline} is undecided{where}: {points(mean)} pt, but the {level} reaches "
        f"from {points(low)} to {points(high)} pt, so this study can't tell ({repeats}, "
        f"{classifier})."
    )
    return " ".join(part for part in (undecided, seen, settle) if part)


def points(fraction: float) -> str:
    """A fraction of 1 as signed points, with a second digit where one would show no more than 0.

    >>> points(0.0123), points(-0.0003), points(0.0)
    ('+1.2', '-0.03', '0.0')
    """
    pt = 100 * fraction
    digits = 1 if abs(pt) >= 0.05 else 2
    return f"{pt:+.{digits}f}" if round(pt, digits) else "0.0"
