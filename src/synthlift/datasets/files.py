"""Files of data, and digests of them that are taken once in a process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from synthlift.core.errors import ConfigError, DataError
from synthlift.core.manifest import digest
from synthlift.core.text import printable


def file_digest(path: Path) -> str:
    """Hex sha256 of a file, taken once per process unless its size or its time changes."""
    try:
        facts = path.stat()
    except OSError as error:
        raise DataError(f"{printable(path)} can't be read: {error.strerror}") from error
    return known_digest(path.absolute(), facts.st_size, facts.st_mtime_ns)


@cache
def known_digest(path: Path, size: int, mtime_ns: int) -> str:
    """Hex sha256 of a file whose size and time are known already."""
    try:
        return digest(path)
    except OSError as error:
        raise DataError(f"{printable(path)} can't be read: {error.strerror}") from error


def table_files(path: str | None, test_path: str | None) -> list[Path]:
    """The file of a table, and its test file if there is one."""
    files = [_table_file(path, "path")]
    return files if test_path is None else [*files, _table_file(test_path, "test_path")]


def _table_file(path: str | None, key: str) -> Path:
    """The file that `dataset.<key>` names; an error if it names none, or no file."""
    if not path:
        raise ConfigError(f"dataset.{key} is missing; give the file with dataset.{key}=FILE")
    found = Path(path)
    if not found.is_file():
        what = "is a folder" if found.is_dir() else "does not exist"
        raise DataError(
            f"the file {printable(found)} {what}; give another one with dataset.{key}=FILE"
        )
    return found.absolute()


def tables_digest(files: Sequence[Path], facts: str) -> str:
    """sha256 over the files of a table and what is said of them."""
    return hashlib.sha256("".join([*map(file_digest, files), facts]).encode()).hexdigest()
