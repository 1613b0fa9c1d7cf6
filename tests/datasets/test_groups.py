import pytest

from synthlift.core.errors import DataError
from synthlift.datasets.groups import check_pattern, groups_by_csv, groups_by_pattern, number

NAMES = ("cat/ann_1.png", "cat/bob_1.png", "dog/ann_2.png")


def table(folder, text, encoding="utf-8"):
    path = folder / "groups.csv"
    path.write_bytes(text.encode(encoding, "surrogateescape"))
    return path


def test_a_pattern_finds_whose_a_file_is():
    found = groups_by_pattern(NAMES, r"/(\w+)_")
    assert found == ["ann", "bob", "ann"]
    assert number(found).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("ann", "0 capture groups"), ("(a)(b)", "2 capture groups"), ("(", "no regular expression")],
)
def test_a_pattern_needs_one_capture_group(pattern, said):
    with pytest.raises(ValueError, match=said):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["/(a[a-z]+)_", "/(ann)?"])
def test_a_file_without_a_group_is_named(pattern):
    check_pattern(pattern)
    with pytest.raises(DataError, match=r"1 file name: cat/bob_1\.png; every file needs one"):
        groups_by_pattern(NAMES, pattern)


def test_a_csv_gives_the_groups_and_counts_rows_that_are_for_nothing(tmp_path):
    rows = (
        "note,file,group\n,cat/ann_1.png,7\n,./cat/bob_1.png,8\n,dog/ann_2.png,7\n,cat/no.png,9\n"
    )
    assert groups_by_csv(NAMES, table(tmp_path, rows)) == (["7", "8", "7"], 1)


def test_a_csv_may_come_from_a_spreadsheet_and_hold_any_name(tmp_path):
    names = ("cat/a,b.png", "cat/two\nlines.png", "cat/\udcff.png")
    rows = 'file,group\r\n"cat/a,b.png",x\r\n"cat/two\nlines.png",x\r\ncat/\udcff.png,y\r\n'
    path = table(tmp_path, "\ufeff" + rows)
    assert groups_by_csv(names, path) == (["x", "x", "y"], 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,group\nann_1.png,7\n", r"no row for 3 files: cat/ann_1\.png.*first row is ann_1"),
        ("file,group\n", "no row for 3 files"),
        ("path,patient\na,b\n", "columns file and group, it has path, patient"),
        ("", "it has none"),
        ("file,group\ncat/ann_1.png,\n", r"line 2: cat/ann_1\.png has no group"),
        ("file,group\ncat/ann_1.png\n", r"line 2: cat/ann_1\.png has no group"),
        ("file,group\ncat/ann_1.png,7\ncat/ann_1.png,8\n", "line 3: .* two groups, '8' and '7'"),
        (f"file,group\n{'x' * 140_000},1\n", "can't be read"),
    ],
)
def test_a_csv_that_does_not_do_is_refused_with_its_line(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        groups_by_csv(NAMES, table(tmp_path, text))


def test_a_csv_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"group_csv: .*absent\.csv"):
        groups_by_csv(NAMES, tmp_path / "absent.csv")
