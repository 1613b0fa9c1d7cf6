"""The user's own table in a CSV file, and its official test set in a second one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from synthlift.datasets.base import Source, check_n_test
from synthlift.datasets.files import table_files, tables_digest
from synthlift.datasets.text_file import DELIMITERS
from synthlift.datasets.wishes import Wishes


@dataclass(frozen=True)
class Csv:
    """A header line, then a row per line; cells that hold the delimiter or a newline in quotes.

    Blanks around names and cells are no part of them.

    path: the file. test_path: the official test set, with the same columns. target: the column of
    classes, by name. group: a column; rows of one group stand on one side of every split. drop:
    columns to leave out. kinds: what a column is, by its name, where it is not to be found out:
    numeric, integer, categorical, ordinal, boolean, datetime. levels: of ordinal columns, from low
    to high. delimiter, encoding, decimal: None to find out (UTF-8 only). missing: texts that stand
    for no value, as an empty cell does. max_bytes: the largest file that is read.
    """

    name: str = field(metadata={"key": False})
    path: str | None = field(metadata={"key": False})
    test_path: str | None = field(metadata={"key": False})
    target: str | None
    group: str | None
    drop: tuple[str, ...]
    kinds: Mapping[str, Any] | None = field(metadata={"key": False})
    levels: Mapping[str, Any] | None = field(metadata={"key": False})
    delimiter: str | None
    encoding: str | None
    decimal: Literal[".", ","] | None
    missing: tuple[str, ...]
    max_bytes: int = field(metadata={"key": False})
    classes: tuple[str, ...] | None
    n_test: int | None = field(metadata={"key": False})
    augmentation: Any = field(metadata={"key": False})

    def __post_init__(self) -> None:
        check_n_test(self.n_test)
        if self.max_bytes < 1:
            raise ValueError(f"dataset.max_bytes is at least 1, not {self.max_bytes}")
        if self.delimiter is not None and not _is_delimiter(self._delimiter):
            raise ValueError(
                f"dataset.delimiter is one character, or {', '.join(DELIMITERS)}; "
                f"not {self.delimiter!r}"
            )
        if self.encoding is not None:
            try:
                "".encode(self.encoding)
            except LookupError as error:
                raise ValueError(
                    f"dataset.encoding is the name of one, as utf-8, cp1252 or latin-1, "
                    f"not {self.encoding!r}"
                ) from error
        self._wishes.check()

    @property
    def _delimiter(self) -> str | None:
        return DELIMITERS.get(self.delimiter or "", self.delimiter)

    @property
    def _wishes(self) -> Wishes:
        return Wishes(
            self.target, self.group, self.drop, self.kinds, self.levels, self.decimal, self.classes
        )

    def fingerprint(self) -> str:
        """sha256 over the files and over what is said of their columns."""
        return tables_digest(table_files(self.path, self.test_path), self._wishes.facts)

    def load(self) -> Source:
        from synthlift.datasets.delimited import read_delimited
        from synthlift.datasets.tables import to_source

        how = (self._delimiter, self.encoding, self.missing, self.max_bytes)
        sheets = [read_delimited(path, *how) for path in table_files(self.path, self.test_path)]
        return to_source(*sheets, asked=self._wishes)


def _is_delimiter(text: str | None) -> bool:
    return text is not None and len(text) == 1 and text.isascii() and text not in '"\r\n\0'
