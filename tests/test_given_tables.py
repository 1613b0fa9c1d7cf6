"""Tables from memory: kinds by dtype, and every dtype comes back."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from synthlift.core.errors import DataError
from synthlift.given import appended, given_rows, read_form, read_labels
from synthlift.given_tables import read_table

N = 6
FRAME = pd.DataFrame(
    {
        "float": [0.5, 1.5, np.nan, 3.0, 4.0, 5.0],
        "single": np.arange(N, dtype=np.float32),
        "int": np.arange(N),
        "byte": np.arange(N, dtype=np.uint8),
        "nullable": pd.array([1, None, 3, 4, 5, 6], dtype="Int32"),
        "bool": [True, False] * 3,
        "maybe": pd.array([True, None] * 3, dtype="boolean"),
        "text": ["a", "b", None, "a", "c", "b"],
        "objects": np.array(["x", "y", None] * 2, object),
        "counts": np.array([1, None, 3] * 2, object),
        "code": pd.Categorical([3, 1, 2] * 2, categories=[3, 2, 1]),
        "grade": pd.Categorical(["low", "high"] * 3, ["low", "mid", "high"], ordered=True),
        "day": pd.to_datetime(["2020-01-01", None] * 3),
        "second": pd.to_datetime(["2020-01-01 10:00:01"] * N).astype("datetime64[s]"),
        "zoned": pd.to_datetime(["2020-07-01 10:00", "2020-12-24 00:00"] * 3).tz_localize(
            "Europe/Berlin"
        ),
        7: np.arange(N) / 7,
    },
    index=range(10, 10 + N),
)
KINDS = {
    "float": "numeric",
    "single": "numeric",
    "int": "integer",
    "byte": "integer",
    "nullable": "integer",
    "bool": "boolean",
    "maybe": "boolean",
    "text": "categorical",
    "objects": "categorical",
    "counts": "integer",
    "code": "categorical",
    "grade": "ordinal",
    "day": "datetime",
    "second": "datetime",
    "zoned": "datetime",
    "7": "numeric",
}


def test_kinds_are_read_from_dtypes():
    columns = [given.column for given in read_table(FRAME).columns]
    assert {c.name: c.kind for c in columns} == KINDS
    levels = {c.name: c.levels for c in columns if c.levels}
    assert levels == {
        "text": ("a", "b", "c"),
        "objects": ("x", "y"),
        "code": ("3", "2", "1"),
        "grade": ("low", "mid", "high"),
    }


def test_a_frame_comes_back_as_it_was_given():
    form = read_form(FRAME, None)
    rows = given_rows(form, read_labels(list("ababab"), N), FRAME, False).samples
    pd.testing.assert_frame_equal(form.given(rows.table), FRAME.reset_index(drop=True))


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(6, 2),
        np.arange(12, dtype=np.int16).reshape(6, 2),
        np.eye(6, 2, dtype=bool),
        np.array([["a", "b"]] * 6),
        np.array([["a", 1.5]] * 6, object),
        np.array([["2020-01-01", "2021-01-01"]] * 6, "datetime64[D]").astype("datetime64[us]"),
    ],
)
def test_an_array_comes_back_as_it_was_given(array):
    form = read_form(array, None)
    rows = given_rows(form, read_labels(list("ababab"), N), array, False).samples
    back = form.given(rows.table)
    assert back.dtype == array.dtype
    assert (back == array).all()


def test_a_list_of_rows_of_numbers_is_a_table():
    assert read_form([[1, 2], [3, 4]], None).shape == (2,)


def test_the_fingerprint_is_that_of_the_cells_and_the_labels():
    def fingerprint(frame, y):
        return given_rows(read_form(frame, None), read_labels(y, N), frame, False).fingerprint()

    other = FRAME.assign(int=FRAME["int"] + (FRAME["int"] == 3))
    assert fingerprint(FRAME, list("ababab")) == fingerprint(FRAME.copy(), list("ababab"))
    assert fingerprint(FRAME, list("ababab")) != fingerprint(other, list("ababab"))
    assert fingerprint(FRAME, list("ababab")) != fingerprint(FRAME, list("bababa"))


class Foreign:
    columns = ("a",)


@pytest.mark.parametrize(
    ("X", "remedy"),
    [
        (pd.DataFrame({"a": [1, "x", 2.5]}), "'a' of X.*holds mixed.*one kind in a column"),
        (pd.DataFrame({"a": [1.0, np.inf]}), "'a' of X holds infinite numbers; make them missing"),
        (pd.DataFrame({"a": pd.to_timedelta([1, 2])}), "'a' of X is of type timedelta64"),
        (pd.DataFrame({"a": [1 + 2j]}), "'a' of X is of type complex"),
        (pd.DataFrame({"a": [datetime.date(2020, 1, 1)]}), "'a' of X.*give.*datetime64"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a' twice; rename one"),
        (pd.DataFrame([[1, 2]], columns=["1", 1]), "'1' twice; rename one"),
        (pd.DataFrame({"a": pd.Categorical([1, "1"])}), "two categories of column 'a' read alike"),
        (pd.DataFrame({"a": np.array([2**63], np.uint64)}), "'a' can't be read as integer"),
        (pd.DataFrame({"a": []}), "X is empty"),
        (pd.DataFrame(), "X is empty"),
        ([[1, "x"], [2, "y"]], "list with text in it; give a DataFrame"),
        (Foreign(), "X is a Foreign; give a DataFrame of pandas"),
    ],
)
def test_what_is_no_table_is_refused(X, remedy):
    with pytest.raises(DataError, match=remedy):
        read_form(X, None).features(X)


@pytest.mark.parametrize(
    "y",
    [
        pd.Categorical(list("bab"), categories=["b", "a", "c"], ordered=True),
        pd.array([2, 1, 2], dtype="Int64"),
        pd.array([True, False, True], dtype="boolean"),
        np.array([7, 3, 7], np.int8),
        pd.to_datetime(["2021-01-01", "2020-01-01", "2021-01-01"]).tz_localize("Europe/Berlin"),
    ],
)
def test_labels_of_a_series_come_back_in_its_dtype(y):
    y = pd.Series(y, name="state")
    labels = read_labels(y, 3)
    pd.testing.assert_series_equal(labels.given(labels.numbers), y)
    assert appended(y, labels.given(labels.numbers)).dtype == y.dtype
