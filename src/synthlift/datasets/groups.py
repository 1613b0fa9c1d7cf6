"""Which files belong together: a patient, a photographer, one burst of a camera."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints
from synthlift.core.text import count, printable, several


def check_pattern(pattern: str) -> None:
    """A ValueError unless this is a regular expression with one capture group."""
    try:
        n_groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"dataset.group is no regular expression: {error}") from error
    if n_groups != 1:
        raise ValueError(
            f"dataset.group has {n_groups} capture groups, it needs one: the part of a file's name "
            "that says whose it is, as in 'dataset.group=\"/(patient[0-9]+)_\"'"
        )


def groups_by_pattern(names: Sequence[str], pattern: str) -> list[str]:
    """What the capture group of `pattern` finds in each name; a DataError names what it misses."""
    found = [re.search(pattern, name) for name in names]
    missed = [name for name, match in zip(names, found, strict=True) if not (match and match[1])]
    if missed:
        raise DataError(
            f"dataset.group={pattern!r} finds no group in {count(len(missed), 'file name')}: "
            f"{several(missed)}; every file needs one"
        )
    return [match[1] for match in found if match]


def groups_by_csv(names: Sequence[str], path: Path) -> tuple[list[str], int]:
    """The group of each name in a CSV with the columns file and group, and its unused rows."""
    table = _read(path)
    missed = [name for name in names if name not in table]
    if missed:
        example = f"; its first row is {printable(next(iter(table)))}" if table else ""
        raise DataError(
            f"{printable(path)} has no row for {count(len(missed), 'file')}: {several(missed)}"
            f"{example}; write every file relative to dataset.root, with /"
        )
    return [table[name] for name in names], len(table.keys() - set(names))


def _read(path: Path) -> dict[str, str]:
    table: dict[str, str] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            rows = csv.DictReader(file)
            if not {"file", "group"} <= set(rows.fieldnames or ()):
                raise DataError(
                    f"{printable(path)} needs a header with the columns file and group, it has "
                    f"{several(list(rows.fieldnames or ()), 5) or 'none'}"
                )
            for row in rows:
                name, group = PurePosixPath(row["file"] or "").as_posix(), row["group"]
                if not group:
                    raise DataError(
                        f"{printable(path)}, line {rows.line_num}: {printable(name)} has no group"
                    )
                if table.setdefault(name, group) != group:
                    raise DataError(
                        f"{printable(path)}, line {rows.line_num}: {printable(name)} is in two "
                        f"groups, {group!r} and {table[name]!r}"
                    )
    except (OSError, csv.Error) as error:
        raise DataError(f"dataset.group_csv: {printable(path)} can't be read ({error})") from error
    return table


def number(groups: Sequence[str]) -> Ints:
    """The groups as numbers from 0, int64 `(n,)`, in the order in which they first appear.

    >>> number(["ann", "bob", "ann"])
    array([0, 1, 0])
    """
    places: dict[str, int] = {}
    return np.array([places.setdefault(group, len(places)) for group in groups], np.int64)


def describe(groups: Ints, of: str = "images") -> str:
    """A note on how many groups there are, and what it means if they are as many as samples."""
    n_groups = len(np.unique(groups))
    if n_groups == len(groups):
        return f"every one of the {n_groups:,} {of} is a group of its own: the groups bind none"
    return f"{count(n_groups, 'group')}; none stands on both sides of a split"
