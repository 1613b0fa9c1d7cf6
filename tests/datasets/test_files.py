import os

import pytest

from synthlift.core.errors import DataError
from synthlift.core.manifest import digest
from synthlift.core.text import printable
from synthlift.datasets import files
from synthlift.datasets.files import file_digest


def test_a_digest_is_taken_once_until_the_file_changes(tmp_path, monkeypatch):
    path, taken = tmp_path / "x", []
    monkeypatch.setattr(files, "digest", lambda p: taken.append(p) or digest(p))
    path.write_bytes(b"one")
    first = file_digest(path)
    assert file_digest(path) == first == digest(path)
    assert len(taken) == 1
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert file_digest(path) == digest(path) != first


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="nonesuch can't be read: No such file"):
        file_digest(tmp_path / "nonesuch")


@pytest.mark.parametrize("name", ["a\nb", "x\udcff", "\x1b[31mred", "\u202eevil"])
def test_a_name_is_shown_without_what_could_change_the_terminal(name):
    shown = printable(name)
    assert shown.isprintable()
    shown.encode()


def test_letters_of_any_script_are_shown_as_they_are():
    assert printable("Käse 猫 🙂") == "Käse 猫 🙂"
