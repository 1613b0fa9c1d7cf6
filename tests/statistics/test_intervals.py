from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from synthlift.statistics.intervals import crossed_interval, overlap_interval


def crossed_null(rng, n_repeats, n_rows, s_repeat, s_row, s_residual=0.3):
    repeat = s_repeat * rng.standard_normal((n_repeats, 1))
    row = s_row * rng.standard_normal(n_rows)
    return repeat + row + s_residual * rng.standard_normal((n_repeats, n_rows))


def misses(intervals):
    return np.mean([i.low > 0 or i.high < 0 for i in intervals])


@pytest.mark.parametrize(("s_repeat", "s_row"), [(0.02, 0.0), (0.0, 0.3), (0.02, 0.3), (0.1, 0.1)])
def test_crossed_interval_of_a_null_misses_at_most_7_percent(s_repeat, s_row):
    rng = np.random.default_rng(0)
    tables = [crossed_null(rng, 6, 200, s_repeat, s_row) for _ in range(1000)]
    assert misses(crossed_interval(table, phi=0.0) for table in tables) <= 0.07


def shared_pool_nulls(phi, s_repeat, s_row, n=1000):
    """Nulls whose repeats draw from one pool, so that their means correlate by phi."""
    rng = np.random.default_rng(1)
    shared = s_repeat * np.sqrt(phi / (1 - phi)) * rng.standard_normal(n)
    return [x + crossed_null(rng, 6, 200, s_repeat, s_row) for x in shared]


def test_repeats_that_share_a_pool_need_phi():
    tables = shared_pool_nulls(0.5, s_repeat=0.012, s_row=0.2)
    assert misses(crossed_interval(table, 0.5) for table in tables) <= 0.07
    assert misses(crossed_interval(table, 0.0) for table in tables) > 0.07


def test_repeats_that_share_a_pool_and_differ_more_than_rows_miss_at_most_7_percent():
    tables = shared_pool_nulls(0.5, s_repeat=0.1, s_row=0.0)
    assert misses(crossed_interval(table, 0.5) for table in tables) <= 0.07


def test_crossed_interval_follows_the_formula():
    table = np.random.default_rng(2).normal(0.1, 1, (4, 9)) + np.arange(4)[:, None]
    a, b = table.mean(axis=1).var(ddof=1) / 4, table.mean(axis=0).var(ddof=1) / 9
    centred = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    c = (centred**2).sum() / (3 * 8) / (4 * 9)
    shared = max(0, 4 * a - 4 * c) * 0.25 / 0.75
    v = max(a + b - c, a, b) + shared
    df = max(3, v**2 / ((a + shared) ** 2 / 3 + b**2 / 8 + c**2 / 24))
    low, high = stats.t.interval(0.9, df, table.mean(), np.sqrt(v))
    found = crossed_interval(table, 0.25, level=0.9)
    assert (found.mean, found.df) == pytest.approx((table.mean(), df))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(table.mean()) / np.sqrt(v), df))


def test_rows_that_do_not_differ_leave_a_t_test_over_repeats():
    values = np.random.default_rng(3).normal(0.2, 1, 7)
    found = crossed_interval(np.repeat(values[:, None], 5000, axis=1), phi=0.0)
    reference = stats.ttest_1samp(values, 0)
    assert found.p == pytest.approx(reference.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(reference.confidence_interval(0.95)))


def test_repeats_that_do_not_differ_leave_a_t_test_over_rows():
    values = np.random.default_rng(4).normal(0.2, 1, 80)
    found = crossed_interval(np.repeat(values[None], 6, axis=0), phi=0.5)
    reference = stats.ttest_1samp(values, 0)
    assert (found.p, found.df) == pytest.approx((reference.pvalue, 79))


def test_a_higher_level_or_phi_widens_and_phi_stops_at_08():
    table = crossed_null(np.random.default_rng(5), 6, 50, 0.5, 0.1)

    def width(**how):
        found = crossed_interval(table, **how)
        return found.high - found.low

    widths = [width(phi=phi) for phi in (0.0, 0.3, 0.6, 0.8)]
    assert all(a < b for a, b in pairwise(widths))
    assert width(phi=0.9) == width(phi=1.0) == widths[-1]
    assert width(phi=0.0, level=0.99) > widths[0]


