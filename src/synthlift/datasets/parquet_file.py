"""A Parquet file as a Sheet, each column by the type that it has in the file.

Text is looked at as that of a CSV is: numbers and dates that were saved as text are found.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synthlift.core.errors import DataError
from synthlift.core.text import printable, several
from synthlift.datasets.cells import Cells, Sheet, text_cells, typed_cells


def read_parquet(path: Path, missing: Collection[str], max_bytes: int) -> Sheet:
    """All columns of a Parquet file; a DataError names those of a type that is no column's.

    missing: texts that stand for no value. max_bytes: of the columns, decompressed.
    """
    try:
        with pq.ParquetFile(path) as file:
            facts = file.metadata
            size = sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups))
            if size > max_bytes:
                raise DataError(
                    f"{printable(path)} holds {size:,} bytes, more than "
                    f"dataset.max_bytes={max_bytes:,}; raise it, if so much fits into memory"
                )
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        reason = printable(error)[:200]
        raise DataError(
            f"{printable(path)} can't be read as Parquet ({reason}); a CSV is read with dataset=csv"
        ) from error
    names = tuple(table.column_names)
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise DataError(f"{printable(path)} has several columns called {twice[0]!r}; rename them")
    if nested := [f"{f.name!r} ({f.type})" for f in table.schema if not _is_plain(f.type)]:
        raise DataError(
            f"{printable(path)} has columns that hold no single number, text or time: "
            f"{several(nested)}; leave them out of the file, or spread them over plain columns"
        )
    if not len(table):
        raise DataError(f"{printable(path)} has columns, but no rows")
    texts = {"", *missing}
    unnamed = {name: f"unnamed column {i + 1}" for i, name in enumerate(names) if not name.strip()}
    place = {unnamed.get(name, name): name for name in names}
    return Sheet(
        printable(path),
        tuple(place),
        lambda name: _cells(table.column(place[name]), texts),
        np.arange(len(table)),
        lambda row: f"row {row + 1:,}",
        tuple(unnamed.values()),
    )


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    tests = ("boolean", "integer", "floating", "decimal", "timestamp", "date", "null")
    return _is_text(kind) or any(getattr(pa.types, f"is_{test}")(kind) for test in tests)


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    return any(is_(kind) for is_ in (types.is_string, types.is_large_string, types.is_string_view))


def _cells(column: pa.ChunkedArray, missing: Collection[str]) -> Cells:
    kind: pa.DataType = column.type
    levels: tuple[str, ...] = ()
    if pa.types.is_dictionary(kind):
        if kind.ordered and _is_text(kind.value_type):
            levels = _levels(column)
        column, kind = column.cast(kind.value_type), kind.value_type
    if _is_text(kind) or pa.types.is_null(kind):
        cells = text_cells(column.cast(pa.string()), missing)
        return replace(cells, levels=levels)
    if pa.types.is_temporal(kind):
        zone = getattr(kind, "tz", None)
        stamps = column.cast(pa.timestamp("us", zone), safe=False).cast(pa.timestamp("us"))
        note = f"times in the zone {zone} converted to UTC" if zone else None
        return replace(typed_cells(stamps), note=note)
    return typed_cells(_as_number(column))


def _levels(column: pa.ChunkedArray) -> tuple[str, ...]:
    """The levels of an ordered dictionary, low to high."""
    whole: Any = column.combine_chunks()
    return tuple(str(text).strip() for text in whole.dictionary.to_pylist())


def _as_number(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as booleans, int64 where that holds it exactly, else float64."""
    if pa.types.is_boolean(column.type):
        return column
    if pa.types.is_integer(column.type):
        try:
            return column.cast(pa.int64())
        except pa.ArrowInvalid:
            return column.cast(pa.float64(), safe=False)
    return column.cast(pa.float64(), safe=False)
