"""A CSV of the user's own: what is understood, and what is found out about its columns."""

import codecs
import csv
import shlex
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthlift.core.store import identity
from synthlift.datasets.wishes import by_column
from synthlift.overrides import parse


def kinds(source):
    return {column.name: column.kind for column in source.schema.columns}


def levels(source):
    return {column.name: column.levels for column in source.schema.columns}


def column(table, name="x", **how):
    """The only column of a file with these cells, beside a target."""
    return lambda cells: table({name: cells, "y": ["u", "v"] * (len(cells) // 2)}, **how).load()


def test_a_file_and_its_target_are_enough(table):
    cells = {
        "age": [31, 45, 27, 60],
        "pay": [1.5, 2.25, -3.0, 0.125],
        "town": ["Ulm", "Bonn", "Ulm", "Bonn"],
        "member": ["yes", "no", "no", "yes"],
        "since": ["2024-01-31", "2023-05-06", "1969-12-31", "2024-01-31"],
        "y": ["b", "a", "b", "a"],
    }
    source = table(cells).load()
    assert kinds(source) == {
        "age": "integer",
        "pay": "numeric",
        "town": "categorical",
        "member": "boolean",
        "since": "datetime",
    }
    assert source.schema.classes == ("a", "b")
    assert source.pool.labels.tolist() == [1, 0, 1, 0]
    assert source.pool.origin.tolist() == [0, 1, 2, 3]
    held = source.pool.table
    assert held["age"].tolist() == cells["age"]
    assert held["pay"].tolist() == cells["pay"]
    assert held["town"].tolist() == cells["town"]
    assert held["member"].tolist() == [True, False, False, True]
    assert held["since"].dt.strftime("%Y-%m-%d").tolist() == cells["since"]
    assert source.test is source.pool.group is None
    assert source.notes == ()


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2", "+3", "40"], "integer"),
        (["1.0", "2.00", "3.", "4"], "integer"),
        (["1e3", "2.5", ".5", "-7"], "numeric"),
        (["0", "1", "0", "1"], "integer"),
        (["9223372036854775807", "-9223372036854775808", "0", "1"], "integer"),
        (["9223372036854775808", "1", "2", "3"], "numeric"),
        (["True", "FALSE", "true", "false"], "boolean"),
        (["t", "F", "f", "t"], "boolean"),
        (["yes", "none", "yes", "none"], "categorical"),
        (["02134", "90210", "02134", "90210"], "categorical"),
        (["2024-01-31T23:59:59", "2024-01-31 00:00", "2023-01-01", "2022-01-01"], "datetime"),
        (["2024/01/31", "2024/02/28", "2024/01/31", "2024/02/28"], "datetime"),
        (["31/01/2024", "01.02.2024", "28/02/2024", "01-02-2024"], "datetime"),
        (["01/02/2024", "03/04/2024", "01/02/2024", "03/04/2024"], "categorical"),
        (["1,5", "2,25", "3", "-0,5"], "numeric"),
        (["1.234,56", "-999,5", "1.234", "1.234.567,8"], "numeric"),
        (["31/01/2024 23:59", "1.2.2024 7:05", "28/02/2024", "01-02-2024 00:00:01"], "datetime"),
        (["<0", ">=4", "<0", ">=4"], "categorical"),
    ],
)
def test_the_kind_of_a_column_is_found_out(table, cells, kind):
    assert kinds(column(table)(cells)) == {"x": kind}


def test_whole_numbers_are_exact_beyond_what_a_float_holds(table):
    cells = ["9223372036854775807", "9007199254740993", "", "7"]
    held = column(table)(cells).pool.table["x"]
    assert held.isna().tolist() == [False, False, True, False]
    assert held.dropna().tolist() == [2**63 - 1, 2**53 + 1, 7]


@pytest.mark.parametrize(
    ("cells", "note", "first"),
    [
        (["1,5", "2,25", "3", "-0,5"], "decimal commas", 1.5),
        (["1.234,5", "2.000,25"] * 2, "decimal commas", 1234.5),
        (["1/31/2024 7:05", "2/1/2024 0:00"] * 2, "the month", pd.Timestamp("2024-01-31 07:05")),
        (["31/01/2024", "01/02/2024"] * 2, "begin with the day", pd.Timestamp("2024-01-31")),
        (["01/31/2024", "02/01/2024"] * 2, "begin with the month", pd.Timestamp("2024-01-31")),
        (["2024-01-31T23:00-02:00", "2024-01-31T23:00Z"] * 2, "UTC", pd.Timestamp("2024-02-01 01")),
        (["02134", "90210"] * 2, "begin with 0", "02134"),
        (["01/02/2024", "03/04/2024"] * 2, "can't be told apart", "01/02/2024"),
        ([" a", "b "] * 2, "blanks around its text removed", "a"),
        (["1", "2", "3+"] * 20, "numbers and 1 text: taken as levels", "1"),
    ],
)  # fmt: skip
def test_what_had_to_be_decided_is_noted_with_the_column(table, cells, note, first):
    if note.endswith("levels"):
        cells = ["1"] * 9 + ["2"] * 10 + ["3+"]
    source = column(table)(cells)
    (said,) = source.notes
    assert note in said
    assert "column 'x'" in said
    assert source.pool.table["x"][0] == first


def test_missing_cells_stay_missing_in_every_kind_of_column(table):
    cells = {
        "i": ["1", "", "3", "4"],
        "n": ["1.5", "NA", "3", "4"],
        "c": ["u", "?", "w", "u"],
        "b": ["yes", "nan", "no", "no"],
        "d": ["2024-01-31", "null", "2024-02-01", "2024-02-01"],
        "y": ["a", "b", "a", "b"],
    }
    source = table(cells).load()
    assert set(kinds(source).values()) == {
        "integer", "numeric", "categorical", "boolean", "datetime"
    }  # fmt: skip
    for name in "incbd":
        assert source.pool.table[name].isna().tolist() == [False, True, False, False]


def test_the_texts_that_mean_missing_can_be_chosen(table):
    how = {"missing": ("-999",)}
    held = column(table, **how)(["1", "-999", "", "2"]).pool.table["x"]
    assert held.isna().tolist() == [False, True, True, False]


def test_columns_that_tell_nothing_are_dropped_and_named(table):
    n, rng = 40, np.random.default_rng(0)
    cells = {
        "": range(n),
        "row": range(100, 100 + n),
        "with gaps": np.arange(n) + np.arange(n) // 3,
        "patient_id": rng.permutation(10**6)[:n],
        "hash": [f"{i:x}f" for i in range(10**8, 10**8 + n)],
        "remark": [f"the patient said {i}" for i in range(n)],
        "one": ["same"] * n,
        "void": [""] * n,
        "age": rng.integers(20, 60, n),
        "y": ["a", "b"] * (n // 2),
    }
    source = table(cells).load()
    assert list(kinds(source)) == ["age"]
    said = "\n".join(source.notes)
    for names in (
        "'unnamed column 1', 'row', 'with gaps', 'patient_id', 'hash'",
        "'remark'",
        "'one'",
        "'void'",
    ):
        assert f": {names}" in said
    assert "'dataset.kinds={row: categorical}'" in said


def test_numbers_that_all_differ_are_no_names_of_rows(table):
    rng = np.random.default_rng(0)
    cells = {name: rng.permutation(10**6)[:40] for name in ("pay", "paid", "humid")}
    found = kinds(table({**cells, "y": ["a", "b"] * 20}).load())
    assert found == dict.fromkeys(cells, "integer")


def test_a_column_that_would_be_dropped_is_kept_if_its_kind_is_given(table):
    cells = {"name": [f"n{i}" for i in range(30)], "k": range(30), "y": ["a", "b"] * 15}
    source = table(cells, kinds={"name": "categorical", "k": "numeric"}).load()
    assert kinds(source) == {"name": "categorical", "k": "numeric"}
    assert source.notes == ()


def test_blanks_around_names_are_no_part_of_them(made):
    source = made("x , c, y \n1,u,a\n2,v,b\n3,u,a\n4,v,b\n", test="y,x,c\na,1,u\nb,2,v\n").load()
    assert kinds(source) == {"x": "integer", "c": "categorical"}


def test_any_name_can_be_given_a_kind_and_levels_on_the_command_line(table):
    cells = {"größe": ["S", "M", "L", "S"], "it's": [1, 2, 3, 4], "y": list("abab")}
    typed = [
        by_column("levels", "größe", ["S", "M", "L"]),
        by_column("kinds", "it's", "categorical"),
    ]
    how = {}
    for word in typed:
        (override,) = parse(shlex.split(word))
        how[override.key_or_group.removeprefix("dataset.")] = override.value()
    assert kinds(table(cells, **how).load()) == {"größe": "ordinal", "it's": "categorical"}


def test_kinds_and_levels_can_be_given(table):
    cells = {
        "zip": [1234, 99, 1234, 99],
        "stage": [1, 2, 10, 2],
        "grade": ["mid", "low", "", "mid"],
        "flag": [0, 1, 1, 0],
        "y": ["a", "b", "a", "b"],
    }
    given = {"zip": "categorical", "stage": "ordinal", "flag": "boolean"}
    source = table(cells, kinds=given, levels={"grade": ["low", "mid", "high"]}).load()
    assert kinds(source) == {
        "zip": "categorical",
        "stage": "ordinal",
        "grade": "ordinal",
        "flag": "boolean",
    }
    assert levels(source)["zip"] == ("99", "1234")
    assert levels(source)["stage"] == ("1", "2", "10")
    assert levels(source)["grade"] == ("low", "mid", "high")
    assert source.pool.table["grade"].cat.ordered
    assert source.pool.table["flag"].tolist() == [False, True, True, False]


def test_kinds_and_levels_are_part_of_the_key_and_the_place_is_not(table, tmp_path):
    made = table({"x": [1, 2, 3, 4], "y": ["a", "b", "a", "b"]})
    moved = replace(made, path=str(tmp_path / "moved.csv"))
    (tmp_path / "moved.csv").write_bytes((tmp_path / "some.csv").read_bytes())
    ordinal = replace(made, kinds={"x": "ordinal"})
    levelled = replace(made, levels={"x": [4, 3, 2, 1]})
    keys = [str(identity(m)) for m in (made, ordinal, levelled, replace(made, target="x"))]
    assert len(set(keys)) == 4
    assert str(identity(moved)) == keys[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(table, delimiter):
    cells = {"a, b": ["1,5", "2,25", "3", "4"], "c": ["u;v", "w", "u;v", "w"], "y": list("abab")}
    source = table(cells, write={"delimiter": delimiter}).load()
    assert kinds(source) == {"a, b": "numeric", "c": "categorical"}


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", None), ("utf-8-sig", None), ("cp1252", "cp1252"), ("utf-16", "utf-16")],
)
def test_every_encoding_can_be_read(table, encoding, said):
    cells = {"Größe": ["groß", "klein", "groß", "klein"], "y": list("abab")}
    source = table(cells, write={"encoding": encoding}, encoding=said).load()
    assert levels(source) == {"Größe": ("groß", "klein")}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(made, end):
    source = made(end.join(["x,y", "1,a", "2,b", "3,a", "4,b"])).load()
    assert source.pool.table["x"].tolist() == [1, 2, 3, 4]


HOSTILE = ["<b>x</b>", "=1+1", 'a "quoted" one', "two\nlines", "{x: 1}", "größe", "'", "x"]


def test_names_and_levels_are_kept_as_they_are(table, tmp_path):
    cells = {name: [HOSTILE[i], HOSTILE[i - 1]] * 2 for i, name in enumerate(HOSTILE)}
    source = table({**cells, "y": ["<a>", "=b"] * 2}).load()
    assert list(kinds(source)) == HOSTILE
    assert source.schema.classes == ("<a>", "=b")
    assert set(levels(source)["x"]) == {"x", "'"}
    source.save(tmp_path / "stored")
    again = type(source).load(tmp_path / "stored")
    assert again.schema == source.schema
    pd.testing.assert_frame_equal(again.pool.table, source.pool.table)


def test_rows_of_nothing_are_left_out_and_the_others_keep_their_places(made):
    source = made("x,y\n1,a\n\n,\n2,b\n3,a\n4,b\n,\n").load()
    assert source.pool.table["x"].tolist() == [1, 2, 3, 4]
    assert source.pool.origin.tolist() == [0, 2, 3, 4]
    assert "2 rows" in source.notes[0]


def test_groups_are_numbered_over_both_files_and_not_learnt_from(table):
    pool = {"x": [1, 2, 3, 4], "who": ["ann", "bob", "ann", "cy"], "y": list("abab")}
    test = {"y": ["a", "b"], "who": ["cy", "dee"], "x": [5, 6]}
    source = table(pool, test=test, group="who").load()
    assert kinds(source) == {"x": "integer"}
    assert source.pool.group.tolist() == [0, 1, 0, 2]
    assert source.test.group.tolist() == [2, 3]
    assert source.notes == ("4 groups; none stands on both sides of a split",)


def test_an_official_test_file_adds_rows_and_names_of_levels(table):
    pool = {"x": [1, 2, 3, 4], "c": ["u", "v", "u", "v"], "y": list("abab")}
    test = {"c": ["w", "u"], "y": ["b", "a"], "x": [2.5, 6]}
    source = table(pool, test=test).load()
    assert source.test.schema == source.schema
    assert kinds(source) == {"x": "numeric", "c": "categorical"}
    assert levels(source)["c"] == ("u", "v", "w")
    assert source.test.table["c"].tolist() == ["w", "u"]
    assert source.test.labels.tolist() == [1, 0]
    assert source.test.origin.tolist() == [4, 5]


def test_whole_numbers_are_one_class_however_they_are_written(table):
    cells = {"x": [1, 2, 3, 4, 5, 6], "y": ["1", "2", "10", "1.0", "2.0", "10"]}
    source = table(cells, test={"x": [1, 2, 3], "y": [1.0, 2.0, 10.0]}).load()
    assert source.schema.classes == ("1", "2", "10")
    assert source.pool.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert source.test.labels.tolist() == [0, 1, 2]


def test_classes_that_differ_in_case_alone_are_noted(table):
    source = table({"x": [1, 2, 3, 4], "y": ["yes", "Yes", "yes", "Yes"]}).load()
    assert source.schema.classes == ("Yes", "yes")
    assert source.notes == ("classes that differ in case alone: 'Yes' and 'yes'",)


def test_what_is_chosen_by_class_is_looked_at_alone(table):
    cells = {"x": [1, 2, 3, 4, 5, 6], "c": ["u", "v", "w", "u", "v", "w"], "y": list("abcabc")}
    source = table(cells, classes=("c", "a")).load()
    assert source.schema.classes == ("c", "a")
    assert source.pool.origin.tolist() == [0, 2, 3, 5]
    assert source.pool.labels.tolist() == [1, 0, 1, 0]
    assert levels(source)["c"] == ("u", "w")


def test_a_quoted_cell_may_hold_anything(tmp_path, made):
    rows = [["x", "y"], ['say "hi", \n or not', "a"], ["plain", "b"], ["plain", "a"], ["x", "b"]]
    with (tmp_path / "quoted.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    source = made((tmp_path / "quoted.csv").read_bytes()).load()
    assert source.pool.table["x"].tolist() == [row[0] for row in rows[1:]]


def test_a_byte_order_mark_is_no_part_of_the_first_name(made):
    source = made(codecs.BOM_UTF8 + b"x,y\n1,a\n2,b\n3,a\n4,b\n").load()
    assert list(kinds(source)) == ["x"]


def test_text_of_more_than_a_thousand_values_is_dropped(table):
    n = 4_000
    cells = {
        "t": [f"t{i % 1_001}" for i in range(n)],
        "kept": [f"t{i % 1_000}" for i in range(n)],
        "y": list("aabb") * (n // 4),
    }
    source = table(cells).load()
    assert list(kinds(source)) == ["kept"]
    assert "'t'" in source.notes[0]


def test_a_recipe_is_made_without_what_reads_it():
    code = "import sys, synthlift.datasets.csv, synthlift.datasets.parquet; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "pyarrow"} & set(done.stdout.split())
