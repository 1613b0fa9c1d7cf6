"""The columns that a classifier learns from: chosen, read as their kind, held as pandas holds it.

Kinds are found on the rows of the pool. Test rows add names of levels, and can make a column of
whole numbers one of numbers with decimals; nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints
from synthlift.core.schema import Column, Kind
from synthlift.core.tables import dtype_of
from synthlift.core.text import several
from synthlift.datasets.cells import Cells, Sheet, quote
from synthlift.datasets.columns import Reason, describe_dropped, infer, refuse_infinities
from synthlift.datasets.values import NUMBER, Mask, Values, matches, natural, read_as
from synthlift.datasets.wishes import Wishes, by_column, listing

MOST_FORCED = 10_000  # levels of a column that the user calls categorical or ordinal


def read_features(
    pool: Sheet, test: Sheet | None, names: Sequence[str], asked: Wishes
) -> tuple[tuple[Column, ...], list[pd.DataFrame], list[str]]:
    """The columns that are kept, the tables of pool and test (if any), and notes."""
    sheets = [pool] if test is None else [pool, test]
    columns: list[Column] = []
    tables: list[dict[str, Any]] = [{} for _ in sheets]
    dropped: list[tuple[str, Reason]] = []
    notes: list[str] = []
    for name in names:
        cells = pool.cells(name)
        found = infer(cells, pool, name, asked)
        notes += [found.note] if found.note else []
        if found.kind is None:
            dropped += [(name, found.dropped)] if found.dropped else []
            continue
        if name in pool.unnamed:
            raise DataError(f"{pool.path}: the header has no name for the {name}; give it one")
        parts = [cells] if test is None else [cells, test.cells(name)]
        kind = _widened(found.kind, name, parts, asked)
        read = [_read(c, s, name, kind, asked) for c, s in zip(parts, sheets, strict=True)]
        columns.append(Column(name, kind, _levels(name, kind, sheets, parts, read, asked)))
        for table, values, part in zip(tables, read, parts, strict=True):
            table[name] = _as_pandas(columns[-1], values, part.codes)
        if cells.note and kind in ("categorical", "ordinal", "datetime"):
            notes.append(f"column {name!r}: {cells.note}")
    notes = [*describe_dropped(dropped, pool.unnamed), *notes]
    if not columns:
        raise DataError(f"{pool.path} has no column to learn from ({'; '.join(notes)})")
    frames = [pd.DataFrame(table) for table in tables]
    return tuple(columns), frames, notes


def _widened(kind: Kind, name: str, parts: Sequence[Cells], asked: Wishes) -> Kind:
    """Numeric, if whole numbers of the pool meet decimals in the test file."""
    if kind != "integer" or name in asked.kind_of or len(parts) == 1:
        return kind
    values = parts[1].values
    whole, numbers = (read_as(k, values, asked.decimal)[1].all() for k in ("integer", "numeric"))
    return "numeric" if numbers and not whole else kind


def _read(cells: Cells, sheet: Sheet, name: str, kind: Kind, asked: Wishes) -> Values:
    """The values as their kind holds them, `(m,)`; a DataError names the first that can't be."""
    found, ok = read_as(kind, cells.values, asked.decimal)
    if kind == "numeric":
        refuse_infinities(cells, sheet, name, found)
    if not ok.all():
        is_number = read_as("numeric", cells.values, asked.decimal)[1].all()
        other = by_column("kinds", name, "numeric" if is_number else "categorical")
        why = f"but the column is {kind}; mend it, or say what else it is, as in {other}"
        _refuse(cells, sheet, name, ~ok, why)
    return found


def _refuse(cells: Cells, sheet: Sheet, name: str, wrong: Mask, why: str) -> None:
    row = cells.first_row(wrong)
    cell = quote(cells.values[cells.codes[row]])
    raise DataError(f"{sheet.place(row, name)} is {cell}, {why}")


def _levels(
    name: str,
    kind: Kind,
    sheets: Sequence[Sheet],
    parts: Sequence[Cells],
    read: Sequence[Values],
    asked: Wishes,
) -> tuple[str, ...]:
    """The levels of a categorical or ordinal column; of every other none."""
    if kind not in ("categorical", "ordinal"):
        return ()
    texts = {str(text) for values in read for text in values}
    if len(texts) > MOST_FORCED:
        raise DataError(
            f"column {name!r} has {len(texts):,} levels, a {kind} column has at most "
            f"{MOST_FORCED:,}; leave it out with {listing('drop', [name])}, or join levels in the "
            "file"
        )
    found = natural(sorted(texts))
    if kind == "categorical":
        return found
    known = asked.levels_of.get(name) or parts[0].levels
    if not known:
        if not matches(np.array(found, object), NUMBER).all():
            raise DataError(
                f"column {name!r} is ordinal: give its levels from low to high (these are sorted "
                f"by name), as in {by_column('levels', name, found[:12])}"
            )
        return found
    for cells, sheet, values in zip(parts, sheets, read, strict=True):
        wrong = ~np.isin(values.astype(str), known)
        if wrong.any():
            _refuse(cells, sheet, name, wrong, f"but its levels are {several(known, 10)}")
    return known


def _as_pandas(column: Column, values: Values, codes: Ints) -> Any:
    """Values `(m,)` at codes `(n,)`, -1 for missing, in the dtype of the column."""
    missing = codes < 0
    if column.kind in ("categorical", "ordinal"):
        levels = pd.Index(column.levels, dtype=object).get_indexer(pd.Index(values, dtype=object))
        return pd.Categorical.from_codes(np.append(levels, -1)[codes], dtype=dtype_of(column))
    if column.kind == "integer":
        return pd.arrays.IntegerArray(np.append(values, 0)[codes], missing)
    if column.kind == "boolean":
        return pd.arrays.BooleanArray(np.append(values, False)[codes], missing)
    nothing = np.nan if column.kind == "numeric" else np.datetime64("NaT", "us")
    return np.append(values, nothing)[codes]
