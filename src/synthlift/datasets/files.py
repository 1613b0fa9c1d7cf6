"""Digests of files that are taken once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from synthlift.core.errors import DataError
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
