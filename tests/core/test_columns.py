"""Tables as matrices and back: exact for every kind of column, missing as missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthlift.core.columns import from_matrix, spreads, to_matrix
from synthlift.core.schema import Column
from synthlift.core.tables import conform, misfit

COLUMNS = (
    Column("price", "numeric"),
    Column("rooms", "integer"),
    Column("built", "datetime"),
    Column("sea", "boolean"),
    Column("state", "ordinal", ("poor", "fair", "good")),
    Column("town", "categorical", ("Aix", "Bonn", "Cork")),
)


@pytest.fixture
def table():
    return conform(
        pd.DataFrame(
            {
                "price": [1.5, np.nan, -1e300],
                "rooms": pd.array([3, -4, None], "Int64"),
                "built": pd.to_datetime(
                    ["1907-01-02 03:04:05.678901", None, "2150-01-01"], format="ISO8601"
                ),
                "sea": pd.array([None, True, False], "boolean"),
                "state": ["good", None, "poor"],
                "town": [None, "Cork", "Aix"],
            }
        ),
        COLUMNS,
    )


def test_a_table_comes_back_as_it_was(table):
    back = from_matrix(to_matrix(table, COLUMNS), COLUMNS)
    assert misfit(back, COLUMNS) is None
    pd.testing.assert_frame_equal(back, table)


def test_missing_is_nan_and_levels_are_their_positions(table):
    matrix = to_matrix(table, COLUMNS)
    assert np.isnan(matrix).sum() == 6
    assert matrix[0, 4:].tolist()[0] == 2
    assert matrix[1, 3] == 1
    assert matrix[1, 5] == 2


def test_what_is_counted_is_rounded_to_what_it_can_be():
    row = np.array([[0.4, 2.6, 0.4, 0.9, 7.3, -0.4]])
    back = from_matrix(row, COLUMNS)
    assert back.iloc[0, 1] == 3
    assert back.iloc[0, 3]
    assert back.iloc[0, 4] == "good", "beyond the last level"
    assert back.iloc[0, 5] == "Aix"


def test_a_table_without_rows_keeps_its_dtypes(table):
    assert misfit(from_matrix(to_matrix(table.iloc[:0], COLUMNS), COLUMNS), COLUMNS) is None


def test_the_spread_of_a_normal_column_is_its_deviation_and_long_tails_do_not_count():
    x = np.random.default_rng(0).normal(3, 2, (4000, 1))
    tail = np.vstack([x, [[1e9]]])
    assert spreads(x)[0] == pytest.approx(2, rel=0.05)
    assert spreads(tail)[0] == pytest.approx(2, rel=0.05)
    assert spreads(np.full((3, 1), np.nan)).tolist() == [0]
    assert spreads(np.ones((3, 1))).tolist() == [0]
