"""Tables as rows of numbers that a network can draw, and back.

How a column is encoded is decided by its train rows alone:

| column in the train rows | its part of a code |
|---|---|
| one value, or none at all | nothing: it is decoded as it is |
| levels, booleans | softmax over the levels seen there (64 and "the rest"), and missing |
| numbers and dates, few different ones | softmax over them, and missing |
| numbers and dates, below 500 rows or long-tailed | tanh scalar by quantiles (`Quantiles`) |
| other numbers and dates | tanh scalar and softmax over modes (`Modes`) |

A long tail: a train value four standard deviations away from every mode of the mixture. A mode made
for such values would be as wide as the column, and a generator that mistakes it draws what is
nowhere (measured on page_blocks: synthetic-only balanced accuracy .74 instead of .92).
Few: at most 3, or from 500 rows on at most 10, each 4 times on average, or each in 5 % of the rows.
A scalar with missing cells has a softmax (present, missing) before it; it encodes the median then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthlift.codecs.levels import Codes, FewNumbers, Fixed, Levels, write_softmax
from synthlift.codecs.scalars import SPIKE, Mixture, Modes, Quantiles
from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Code, Column, Span, TableSchema, schema_from_json
from synthlift.core.units import Floats, Units

MANY_ROWS = 500  # from here on a mixture of modes is fitted
FEW, FEW_OF_MANY = 3, 10  # different numbers that are levels
REPEATS = 4  # how often each of them must occur, on average
BLOCK = 65_536  # rows encoded or decoded at a time: what bounds the memory beside the result

Coder = Fixed | Levels | Quantiles | Modes
CODERS: dict[str, Any] = {c.__name__: c for c in (Fixed, Levels, FewNumbers, Quantiles, Modes)}


@dataclass(frozen=True)
class ColumnCodec:
    """One column: its cells as plain numbers (units), and these as a stretch of a code (coder).

    fill: what the scalar of a missing cell says. has_indicator: whether a softmax (present,
    missing) stands before the scalar; without one, a missing cell is encoded as `fill` alone.
    """

    units: Units
    coder: Coder
    fill: float = 0.0
    has_indicator: bool = False

    @staticmethod
    def fit(cells: pd.Series[Any], column: Column) -> ColumnCodec:
        """The codec of these train cells."""
        units = Units.fit(cells, column)
        values = units.plain(cells)
        coder, present = _fit_coder(values, units), values[~np.isnan(values)]
        if isinstance(coder, Fixed | Levels):
            return ColumnCodec(units, coder)
        middle = (len(present) - 1) // 2
        median = float(np.partition(present, middle)[middle])
        return ColumnCodec(units, coder, median, len(present) < len(values))

    @property
    def width(self) -> int:
        return self.coder.width + 2 * self.has_indicator

    def spans(self, start: int) -> list[Span]:
        """The spans of this column in a code where it begins at `start`."""
        if not self.has_indicator:
            return self.coder.spans(start)
        indicator = Span(start, start + 2, "softmax", discrete=True)
        return [indicator, *self.coder.spans(start + 2)]

    def encode(self, cells: pd.Series[Any], out: Codes) -> None:
        """Write the codes of cells (n,) into out (n, width)."""
        values = self.units.plain(cells)
        if isinstance(self.coder, Fixed | Levels):
            return self.coder.encode(values, out)
        missing = np.isnan(values)
        if self.has_indicator:
            write_softmax(missing.astype(np.int64), out[:, :2])
            out = out[:, 2:]
        return self.coder.encode(np.where(missing, self.fill, values), out)

    def decode(self, codes: npt.NDArray[Any], chance: Floats) -> Floats:
        """Plain numbers of codes (n, width); chance: (n,) in 0..1, of each row."""
        if not self.has_indicator:
            return self.coder.decode(codes, chance)
        values = self.coder.decode(codes[:, 2:], chance)
        return np.where(codes[:, :2].argmax(1) == 1, np.nan, values)


@dataclass(frozen=True)
class TableCodec:
    """The columns one after another, fitted on train rows only.

    Decoded rows have the dtypes of the schema, levels and bounds of the train rows, and their
    numbers as many decimals. What train rows have no code for (an unseen level, a number beyond
    the bounds, a missing cell where none was missing) is encoded as the nearest thing they have.
    """

    schema: TableSchema
    columns: tuple[ColumnCodec, ...]

    @staticmethod
    def fit(train: SampleSet) -> TableCodec:
        """The codec of these train rows; a DataError where all of them are alike."""
        schema = train.schema
        assert isinstance(schema, TableSchema)
        columns = tuple(ColumnCodec.fit(train.table[c.name], c) for c in schema.columns)
        if not sum(column.width for column in columns):
            raise DataError(
                f"all {len(train)} train rows have the same value in each of "
                f"{len(columns)} columns, so there is nothing to draw; give more rows"
            )
        return TableCodec(schema, columns)

    @property
    def code(self) -> Code:
        spans = [span for column, start in self._placed() for span in column.spans(start)]
        return Code((sum(column.width for column in self.columns),), tuple(spans))

    def encode(self, samples: SampleSet) -> Codes:
        """Rows as float32 (n, width)."""
        table, n = samples.table, len(samples)
        encoded = np.empty((n, *self.code.shape), np.float32)
        for first in range(0, n, BLOCK):
            rows, out = table.iloc[first : first + BLOCK], encoded[first : first + BLOCK]
            for column, start in self._placed():
                stretch = out[:, start : start + column.width]
                column.encode(rows[column.units.column.name], stretch)
        return encoded

    def decode(self, encoded: npt.NDArray[Any]) -> pd.DataFrame:
        """Rows of codes (n, width), whose softmax spans may be soft: the largest share counts."""
        n = len(encoded)
        values = [np.empty(n) for _ in self.columns]
        for first in range(0, n, BLOCK):
            block = encoded[first : first + BLOCK]
            drawing = any(isinstance(c.coder, Levels) and c.coder.rare for c in self.columns)
            mixed = _mix(block) if drawing else np.zeros(len(block))
            for (column, start), plain in zip(self._placed(), values, strict=True):
                codes = block[:, start : start + column.width]
                plain[first : first + BLOCK] = column.decode(codes, mixed * (start + 1) % 1)
        cells = {
            column.units.column.name: column.units.natural(plain)
            for column, plain in zip(self.columns, values, strict=True)
        }
        return pd.DataFrame(cells, index=pd.RangeIndex(n))

    def _placed(self) -> Iterator[tuple[ColumnCodec, int]]:
        """Each column and where it begins in a code."""
        starts = accumulate((column.width for column in self.columns), initial=0)
        return zip(self.columns, starts, strict=False)  # the last start is the width

    def to_json(self) -> dict[str, Any]:
        columns = [
            {**asdict(column), "coder": [type(column.coder).__name__, asdict(column.coder)]}
            for column in self.columns
        ]
        return {"schema": asdict(self.schema), "columns": columns}

    @staticmethod
    def from_json(fields: dict[str, Any]) -> TableCodec:
        schema = schema_from_json(fields["schema"])
        assert isinstance(schema, TableSchema)
        columns = (
            ColumnCodec(
                **{
                    **held,
                    "units": Units(**{**held["units"], "column": column}),
                    "coder": _coder_from_json(*held["coder"]),
                }
            )
            for held, column in zip(fields["columns"], schema.columns, strict=True)
        )
        return TableCodec(schema, tuple(columns))


def _fit_coder(values: Floats, units: Units) -> Coder:
    """The coder for these plain train values, by the table at the top."""
    found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    n, n_missing = int(counts.sum()), len(values) - int(counts.sum())
    if len(found) < 2 and not (len(found) and n_missing):
        return Fixed(float(found[0]) if len(found) else None)
    if units.column.kind in ("categorical", "ordinal", "boolean"):
        return Levels.fit(values)
    few = len(found) <= (FEW if n < MANY_ROWS else FEW_OF_MANY) and n >= REPEATS * len(found)
    if few or len(found) == 1 or (n >= MANY_ROWS and (counts >= SPIKE * n).all()):
        return FewNumbers.fit(values)
    present = values[~np.isnan(values)]
    modes = Modes.fit(present, units.grid) if n >= MANY_ROWS else None
    return modes or Quantiles.fit(present)


def _mix(codes: npt.NDArray[Any]) -> Floats:
    """A number for each row of codes (n, width), of which only its last digits matter."""
    weights = 1 + np.sqrt(2) * np.arange(1, codes.shape[1] + 1) % 1
    return np.asarray((codes * weights).sum(1) * 1e3)


def _coder_from_json(name: str, fields: dict[str, Any]) -> Coder:
    coder: Coder = CODERS[name](**_tuples(fields))
    return coder


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    """Lists as the tuples that they were before JSON, and a mixture as a Mixture."""
    held: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    if "mixture" in held:
        held["mixture"] = Mixture(**_tuples(held["mixture"]))
    return held
