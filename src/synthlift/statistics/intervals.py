"""Confidence intervals for a mean over repeats whose repeats are not independent.

Fixed test set: repeats and test rows are two crossed random factors, with Satterthwaite degrees of
freedom. Small pool: every repeat splits the same rows again (Nadeau and Bengio 2003, Inference for
the generalization error, Machine Learning 52). The formulas stand in PROTOCOL section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthlift.core.results import Floats

MIN_REPEATS = 3
MAX_PHI = 0.8  # beyond it the claim is about this training set, see stages/cautions.py
MAX_OVERLAP = 0.5
ROUNDING = 1e-12  # a standard error below this share of the largest value is rounding, not variance


@dataclass(frozen=True)
class Interval:
    """A mean with its t interval and two-sided p against 0.

    low, high, p and df are None where there is no interval (fewer than 3 repeats); never NaN. Where
    nothing varies, low and high are there, df is None and p is 1 for a mean of 0, else None.
    """

    mean: float
    low: float | None
    high: float | None
    p: float | None
    df: float | None
    level: float


def crossed_interval(table: Floats, phi: float, level: float = 0.95) -> Interval:
    """Interval of the mean of a table `(R, n)`: repeat x test row, both drawn at random.

    table: paired differences, or scores, of each row. phi: the share of the pool that one repeat
    draws, (n_train + n_valid) / n_pool; repeats that share rows vary too little, which phi mends.
    That term rests on the spread of the repeats, so it has R - 1 degrees of freedom too: counted as
    exact, 10 to 18 % of nulls with phi .5 are missed at a nominal 5 %, instead of 5 %.
    There is no interval with one test row, whose variance nobody can know.
    """
    n_repeats, n_rows = table.shape
    mean = _mean(table)
    if n_repeats < MIN_REPEATS or n_rows < 2:
        return no_interval(mean, level)
    by_repeat, by_row = table.mean(axis=1), table.mean(axis=0)
    residual = table - by_repeat[:, None] - by_row + mean
    df_repeat, df_row, df_residual = n_repeats - 1, n_rows - 1, (n_repeats - 1) * (n_rows - 1)
    s2_repeat, s2_row = float(by_repeat.var(ddof=1)), float(by_row.var(ddof=1))
    s2_residual = float((residual**2).sum()) / df_residual

    a, b, c = s2_repeat / n_repeats, s2_row / n_rows, s2_residual / (n_repeats * n_rows)
    phi = min(phi, MAX_PHI)
    shared = max(0.0, s2_repeat - s2_residual / n_rows) * phi / (1 - phi)
    variance = max(a + b - c, a, b) + shared
    if _vanishes(variance, table):
        return _rule_of_three(mean, 3 / (n_repeats * n_rows), table, level)
    df = variance**2 / ((a + shared) ** 2 / df_repeat + b**2 / df_row + c**2 / df_residual)
    return _t_interval(mean, variance, max(float(df_repeat), df), level)


def overlap_interval(values: Floats, n_test: float, n_fit: float, level: float = 0.95) -> Interval:
    """Interval of the mean of one value per repeat `(R,)`, each a new split of the same rows.

    n_test, n_fit: rows of one repeat that are tested, and that are trained and validated on.
    """
    n_repeats, mean = len(values), _mean(values)
    if n_repeats < MIN_REPEATS:
        return no_interval(mean, level)
    variance = float(values.var(ddof=1)) * (1 / n_repeats + min(n_test / n_fit, MAX_OVERLAP))
    if _vanishes(variance, values):
        return _rule_of_three(mean, 3 / (n_repeats * n_test), values, level)
    return _t_interval(mean, variance, float(n_repeats - 1), level)


def no_interval(mean: float, level: float = 0.95) -> Interval:
    """A mean of which nothing more can be said."""
    return Interval(mean, None, None, None, None, level)


def _t_interval(mean: float, variance: float, df: float, level: float) -> Interval:
    from scipy.special import stdtr, stdtrit  # here: it costs a third of a second

    error = variance**0.5
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    p = 2 * float(stdtr(df, -abs(mean) / error))
    return Interval(mean, mean - half, mean + half, p, df, level)


def _rule_of_three(mean: float, half: float, values: Floats, level: float) -> Interval:
    """Hanley and Lippman-Hand 1983: none of n cases seen, up to 3/n of them at 95 %."""
    is_zero = abs(mean) <= ROUNDING * _largest(values)
    return Interval(mean, mean - half, mean + half, 1.0 if is_zero else None, None, level)


def _vanishes(variance: float, values: Floats) -> bool:
    return variance <= (ROUNDING * _largest(values)) ** 2


def _largest(values: Floats) -> float:
    return float(np.abs(values).max())


def _mean(values: Floats) -> float:
    if not values.size or not np.isfinite(values).all():
        raise ValueError("an interval needs values, all of them finite")
    return float(values.mean())
