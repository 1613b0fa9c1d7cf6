"""Likeness of columns: against scipy, and in closed form."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from synthlift.core.schema import Column
from synthlift.core.tables import conform
from synthlift.metrics.columns import (
    as_numbers,
    channel_likeness,
    column_likeness,
    number_likeness,
    total_variation,
)


@pytest.mark.parametrize("sizes", [(1, 1), (50, 70), (1000, 3)])
@pytest.mark.parametrize("digits", [0, 9])
def test_number_likeness_is_one_minus_the_kolmogorov_smirnov_statistic(sizes, digits):
    rng = np.random.default_rng(sum(sizes))
    a, b = (rng.normal(i, 2, n).round(digits) for i, n in enumerate(sizes))
    assert number_likeness(a, b) == pytest.approx(1 - ks_2samp(a, b).statistic, abs=1e-12)


def test_missing_numbers_count():
    a = np.arange(10.0)
    half = np.where(np.arange(10) % 2, a, np.nan)
    assert number_likeness(a, half) == pytest.approx(0.5)
    assert number_likeness(half, half) == 1
    nothing = np.full(4, np.nan)
    assert number_likeness(nothing, nothing) == 1
    assert number_likeness(a, nothing) == 0


def test_total_variation_in_closed_form():
    a, b = np.array([0, 0, 1, -1]), np.array([0, 1, 1, 2])
    assert total_variation(a, b, 3) == pytest.approx((0.25 + 0.25 + 0.25 + 0.25) / 2)


COLUMNS = {
    "numeric": (Column("x", "numeric"), [1.5, None, 3.0]),
    "integer": (Column("x", "integer"), [1, None, 2**53]),
    "datetime": (Column("x", "datetime"), pd.DatetimeIndex(["2020-01-02", None, "1890-05-01"])),
    "categorical": (Column("x", "categorical", ("a", "b", "c")), ["a", None, "b"]),
    "ordinal": (Column("x", "ordinal", ("low", "high")), ["low", None, "high"]),
    "boolean": (Column("x", "boolean"), [True, None, False]),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_kind_is_like_itself_and_less_like_its_known_rows(kind):
    column, values = COLUMNS[kind]
    held = conform(pd.DataFrame({"x": values}), [column])["x"]
    assert column_likeness(column, held, held) == 1
    assert column_likeness(column, held, held.dropna()) == pytest.approx(2 / 3)
    assert column_likeness(column, held.iloc[:1], held.iloc[2:]) == 0


def test_dates_are_days_since_1970():
    column = Column("x", "datetime")
    dates = conform(pd.DataFrame({"x": pd.DatetimeIndex(["1970-01-02 12:00", None])}), [column])[
        "x"
    ]
    assert as_numbers(dates, column) == pytest.approx([1.5, np.nan], nan_ok=True)


def test_channels_are_compared_by_their_intensities():
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, high, (5, 4, 4)).astype(np.uint8) for high in (256, 200))
    expected = 1 - ks_2samp(a.ravel(), b.ravel()).statistic
    assert channel_likeness(a, b) == pytest.approx(expected, abs=1e-12)
