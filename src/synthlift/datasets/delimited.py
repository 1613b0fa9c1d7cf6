"""A file of separated columns as a Sheet: fast where all is well, exact where it is not."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Collection
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from synthlift.core.errors import DataError
from synthlift.core.text import count, printable
from synthlift.datasets.cells import Cells, Sheet, quote, text_cells
from synthlift.datasets.text_file import DELIMITERS, find_delimiter, read_text, records

BLOCK = 16_000_000  # bytes that are parsed at a time


def read_delimited(
    path: Path,
    delimiter: str | None,
    encoding: str | None,
    missing: Collection[str],
    max_bytes: int,
) -> Sheet:
    """All columns of a CSV as text; a DataError names the line of what can't be read.

    delimiter, encoding: None to find out (UTF-8 only). missing: texts that stand for no value.
    """
    data = read_text(path, encoding, max_bytes)
    if delimiter is None:
        delimiter = find_delimiter(path, data)
    header = _header(path, data, delimiter)
    if len(header) == 1:
        _refuse_one_column(path, header[0], delimiter)
    names, unnamed = _names(path, header)
    columns = _parse(path, data, delimiter, len(names))
    if not len(columns[0]):
        raise DataError(f"{printable(path)} has a header, but no rows below it")
    place, texts = {name: i for i, name in enumerate(names)}, {"", *missing}

    def read(name: str) -> Cells:
        return text_cells(columns[place[name]], texts)

    line = partial(_line, data, delimiter)
    return Sheet(printable(path), names, read, np.arange(len(columns[0])), line, unnamed)


def _header(path: Path, data: bytes, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(records(data, delimiter))[1]]
    except csv.Error as error:
        raise DataError(
            f"{printable(path)}, line 1: {error}; is a quote opened there and never closed?"
        ) from error


def _refuse_one_column(path: Path, header: str, delimiter: str) -> None:
    there = [word for word, d in DELIMITERS.items() if d != delimiter and d in header]
    hint = f"try dataset.delimiter={there[0]}" if there else "leave it null to find out"
    raise DataError(
        f"{printable(path)} has one column with dataset.delimiter={delimiter!r}; {hint}"
    )


def _names(path: Path, header: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of all columns, and those of them that we gave because the header is blank there.

    A blank name is common: pandas writes one above its index, a comma at every end gives one.
    """
    named = {name: i for i, name in reversed(list(enumerate(header))) if name}
    for i, name in enumerate(header):
        if name and named[name] != i:
            raise DataError(
                f"{printable(path)}, line 1: the columns {named[name] + 1} and {i + 1} are both "
                f"called {name!r}; rename one of them in the file"
            )
    blank = {i: f"unnamed column {i + 1}" for i, name in enumerate(header) if not name}
    return tuple(blank.get(i, name) for i, name in enumerate(header)), tuple(blank.values())


def _parse(path: Path, data: bytes, delimiter: str, width: int) -> list[pa.ChunkedArray]:
    """The columns as text, without the header."""
    names = [str(i) for i in range(width)]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(data),
            pacsv.ReadOptions(column_names=names, block_size=BLOCK),
            pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in data),
            pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), null_values=[]),
        )
    except pa.ArrowInvalid:
        return _parse_exactly(path, data, delimiter, width)
    if data.count(b'"') % 2:  # one that is never closed swallows the rest of the file
        return _parse_exactly(path, data, delimiter, width)
    return [column.slice(1) for column in table.columns]


def _parse_exactly(path: Path, data: bytes, delimiter: str, width: int) -> list[pa.ChunkedArray]:
    """The same, record by record; a DataError names the line of the first that does not fit."""
    rows, line = [], 1
    try:
        for line, cells in records(data, delimiter):
            if len(cells) != width:
                raise DataError(_ragged(path, line, cells, width))
            rows.append(cells)
        if _is_open(data, line, rows[-1]):
            raise DataError(
                f"{printable(path)}, line {line}: a quote is opened and never closed, so that all "
                "lines below are part of one cell; close it"
            )
    except csv.Error as error:
        raise DataError(f"{printable(path)}, after line {line}: {error}") from error
    return [pa.chunked_array([pa.array(c, pa.string())]) for c in zip(*rows[1:], strict=True)]


def _is_open(data: bytes, line: int, last: list[str]) -> bool:
    """Whether the last record, which begins in this line, is open at its end."""
    if "\n" not in last[-1]:
        return False
    raw = data.split(b"\n", line - 1)[-1]
    return raw.count(b'"') % 2 == 1


def _ragged(path: Path, line: int, cells: list[str], width: int) -> str:
    where = f"{printable(path)}, line {line}"
    if any("\n" in cell for cell in cells):
        return (
            f"{where}: a quote is opened in {quote(cells[-1])} and not closed in the same line, "
            f'and the row has {len(cells)} cells, not {width}; close it, or double it ("") '
            "if it is part of the text"
        )
    remedy = "; put a cell that holds the delimiter in quotes" if len(cells) > width else ""
    return (
        f"{where} has {count(len(cells), 'cell')}, the header has {width} (the row begins with "
        f"{quote(cells[0])}){remedy}"
    )


def _line(data: bytes, delimiter: str, row: int) -> str:
    """How to speak of a row: by the line that it begins in; the header's is 1."""
    with contextlib.suppress(csv.Error):
        if found := next(islice(records(data, delimiter), row + 1, None), None):
            return f"line {found[0]}"
    return f"row {row + 1}"
