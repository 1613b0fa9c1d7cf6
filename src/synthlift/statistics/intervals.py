"""Confidence intervals for a mean over repeats whose repeats are not independent.

Fixed test set: repeats and test rows are two crossed random factors, with Satterthwaite degrees of
freedom. Small pool: every repeat splits the same rows again (Nadeau and Bengio 2003, Inference for
the generalization error, Machine Learning 52). The formulas stand in PROTOCOL section 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthlift.core.results import Floats
from synthlift.core.text import count

MIN_REPEATS = 3
MAX_PHI = 0.8  # beyond it the claim is about this training set, see stages/cautions.py
MAX_OVERLAP = 0.5
ROUNDING = 1e-12  # a standard error below this share of the largest value is rounding, not variance


@dataclass(frozen=True)
class Spread:
    """Where the variance of a mean comes from: four parts, which add up to it.

    repeats: falls with more repeats. rows: with more test rows. residual: with both. shared: what
    repeats have in common because they draw from the same rows; only more rows to draw from make
    it smaller. phi: as the interval was given it. n_rows: of the table. Of a small pool, where rows
    are no factor, phi and n_rows are 0.
    """

    repeats: float
    shared: float
    rows: float
    residual: float
    n_repeats: int
    n_rows: int = 0
    phi: float = 0.0

    @property
    def variance(self) -> float:
        return self.repeats + self.shared + self.rows + self.residual


@dataclass(frozen=True)
class Interval:
    """A mean with its t interval and two-sided p against 0.

    low, high, p and df are None where there is no interval, for the reason given; never NaN. Where
    nothing varies, low and high are there, df is None and p is 1 for a mean of 0, else None.
    error: the standard error, with its spread; None without an interval and where nothing varies.
    """

    mean: float
    low: float | None
    high: float | None
    p: float | None
    df: float | None
    level: float
    error: float | None = None
    spread: Spread | None = None
    reason: str = ""

    @property
    def is_flat(self) -> bool:
        """Whether nothing varied: not from repeat to repeat, not from row to row."""
        return self.low is not None and self.df is None


def crossed_interval(table: Floats, phi: float, level: float = 0.95) -> Interval:
    """Interval of the mean of a table `(R, n)`: repeat x test row, both drawn at random.

    table: paired differences, or scores, of each row. phi: the share of the pool that one repeat
    draws, (n_train + n_valid) / n_pool; repeats that share rows vary too little, which phi mends.
    That term rests on the spread of the repeats, so it has R - 1 degrees of freedom too: counted as
    exact, 10 to 18 % of nulls with phi .5 are missed at a nominal 5 %, instead of 5 %.
    There is no interval with one test row, whose variance nobody can know.
    """
    return crossed_intervals(table[None], phi, level)[0]


def crossed_intervals(tables: Floats, phi: float, level: float = 0.95) -> list[Interval]:
    """Those of many tables `(B, R, n)` of one shape, at hardly more than the cost of one."""
    _, n_repeats, n_rows = tables.shape
    n_cells = n_repeats * n_rows
    means = [_mean(total, n_cells) for total in tables.sum(axis=(1, 2)).tolist()]
    if n_repeats < MIN_REPEATS:
        return [no_interval(mean, level, count(n_repeats, "repeat")) for mean in means]
    if n_rows < 2:
        return [no_interval(mean, level, "a single test row or group") for mean in means]
    centred = tables - np.array(means)[:, None, None]
    by_repeat, by_row = centred.sum(axis=2) / n_rows, centred.sum(axis=1) / n_repeats
    centred -= by_repeat[:, :, None]
    centred -= by_row[:, None, :]
    squares = [(x * x).reshape(len(x), -1).sum(axis=1) for x in (by_repeat, by_row, centred)]
    largest = np.abs(tables).max(axis=(1, 2)).tolist()
    return [
        _crossed(
            means[i], [float(x[i]) for x in squares], largest[i], n_repeats, n_rows, phi, level
        )
        for i in range(len(tables))
    ]


def _crossed(
    mean: float,
    squares: Sequence[float],
    largest: float,
    n_repeats: int,
    n_rows: int,
    phi: float,
    level: float,
) -> Interval:
    """From the sums of squares of a table: of its repeats' means, its rows' means and the rest."""
    df_repeat, df_row, df_residual = n_repeats - 1, n_rows - 1, (n_repeats - 1) * (n_rows - 1)
    s2_repeat, s2_row = squares[0] / df_repeat, squares[1] / df_row
    s2_residual = squares[2] / df_residual

    a, b, c = s2_repeat / n_repeats, s2_row / n_rows, s2_residual / (n_repeats * n_rows)
    shared = max(0.0, s2_repeat - s2_residual / n_rows) * odds(phi)
    # The parts of max(a + b - c, a, b): a and b both hold the residual c.
    parts = max(0.0, a - c), shared, max(0.0, b - c), min(c, max(a, b))
    spread = Spread(*parts, n_repeats, n_rows, phi)
    variance = spread.variance
    if _vanishes(variance, largest):
        return _rule_of_three(mean, n_repeats * n_rows, largest, level)
    df = variance**2 / ((a + shared) ** 2 / df_repeat + b**2 / df_row + c**2 / df_residual)
    return _t_interval(mean, spread, max(float(df_repeat), df), level)


def overlap_interval(values: Floats, n_test: float, n_fit: float, level: float = 0.95) -> Interval:
    """Interval of the mean of one value per repeat `(R,)`, each a new split of the same rows.

    n_test, n_fit: rows of one repeat that are tested, and that are trained and validated on.
    """
    n_repeats = len(values)
    mean = _mean(float(values.sum()), n_repeats)
    if n_repeats < MIN_REPEATS:
        return no_interval(mean, level, count(n_repeats, "repeat"))
    centred = values - mean
    s2 = float(centred @ centred) / (n_repeats - 1)
    shared = s2 * min(n_test / n_fit, MAX_OVERLAP)
    spread = Spread(s2 / n_repeats, shared, 0.0, 0.0, n_repeats)
    largest = float(np.abs(values).max())
    if _vanishes(spread.variance, largest):
        return _rule_of_three(mean, n_repeats * n_test, largest, level)
    return _t_interval(mean, spread, float(n_repeats - 1), level)


def no_interval(mean: float, level: float = 0.95, reason: str = "") -> Interval:
    """A mean of which nothing more can be said; reason: what stands against it, as a noun."""
    return Interval(mean, None, None, None, None, level, reason=reason)


def odds(phi: float) -> float:
    """Phi / (1 - phi), phi at most .8: the shared variance, that of the repeats being 1."""
    phi = min(phi, MAX_PHI)
    return phi / (1 - phi)


def flat_half(n_cases: float, level: float = 0.95) -> float:
    """Half an interval where n cases do not differ: 3/n at 95 %, as -ln(1 - level) otherwise.

    Hanley and Lippman-Hand 1983, If nothing goes wrong, is everything all right?, JAMA 249.

    >>> round(flat_half(100), 4), round(flat_half(100, 0.975), 4)
    (0.03, 0.0369)
    """
    return 3 / n_cases * math.log(1 - level) / math.log(0.05)


def t_quantile(q: float, df: float) -> float:
    """Student's t at probability q."""
    from scipy.special import stdtrit  # here: it costs a third of a second

    return float(stdtrit(df, q))


def _t_interval(mean: float, spread: Spread, df: float, level: float) -> Interval:
    from scipy.special import stdtr

    error = math.sqrt(spread.variance)
    half = t_quantile(0.5 + level / 2, df) * error
    p = 2 * float(stdtr(df, -abs(mean) / error))
    return Interval(mean, mean - half, mean + half, p, df, level, error, spread)


def _rule_of_three(mean: float, n_cases: float, largest: float, level: float) -> Interval:
    half = flat_half(n_cases, level)
    is_zero = abs(mean) <= ROUNDING * largest
    return Interval(mean, mean - half, mean + half, 1.0 if is_zero else None, None, level)


def _vanishes(variance: float, largest: float) -> bool:
    return variance <= (ROUNDING * largest) ** 2


def _mean(total: float, n: int) -> float:
    if n == 0 or not math.isfinite(total):
        raise ValueError("an interval needs values, all of them finite")
    return total / n
