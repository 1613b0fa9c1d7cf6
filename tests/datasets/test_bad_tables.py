"""Tables that can't be used: each is refused with the column, the line and the remedy."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from synthlift.core.errors import SynthliftError

ROWS = "x,c,y\n1,u,a\n2,v,b\n3,u,a\n4,v,b\n"
HALF = "x,y\n" + "".join(f"{i * 1.5},{'ab'[i % 2]}\n" for i in range(40)) + "-,a\n-,b\n" * 20
MANY = "x,y\n" + "".join(f"{i * 7 % 101},{'ab'[i % 2]}\n" for i in range(100))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("  \n\n", "is empty"),
        ("x,y\n", "has a header, but no rows"),
        ("x,y\n,\n,\n", "2 rows, all without any value"),
        ("abc\n1\n2\n", "has one column, 'abc'"),
        ("x y\n1 a\n", "if something else separates its columns"),
        ("x,x,y\n1,2,a\n", "line 1: the columns 1 and 2 are both called 'x'"),
        ("x,,y\n" + "1,p,a\n2,q,b\n" * 3, "no name for the unnamed column 2"),
        ("x,y\n1,a\n2,b,3\n", "line 3 has 3 cells, the header has 2"),
        ("x,y\n1,a\n\n2\n", "line 4 has 1 cell, the header has 2"),
        ('x,y\n1,a\n"2,b\n3,a\n', "line 3"),
        ('x,y\n1,a\n2,"b\n3,a\n4,b\n', "line 3: a quote is opened and never closed"),
        (b"x,y\n1,a\n2,\xe9\n", "line 3: byte 0xe9 is not UTF-8"),
        (b"x,y\n1,a\n2\0,b\n", "line 3, holds a NUL byte"),
        ("x,y\n1,a\n".encode("utf-16"), "dataset.encoding=utf-16"),
        (gzip.compress(ROWS.encode()), "is compressed with gzip"),
        (b"PK\x03\x04sheet", "an Excel workbook"),
        (b"PAR1more", "dataset=parquet"),
        (ROWS.replace("3,u,a", "3,u,"), "1 row without a value in the target 'y' (line 4)"),
        (ROWS.replace(",b", ",a"), "is 'a' in all 4 rows"),
        (ROWS.replace("4,v,b", "4,v,c"), "class 'b' of the target 'y' has 1 row"),
        (ROWS.replace("3,u,a", "inf,u,a"), "line 4, column 'x' is 'inf'; numbers are finite"),
        (ROWS.replace("3,u,a", "1e999,u,a"), "line 4, column 'x' is '1e999'"),
        (ROWS.replace("3,u,a", "-1e300,u,a"), "'-1e300'; numbers are finite, and at most 1e+38"),
        ("x, x,y\n1,2,a\n", "line 1: the columns 1 and 2 are both called 'x'"),
        ("x,y\n1,a\n2,b\n", "two are needed; add some"),
        (ROWS + "5,u,c d\n1,u,it's\n", """classes=["a","b"]'"""),
        (HALF, "line 42, column 'x' is '-', which is no number, as 40 of 80 cells"),
        (MANY.replace("\n14,a", "\n14 kg,a"), "line 4, column 'x' is '14 kg', which is no number"),
        ("c,y\n1,a\n1,b\n1,a\n1,b\n", "no column to learn from"),
    ],
)
def test_a_bad_file_is_refused(made, refused, text, words):
    assert words in refused(made(text))


def test_a_line_is_that_of_the_file_also_below_quoted_newlines_and_blank_lines(made, refused):
    text = 'x,t,y\n1,"two\nlines",a\n\n2,u,b\n3,u,a\ninf,u,b\n'
    assert "line 7, column 'x'" in refused(made(text))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"path": None}, "dataset.path is missing"),
        ({"path": "/"}, "is a folder"),
        ({"path": "nonesuch"}, "the file nonesuch does not exist"),
        ({"test_path": "nonesuch"}, "dataset.test_path=FILE"),
        ({"target": None}, "dataset.target is missing; say which column"),
        ({"target": "Y"}, "did you mean 'y'?"),
        ({"target": "nonesuch"}, "it has x, c, y"),
        ({"group": "nonesuch"}, "dataset.group names 'nonesuch'"),
        ({"drop": ("x", "cc")}, "dataset.drop names 'cc'"),
        ({"kinds": {"z": "numeric"}}, "dataset.kinds names 'z'"),
        ({"levels": {"z": ["a", "b"]}}, "dataset.levels names 'z'"),
        ({"drop": ("y",)}, "'y' is the target; take it out of dataset.drop"),
        ({"group": "y"}, "'y' is the target; take it out of dataset.group"),
        ({"group": "c", "drop": ("c",)}, "'c' is the group; take it out of dataset.drop"),
        ({"kinds": {"y": "ordinal"}}, "'y' is the target; take it out of dataset.kinds"),
        ({"kinds": {"c": "numeric"}}, "line 2, column 'c' is 'u', but the column is numeric"),
        ({"kinds": {"c": "integer"}}, "as in 'dataset.kinds={c: categorical}'"),
        ({"kinds": {"x": "boolean"}}, "as in 'dataset.kinds={x: numeric}'"),
        ({"kinds": {"c": "ordinal"}}, 'dataset.levels={c: ["u","v"]}'),
        ({"levels": {"c": ["u", "w"]}}, "line 3, column 'c' is 'v', but its levels are u, w"),
        ({"delimiter": ";"}, "try dataset.delimiter=comma"),
        ({"encoding": "utf-16"}, "its encoding with dataset.encoding"),
        ({"encoding": "ascii"}, "line 6: byte 0xc3 is not ascii"),
        ({"classes": ("a", "z")}, "names 'z'; the classes are a, b"),
        ({"drop": ("x", "c")}, "no column to learn from"),
        ({"max_bytes": 10}, "raise it"),
    ],
)
def test_a_wrong_setting_is_refused(made, refused, how, words):
    text = ROWS + "5,ü,a\n" if how.get("encoding") == "ascii" else ROWS
    assert words in refused(made(text, **how))


