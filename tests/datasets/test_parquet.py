"""A Parquet file of the user's own: columns by the types that they have in it."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthlift.core.store import identity
from synthlift.datasets.parquet import Parquet

MISSING = ("NA", "N/A", "NaN", "nan", "null", "None", "?")
Y = pa.array(["a", "b", "a", "b"])


@pytest.fixture
def parquet(tmp_path):
    """The recipe of a file with these arrays, and settings of it in `how`."""

    def write(columns, test=None, **how):
        paths = [tmp_path / "some.parquet", tmp_path / "test.parquet"]
        for path, arrays in zip(paths, (columns, test), strict=True):
            if arrays is not None:
                table = pa.table(list(arrays.values()), names=list(arrays))
                pq.write_table(table, path)
        test_path = None if test is None else str(paths[1])
        whole = Parquet(
            "x", str(paths[0]), test_path, "y", None, (), None, None, MISSING, 10**9, None, None,
            None,
        )  # fmt: skip
        return replace(whole, **how)

    return write


def of_kind(source):
    return {column.name: column.kind for column in source.schema.columns}


NOON = pd.Timestamp("2024-01-31 12:00")
ORDERED = pd.Categorical(["mid", "low", None, "mid"], ["low", "mid", "high"], ordered=True)


@pytest.mark.parametrize(
    ("array", "kind", "first"),
    [
        (pa.array([3, 1, None, 3], pa.int16()), "integer", 3),
        (pa.array([2**63 - 1, 2**53 + 1, None, 1], pa.uint64()), "integer", 2**63 - 1),
        (pa.array([2**64 - 1, 0, None, 1], pa.uint64()), "numeric", float(2**64)),
        (pa.array([1.5, 2.0, None, float("nan")], pa.float32()), "numeric", 1.5),
        (pa.array([1.0, 2.0, None, 7.0]), "integer", 1),
        (pa.array([Decimal("1.25"), Decimal("2.50"), None, Decimal("3.75")]), "numeric", 1.25),
        (pa.array([True, False, None, True]), "boolean", True),
        (pa.array(["u", "v", None, "u"]), "categorical", "u"),
        (pa.array(["u", "v", "?", "u"], pa.large_string()), "categorical", "u"),
        (pa.array(["u", "v", None, "u"]).dictionary_encode(), "categorical", "u"),
        (pa.array(ORDERED), "ordinal", "mid"),
        (pa.array(["2024-01-31 12:00", "2023-01-01", "", "2024-01-31"]), "datetime", NOON),
        (pa.array(["7", "8", "", "7"]), "integer", 7),
        (pa.array([NOON, NOON, None, pd.Timestamp(0)]), "datetime", NOON),
        (pa.array([1, 2, None, 3], pa.date32()), "datetime", pd.Timestamp("1970-01-02")),
        (pa.array([0, 1, None, 3], pa.timestamp("ns", "Asia/Tokyo")), "datetime", pd.Timestamp(0)),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else None,
)
def test_the_kind_of_a_column_is_that_of_its_type(parquet, array, kind, first):
    source = parquet({"x": array, "y": Y}).load()
    assert of_kind(source) == {"x": kind}
    held = source.pool.table["x"]
    assert held[0] == first
    assert bool(held.isna()[2])


def test_the_levels_of_an_ordered_column_are_those_of_the_file(parquet):
    (column,) = parquet({"x": pa.array(ORDERED), "y": Y}).load().schema.columns
    assert column.levels == ("low", "mid", "high")


def test_times_of_a_zone_are_converted_to_utc_and_it_is_said(parquet):
    stamps = pa.array([NOON.tz_localize("Asia/Tokyo"), None, NOON.tz_localize("Asia/Tokyo"), None])
    source = parquet({"x": stamps, "y": Y}).load()
    assert source.pool.table["x"][0] == NOON - pd.Timedelta(hours=9)
    assert "Asia/Tokyo" in source.notes[0]


@pytest.mark.parametrize(
    "target",
    [["a", "b"], [1, 2], [True, False], [1.0, 2.0]],
    ids=["text", "integer", "boolean", "float"],
)
def test_classes_may_be_of_any_type(parquet, target):
    source = parquet({"x": pa.array([1, 3, 2, 4]), "y": pa.array([*target, *target])}).load()
    names = {str(value).removesuffix(".0") for value in target}
    assert set(source.schema.classes) == names
    assert source.pool.counts().tolist() == [2, 2]


def test_the_index_that_pandas_writes_is_dropped(parquet, tmp_path):
    made = parquet({"x": Y, "y": Y})
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.integers(0, 9, 40), "y": ["a", "b"] * 20})
    frame.iloc[::-1].to_parquet(made.path)
    source = made.load()
    assert of_kind(source) == {"x": "integer"}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"x": pa.array([[1], [2], [3], [4]]), "y": Y}, "'x' (list<element: int64>)"),
        ({"x": pa.array([{"a": 1}] * 4), "y": Y}, "'x' (struct<a: int64>)"),
        ({"x": pa.array([b"1"] * 4), "y": Y}, "'x' (binary)"),
        ({"x": pa.array([1.0, float("inf"), 2, 3.5]), "y": Y}, "row 2, column 'x' is 'inf'"),
        ({"x": pa.array([1, 2, 3, 4]), "y": pa.array(["a", None, "a", "b"])}, "(row 2)"),
        ({"x": pa.array([], pa.int64()), "y": pa.array([], pa.string())}, "no rows"),
    ],
)
def test_what_can_be_no_column_is_refused_by_name(parquet, refused, columns, words):
    assert words in refused(parquet(columns))


@pytest.mark.parametrize("damage", [b"x,y\n1,a\n", b"", b"PAR1 and then nothing"])
def test_a_file_that_is_no_parquet_is_refused(parquet, refused, damage, tmp_path):
    made = parquet({"x": Y, "y": Y})
    (tmp_path / "some.parquet").write_bytes(damage)
    said = refused(made)
    assert "some.parquet" in said
    assert "dataset=csv" in said


def test_a_file_that_unpacks_to_too_much_is_refused(parquet, refused):
    made = parquet({"x": pa.array(["long" * 1000] * 4), "y": Y}, max_bytes=1000)
    assert "dataset.max_bytes=1,000" in refused(made)


def test_a_column_that_is_there_twice_is_refused(parquet, refused, tmp_path):
    made = parquet({"x": Y, "y": Y})
    pq.write_table(pa.table([Y, Y, Y], names=["x", "x", "y"]), tmp_path / "some.parquet")
    assert "several columns called 'x'" in refused(made)


def test_test_rows_come_after_those_of_the_pool(parquet):
    pool = {"x": pa.array([1, 2, 3, 5]), "y": Y}
    source = parquet(pool, test={"y": Y, "x": pa.array([1.5, 2, 3, None])}).load()
    assert of_kind(source) == {"x": "numeric"}
    assert source.test.origin.tolist() == [4, 5, 6, 7]


def test_its_key_is_what_the_files_hold_and_what_is_said_of_them(parquet, tmp_path):
    made = parquet({"x": pa.array([1, 2, 3, 5]), "y": Y})
    (tmp_path / "moved").write_bytes((tmp_path / "some.parquet").read_bytes())
    moved = replace(made, path=str(tmp_path / "moved"))
    assert identity(made) == identity(moved) != identity(replace(made, kinds={"x": "ordinal"}))
