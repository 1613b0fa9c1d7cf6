"""What a study can see, and what would settle an undecided lift.

What would settle it is read off the parts of the variance (intervals.Spread): each of them falls
with repeats, with test rows or with rows to draw from.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from synthlift.statistics.intervals import Interval, Spread, flat_half, odds, t_quantile
from synthlift.statistics.verdict import SMALL, points

POWER = 0.8
MOST_REPEATS = 100
MOST_ROWS = 100  # times the rows there are: more is no advice
STEP = 1.01  # from one factor of rows tried to the next

HalfWidth = Callable[[int, float, float], float]  # by repeats and by factors of test and pool rows


@dataclass(frozen=True)
class Size:
    """How large a study is; n_all: labelled rows of all parts, those left over too.

    own_test: whether there can be more test rows and nothing else, as with a fixed test set.
    """

    n_repeats: int
    n_test: int
    n_all: int
    own_test: bool


def visible_lift(interval: Interval) -> float | None:
    """The smallest true lift that an interval like this one excludes 0 for 4 times in 5.

    (t_{1 - alpha/2} + t_{.8}) standard errors, with the degrees of freedom found here. None without
    an interval, and where nothing varied.
    """
    if interval.error is None or interval.df is None:
        return None
    t = t_quantile(0.5 + interval.level / 2, interval.df) + t_quantile(POWER, interval.df)
    return t * interval.error


def what_settles(interval: Interval, size: Size) -> str:
    """One sentence: what would settle this undecided lift; empty without an interval.

    Settled is the cheaper of two: an interval that excludes 0 with the lift observed here, or one
    that lies inside +-1 pt around it; half of it is max(|mean|, 1 pt - |mean|). More repeats cost
    only computing, so they come first, then the fewest labelled rows, then both.
    """
    if interval.low is None:
        return ""
    half = _half_width(interval, size)
    target = max(abs(interval.mean), SMALL - abs(interval.mean))
    stays = f", should the lift stay near {points(interval.mean)} pt"
    now = size.n_repeats
    enough = _first(lambda n: half(n, 1, 1) <= target, now + 1, MOST_REPEATS)
    if enough:
        return f"About {enough} repeats instead of {now}, in a fresh study, would settle it{stays}."
    more = "More repeats alone would not settle it"
    for n_repeats in (now, max(now, min(4 * now, MOST_REPEATS))):
        rows = _fewest_rows(half, n_repeats, target, size)
        if rows:
            also = f"about {n_repeats} repeats and " if n_repeats > now else ""
            return f"{more}; {also}{rows} would{stays}."
    return f"{more}, nor would {MOST_ROWS} times the labelled rows{stays}."


def _half_width(interval: Interval, size: Size) -> HalfWidth:
    """Half of the interval that a larger study would have, if its lifts varied as these do.

    A small pool grows as a whole, so that its one factor is that of the pool.
    """
    spread, level = interval.spread, interval.level
    if spread is None:
        n_cases = size.n_repeats * size.n_test
        return lambda n, test, pool: flat_half(n_cases * n / size.n_repeats * test, level)
    project = _crossed if spread.n_rows else _overlapping

    def half(n_repeats: int, test: float, pool: float) -> float:
        variance, df = project(spread, n_repeats, test, pool)
        return t_quantile(0.5 + level / 2, df) * math.sqrt(variance)

    return half


def _crossed(s: Spread, n_repeats: int, test: float, pool: float) -> tuple[float, float]:
    """Variance and degrees of freedom of crossed_interval in a study of another size."""
    by_repeat = s.repeats * s.n_repeats
    repeats, rows = by_repeat / n_repeats, s.rows / test
    residual = s.residual * s.n_repeats / n_repeats / test
    shared = by_repeat * odds(s.phi / pool)
    df_repeat, df_row = n_repeats - 1, s.n_rows * test - 1
    variance = repeats + shared + rows + residual
    df = variance**2 / (
        (repeats + residual + shared) ** 2 / df_repeat
        + (rows + residual) ** 2 / df_row
        + residual**2 / (df_repeat * df_row)
    )
    return variance, max(float(df_repeat), df)


def _overlapping(s: Spread, n_repeats: int, test: float, pool: float) -> tuple[float, float]:
    """The same for overlap_interval; a larger pool makes every part smaller."""
    variance = (s.repeats * s.n_repeats / n_repeats + s.shared) / pool
    return variance, float(n_repeats - 1)


def _fewest_rows(half: HalfWidth, n_repeats: int, target: float, size: Size) -> str:
    """The fewest labelled rows more with which half an interval is the target; empty for none."""
    found = []
    most = round(math.log(MOST_ROWS) / math.log(STEP))
    if size.own_test:
        step = _first(lambda k: half(n_repeats, STEP**k, 1) <= target, 1, most)
        found += [(size.n_test, "test rows", STEP**step)] if step else []
    step = _first(lambda k: half(n_repeats, STEP**k, STEP**k) <= target, 1, most)
    found += [(size.n_all, "labelled rows in all", STEP**step)] if step else []
    if not found:
        return ""
    n, what, factor = min(found, key=lambda f: f[0] * (f[2] - 1))
    return f"about {_two_digits(n * factor):,} {what} instead of {n:,}"


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The first of low..high for which something holds that goes on to hold; 0 where it does not.

    >>> _first(lambda n: n * n > 50, 1, 100), _first(lambda n: n > 9, 1, 5)
    (8, 0)
    """
    tried = range(low, high + 1)
    at = bisect_left(tried, True, key=holds)
    return tried[at] if at < len(tried) else 0


def _two_digits(x: float) -> int:
    """Rounded up to two significant digits.

    >>> _two_digits(1203.5), _two_digits(99.2), _two_digits(7.0)
    (1300, 100, 7)
    """
    unit = int(10 ** max(0, math.floor(math.log10(x)) - 1))
    return math.ceil(x / unit) * unit
