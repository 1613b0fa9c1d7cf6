"""A table as it was read, before anything is known of its columns: different values, and codes.

What is asked of a column is asked of its different values, so a million rows cost little more than
their reading.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthlift.core.samples import Ints


@dataclass(frozen=True, eq=False)
class Cells:
    """One column.

    values: its m different values `(m,)`: text (dtype object, no blanks around it), float64, int64,
    bool or datetime64[us]. codes: `(n,)`, the place in values of every row, -1 where it is missing.
    levels: low to high, where the file itself says that its texts are ordered.
    note: what was done to the values when they were read.
    """

    values: npt.NDArray[Any]
    codes: Ints
    levels: tuple[str, ...] = ()
    note: str | None = None

    @property
    def is_text(self) -> bool:
        return bool(self.values.dtype.kind == "O")

    @property
    def n_missing(self) -> int:
        return int((self.codes < 0).sum())

    def counts(self) -> Ints:
        """Rows of each value, `(m,)`."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    def take(self, rows: Ints) -> Cells:
        """The column of these rows, with the values that they have."""
        codes = self.codes[rows]
        used = np.zeros(len(self.values), bool)
        used[codes[codes >= 0]] = True
        place = np.append(np.cumsum(used) - 1, -1)
        return replace(self, values=self.values[used], codes=place[codes])

    def first_row(self, chosen: npt.NDArray[np.bool_]) -> int:
        """The first row that holds one of the values under a mask `(m,)`; there has to be one."""
        return int(np.argmax(np.append(chosen, False)[self.codes]))


@dataclass(frozen=True)
class Sheet:
    """A file of columns.

    names: of all columns, in their order. read: a column as Cells, by its name. rows: int64 `(n,)`,
    the rows of the file that are in use. line: how to speak of a row, as in "line 12".
    unnamed: those of the names that we gave, for the file has none.
    """

    path: str
    names: tuple[str, ...]
    read: Callable[[str], Cells]
    rows: Ints
    line: Callable[[int], str]
    unnamed: tuple[str, ...] = ()

    def cells(self, name: str) -> Cells:
        """One column of the rows in use."""
        return self.read(name).take(self.rows)

    def keep(self, rows: Ints) -> Sheet:
        """The same with these of its rows in use."""
        return replace(self, rows=self.rows[rows])

    def place(self, row: int, name: str) -> str:
        """Where a cell stands, in words; row: among those in use."""
        return f"{self.path}, {self.line(int(self.rows[row]))}, column {name!r}"


def text_cells(column: pa.ChunkedArray, missing: Collection[str]) -> Cells:
    """A column of text: blanks around it removed, and missing what is listed as such."""
    encoded = column.combine_chunks().dictionary_encode()
    codes, texts, note = _codes(encoded), encoded.dictionary, None
    stripped = pc.utf8_trim_whitespace(texts)
    if not stripped.equals(texts):  # what differed in its blanks alone is one value from now on
        note, again = "blanks around its text removed", stripped.dictionary_encode()
        codes, texts = np.append(_codes(again), -1)[codes], again.dictionary
    place = np.arange(len(texts))
    gone = pc.is_in(texts, pa.array(sorted(missing), texts.type))
    place[gone.to_numpy(zero_copy_only=False).astype(bool)] = -1
    values = np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)
    return Cells(values, np.append(place, -1)[codes], note=note).take(np.arange(len(codes)))


def typed_cells(column: pa.ChunkedArray) -> Cells:
    """A column of numbers, booleans or times without a zone; NaN is missing, as null is."""
    encoded = column.combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_numpy(zero_copy_only=False)
    codes = _codes(encoded)
    if values.dtype.kind == "f":
        codes = np.append(np.where(np.isnan(values), -1, np.arange(len(values))), -1)[codes]
    return Cells(values, codes).take(np.arange(len(codes)))


def _codes(encoded: pa.DictionaryArray) -> Ints:
    return np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


def quote(cell: object) -> str:
    """A cell in a message: no longer than a line, and only what is printable.

    >>> quote("abc"), quote("x" * 100)[-9:]
    ("'abc'", "xxxxx'...")
    """
    text = str(cell)
    return repr(text[:40]) + ("..." if len(text) > 40 else "")
