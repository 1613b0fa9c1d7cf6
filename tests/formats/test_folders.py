"""Folder names made of class names: inside, inert, and no two alike."""

from __future__ import annotations

import pytest

from synthlift.core.errors import DataError
from synthlift.formats.folders import LONGEST, class_folders, slug

HOSTILE = [
    "a/b",
    "..",
    ".",
    "../../etc/passwd",
    "/absolute",
    "<script>alert(1)</script>",
    "\"quoted\" 'twice'",
    "two\nlines",
    "=cmd|'/c calc'!A1",
    "\U0001f600",
    "Cat",
    "cat",
    "cat!",
    "cat?",
    "",
    " ",
    "a\x00b",
    "\ud800",
    "con",
    "nul.txt",
    "__pycache__",
    ".hidden",
    "trailing.",
    "x" * 300,
    "x" * 301,
    "-rf",
    "C:\\windows",
    "Größe",
    "Grosse",
    "test",
    "train",
    "my-val",
]


def test_plain_names_stay_as_they_are():
    names = ["0", "10", "T-shirt", "ankle_boot", "v1.2", "trainer", "contest"]
    assert class_folders(names) == tuple(names)


def test_every_hostile_name_has_a_folder_of_its_own_inside_the_parent():
    folders = class_folders(HOSTILE)
    assert len({folder.casefold() for folder in folders}) == len(HOSTILE)
    for folder in folders:
        assert set(folder) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
        )
        assert folder[0].isalnum()
        assert folder[-1].isalnum()
        assert len(folder) <= LONGEST + 14


def test_a_folder_depends_on_its_name_alone_where_nothing_is_alike():
    assert class_folders(["a/b", "c"])[0] == class_folders(["x", "a/b"])[1]


@pytest.mark.parametrize("word", ["train", "Test", "my-val", "dev.1", "eval 3", "validation_set"])
def test_no_folder_reads_as_a_split(word):
    assert slug(word).casefold() != word.casefold()


def test_a_name_that_imitates_the_folder_of_another_is_told_apart():
    (made, _) = class_folders(["a/b", "c"])
    assert len(set(class_folders(["a/b", made]))) == 2


def test_the_same_name_twice_is_refused():
    with pytest.raises(DataError, match="share the folder"):
        class_folders(["a/b", "a/b"])
