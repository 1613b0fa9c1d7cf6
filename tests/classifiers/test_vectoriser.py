"""Tables as vectors: closed forms per kind of column, and whatever a train part can lack."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from synthlift.classifiers.vectoriser import LIMIT, Vectoriser
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, TableSchema
from synthlift.core.tables import conform


def rows_of(kind, values, levels=()):
    columns = (Column("x", kind, levels),)
    table = conform(pd.DataFrame({"x": pd.Series(values, dtype=object)}), columns)
    n = len(values)
    return SampleSet(TableSchema(columns, ("a", "b")), table, np.zeros(n, np.int64), np.arange(n))


def encoded(kind, fitted_on, values, levels=()):
    made = Vectoriser.fit(rows_of(kind, fitted_on, levels))
    read = Vectoriser.from_json(json.loads(json.dumps(made.to_json())))
    assert read == made
    vectors = read.encode(rows_of(kind, values, levels))
    assert vectors.shape == (len(values), made.width)
    assert np.isfinite(vectors).all()
    return vectors.tolist()


def test_numbers_are_standardised_by_the_main_rows():
    assert encoded("numeric", [1.0, 3.0], [3.0, 5.0]) == [[1.0], [3.0]]


def test_a_missing_number_is_the_median_and_told():
    fitted_on = [0.0, None, 1.0, 2.0]
    (known, missing) = encoded("numeric", fitted_on, [1.0, None])
    assert known == [missing[0], 0.0]
    assert missing[1] == 1.0


def test_a_number_missing_for_the_first_time_is_the_median():
    assert encoded("integer", [1, 2, 6], [None]) == encoded("integer", [1, 2, 6], [2])


def test_dates_and_ranks_are_numbers():
    dates = [pd.Timestamp("2020-01-01"), pd.Timestamp("2020-01-03")]
    assert encoded("datetime", dates, dates) == [[-1.0], [1.0]]
    grades = ("low", "mid", "high")
    assert encoded("ordinal", ["low", "high"], ["mid"], grades) == [[0.0]]


def test_booleans_are_zero_and_one():
    assert encoded("boolean", [True, False, False], [False, True]) == [[0.0], [1.0]]


def test_levels_have_a_position_each_and_rare_or_unseen_ones_share_one():
    towns = ("p", "q", "r", "s")
    fitted_on = ["p", "p", "q", "q", "r"]
    assert encoded("categorical", fitted_on, ["p", "q", "r", "s", None], towns) == [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 1],
        [0, 0, 0],
    ]


def test_missing_is_a_level_where_it_was_seen():
    assert encoded("categorical", ["p", None, "p"], ["p", None], ("p",)) == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("kind", "values", "levels"),
    [
        ("numeric", [None, None], ()),
        ("numeric", [2.0, 2.0], ()),
        ("boolean", [True, True], ()),
        ("categorical", ["p", "p"], ("p", "q")),
        ("categorical", [None, None], ("p",)),
        ("datetime", [None, None], ()),
    ],
)
def test_a_column_that_tells_nothing_is_left_out(kind, values, levels):
    assert encoded(kind, values, values, levels) == [[0.0], [0.0]], "a vector has one number"


def test_a_million_levels_need_no_million_positions():
    levels = tuple(map(str, range(1000)))
    vectors = encoded("categorical", list(levels) * 2, list(levels[:3]), levels)
    assert len(vectors[0]) <= 51


def test_long_tails_are_bent_so_that_the_bulk_is_told_apart():
    bulk = np.linspace(0, 1, 50).tolist()
    vectors = np.ravel(encoded("numeric", [*bulk, 1e6], [0.0, 1.0, 1e6]))
    assert vectors[1] - vectors[0] > 0.3
    assert (np.diff(vectors) > 0).all()


@pytest.mark.parametrize("huge", [1e300, -1e300, 1.7e308])
def test_numbers_far_outside_stay_finite_and_limited(huge):
    assert np.abs(encoded("numeric", [0.0, 1.0, 2.0], [huge])).max() == LIMIT
    assert np.abs(encoded("numeric", [0.0, 1.0, huge], [0.0, huge])).max() <= LIMIT