def test_an_interval_moves_and_scales_with_its_values():
    table = crossed_null(np.random.default_rng(6), 5, 30, 0.2, 0.2)
    one, other = crossed_interval(table, 0.3), crossed_interval(2 * table + 1, 0.3)
    assert (other.low, other.high) == pytest.approx((2 * one.low + 1, 2 * one.high + 1))
    assert crossed_interval(-table, 0.3).p == pytest.approx(one.p)


def test_without_variance_the_rule_of_three_holds():
    found = crossed_interval(np.zeros((6, 100)), 0.5)
    ends = (found.mean, found.low, found.high, found.p)
    assert ends == pytest.approx((0.0, -3 / 600, 3 / 600, 1.0))
    found = crossed_interval(np.full((6, 100), 0.1), 0.5)  # 0.1 has no exact mean in binary
    assert (found.low, found.high, found.p) == (pytest.approx(0.095), pytest.approx(0.105), None)
    found = overlap_interval(np.full(5, 0.02), n_test=30, n_fit=120)
    assert (found.low, found.high, found.p) == (pytest.approx(0), pytest.approx(0.04), None)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.975, 1 - 0.05 / 20])
def test_without_variance_a_higher_level_is_wider(level):
    """No change in n cases is seen with probability (1 - half)^n, about 1 - level."""
    found = crossed_interval(np.zeros((6, 100)), 0.5, level)
    assert found.is_flat
    assert (1 - found.high) ** 600 == pytest.approx(1 - level, rel=0.05)
    assert overlap_interval(np.zeros(6), 100, 300, level).high == pytest.approx(found.high)


def test_the_parts_of_the_variance_add_up_to_the_square_error():
    rng = np.random.default_rng(9)
    for s_repeat, s_row in ((0, 0), (0.1, 0), (0, 0.3), (0.1, 0.3)):
        for _ in range(50):
            found = crossed_interval(crossed_null(rng, 5, 30, s_repeat, s_row), 0.4)
            assert found.spread.variance == pytest.approx(found.error**2)
            half = stats.t.ppf(0.975, found.df) * found.error
            assert found.high - found.mean == pytest.approx(half)
    found = overlap_interval(rng.normal(size=7), 20, 80)
    assert found.spread.variance == pytest.approx(found.error**2)
    assert found.spread.shared == pytest.approx(found.spread.repeats * 7 * 20 / 80)


@pytest.mark.parametrize("n_repeats", [1, 2])
def test_fewer_than_three_repeats_have_a_mean_and_no_interval(n_repeats):
    values = np.arange(1.0, n_repeats + 1)
    for found in (
        crossed_interval(np.tile(values[:, None], 9), 0.5),
        overlap_interval(values, 20, 80),
    ):
        assert found.mean == values.mean()
        assert (found.low, found.high, found.p, found.df) == (None,) * 4


def test_one_test_row_has_no_interval():
    assert crossed_interval(np.arange(5.0)[:, None], 0.5).low is None


def test_values_that_are_not_finite_are_refused():
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="finite"):
            overlap_interval(np.array([0.1, bad, 0.2]), 20, 80)
        with pytest.raises(ValueError, match="finite"):
            crossed_interval(np.array([[0.1, bad, 0.2]] * 3), 0.5)
    with pytest.raises(ValueError, match="needs values"):
        crossed_interval(np.empty((3, 0)), 0.5)


def test_overlap_interval_is_nadeau_bengio():
    values = np.random.default_rng(7).normal(0.01, 0.02, 15)
    error = np.sqrt(values.var(ddof=1) * (1 / 15 + 20 / 80))
    low, high = stats.t.interval(0.975, 14, values.mean(), error)
    found = overlap_interval(values, 20, 80, level=0.975)
    assert (found.low, found.high, found.df) == pytest.approx((low, high, 14))
    assert overlap_interval(values, 300, 80) == overlap_interval(values, 40, 80)


@pytest.mark.parametrize("n_repeats", [6, 15])
def test_overlap_interval_covers_when_repeats_correlate_as_assumed(n_repeats):
    rng, rho = np.random.default_rng(8), 0.2  # n_test / n_all of a 60/20/20 split
    shared = np.sqrt(rho) * rng.standard_normal((1000, 1))
    own = np.sqrt(1 - rho) * rng.standard_normal((1000, n_repeats))
    miss = misses(overlap_interval(values, 20, 80) for values in shared + own)
    assert 0.03 <= miss <= 0.07
