"""Associations of pairs: against scipy and pandas, and in closed form."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f_oneway, spearmanr
from scipy.stats.contingency import association

from synthlift.metrics.associations import (
    correlation_ratios,
    correlations,
    cramers_v,
    matrix,
    rank,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_numbers_with_numbers_is_spearmans_correlation(rng):
    x = rng.normal(size=(60, 3)).round(1)
    x[:, 2] += np.exp(x[:, 0])
    found = matrix(list(x.T), [])
    assert found == pytest.approx(spearmanr(x).statistic, abs=1e-12)


def test_missing_numbers_are_left_out_pair_by_pair(rng):
    x = rng.normal(size=(80, 4)) + 1e6
    x[rng.random(x.shape) < 0.2] = np.nan
    assert correlations(x) == pytest.approx(pd.DataFrame(x).corr().to_numpy(), abs=1e-9)


def test_correlation_ratio_is_kelleys_epsilon(rng):
    codes = np.arange(90) % 3
    x = rng.normal(size=90) + codes
    f = f_oneway(*(x[codes == k] for k in range(3))).statistic
    eta2 = 2 * f / (2 * f + 87)
    epsilon = np.sqrt(1 - (1 - eta2) * 89 / 87)
    assert correlation_ratios(x[:, None], codes) == pytest.approx([epsilon], abs=1e-12)


def test_levels_that_decide_one_another_have_v_one_and_fresh_ones_about_zero(rng):
    a = rng.integers(0, 4, 4000)
    assert cramers_v(a, 3 - a) == pytest.approx(1, abs=1e-3)
    assert cramers_v(a, rng.integers(0, 5, 4000)) < 0.03


def test_cramers_v_is_that_of_scipy_with_bergsmas_correction():
    counts = [300, 100, 150, 450]
    a, b = np.repeat([0, 0, 1, 1], counts), np.repeat([0, 1, 0, 1], counts)
    table = np.array([[300, 100], [150, 450]])
    phi2, n = association(table, method="cramer") ** 2, 1000
    corrected = np.sqrt((phi2 - 1 / (n - 1)) / (1 - 1 / (n - 1)))
    assert cramers_v(a, b) == pytest.approx(corrected, abs=1e-12)


def test_constant_columns_have_no_association(rng):
    x, same, codes = rng.normal(size=20), np.ones(20), np.arange(20) % 2
    found = matrix([x, same], [codes, np.zeros(20, int)])
    assert np.isnan(found[1, [0, 2, 3]]).all()
    assert np.isnan(found[3, [0, 1, 2]]).all()
    assert not np.isnan(found[0, 2])


def test_chance_alone_gives_few_rows_with_many_levels_no_association(rng):
    codes = rng.integers(0, 15, 60)
    assert np.mean([correlation_ratios(rng.normal(size=(60, 1)), codes) for _ in range(50)]) < 0.2


def test_ranks_leave_missing_values_where_they_are():
    assert rank(np.array([3.0, np.nan, 1.0])) == pytest.approx([2, np.nan, 1], nan_ok=True)