def test_a_file_without_a_header_is_told_so(made, refused):
    assert "does the file lack a header line?" in refused(made("1,2\n3,4\n"))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"kinds": {"x": "number"}}, "a column is numeric, integer"),
        ({"kinds": "numeric"}, "dataset.kinds goes by column"),
        ({"kinds": ("x", "numeric")}, "dataset.kinds goes by column"),
        ({"levels": {"x": ["a"]}}, "two levels or more"),
        ({"levels": {"x": ["a", "a"]}}, "each once"),
        ({"levels": {"x": ["a", "b"]}, "kinds": {"x": "numeric"}}, "for ordinal columns"),
        ({"decimal": ";"}, "dataset.decimal is"),
        ({"delimiter": "::"}, "dataset.delimiter is one character"),
        ({"encoding": "klingon"}, "dataset.encoding is the name of one"),
        ({"max_bytes": 0}, "dataset.max_bytes is at least 1"),
        ({"n_test": 0}, "dataset.n_test is at least 1"),
    ],
)
def test_a_setting_that_can_never_be_is_refused_before_any_file(made, how, words):
    with pytest.raises(ValueError, match=words):
        made(ROWS, **how)


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("x,y\n1,a\n2,b\n", "lacks 'c'"),
        ("x,c,y,z\n1,u,a,1\n2,v,b,2\n", "has 'z' beyond"),
        ("x,c,z\n1,u,a\n2,v,b\n", "lacks 'y' and has 'z' beyond"),
        ("x,c,y\n1,u,a\nlong,v,b\n", "line 3, column 'x' is 'long', but the column is integer"),
        ("x,c,y\n1,u,a\n2,v,d\n", "line 3, column 'y' is of class 'd'"),
        ("x,c,y\n1,u,a\n2,v,a\n", "class 'b' has no rows in the test set"),
        ("x,c,y\n1,u,a\n2,v,\n", "without a value in the target 'y' (line 3)"),
        ("x,c,y\n1,u,a\n2,v\n", "line 3 has 2 cells"),
        ("", "is empty"),
    ],
)
def test_a_test_file_that_does_not_fit_is_refused_by_its_name(made, refused, test, words):
    said = refused(made(ROWS, test=test))
    assert words in said
    if "class 'b'" not in said:
        assert "test.csv" in said


def test_columns_that_are_dropped_need_not_be_in_the_test_file(made):
    dataset = made(ROWS, test="c,y,z\nu,a,1\nv,b,2\n", drop=("x", "z"))
    assert len(dataset.load().test) == 2


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (np.random.default_rng(0).normal(size=200), "is continuous: 200 different"),
        (np.arange(200), "is continuous: 200 different"),
        ([f"text {i}" for i in range(200)], "200 different texts in 200 rows"),
        ([f"2024-01-{1 + i % 28:02d}" for i in range(200)], "is continuous: 28 different"),
    ],
)
def test_a_target_without_classes_is_refused(table, refused, target, words):
    said = refused(table({"x": [1, 2] * 100, "y": target}))
    assert words in said
    assert "dataset.target=COLUMN" in said


@pytest.mark.parametrize("decimal", [".", ","])
def test_thousands_or_decimals_has_to_be_said(table, refused, decimal):
    cells = {"x": ["1,234", "5,678", "9,012", "7"], "y": list("abab")}
    assert "dataset.decimal=." in refused(table(cells))
    value = table(cells, decimal=decimal).load().pool.table["x"][0]
    assert value == (1234 if decimal == "." else 1.234)


def test_a_missing_group_is_named(made, refused):
    assert "line 3, column 'c' is missing" in refused(made(ROWS.replace("2,v", "2,"), group="c"))


def test_too_many_levels_of_a_column_called_categorical(table, refused):
    n = 20_002
    cells = {"t": [f"t{i // 2}" for i in range(n)], "x": [1, 2] * (n // 2), "y": [*"ab"] * (n // 2)}
    assert "has 10,001 levels" in refused(table(cells, kinds={"t": "categorical"}))


def outcome(dataset):
    """The words in which a dataset refuses to load; of one that loads, none."""
    try:
        dataset.load()
    except SynthliftError as error:
        return str(error)
    return ""


def test_any_bytes_are_read_or_refused_in_words(made):
    rng = np.random.default_rng(0)
    alphabet = np.frombuffer(b'xy,;"\n\r\t\0\xff ab12.-', np.uint8)
    for _ in range(300):
        noise = rng.choice(alphabet, rng.integers(1, 60)).tobytes()
        assert "\n" not in outcome(made(b"x,y\n1,a\n2,b\n" + noise))
