"""Cells of a column as plain numbers, and back in the column's own dtype, grid and bounds.

Plain: float64 `(n,)`, NaN where a cell is missing. A level is its position in the schema, false and
true are 0 and 1, a whole number or a date counts steps from the smallest of the train rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthlift.core.schema import Column
from synthlift.core.tables import dtype_of

Floats = npt.NDArray[np.float64]

MAX_DECIMALS = 9
DIGITS = 15  # significant decimal digits that a float64 holds
GLANCE = 1_000  # rows that rule out most numbers of decimals, before all rows are asked
US = 1  # dates are held in microseconds
RESOLUTIONS = (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000, 1_000, US)


@dataclass(frozen=True)
class Units:
    """How one column is told in plain numbers; learnt from train rows.

    low, high: smallest and largest train value, which decoded ones never pass; of dates in
    microseconds. step: distance of whole numbers (1) and of dates (a day where all train values are
    midnights, else the coarsest of hour, minute, second, millisecond that holds them). decimals: of
    a numeric column, the most that a train value has; None where that is more than nine.
    """

    column: Column
    low: float = 0
    high: float = 0
    step: int = 1
    decimals: int | None = None

    @staticmethod
    def fit(cells: pd.Series[Any], column: Column) -> Units:
        """The units of these train cells, some of which may be missing."""
        present = cells.dropna()
        if column.kind in ("categorical", "ordinal", "boolean") or present.empty:
            return Units(column)
        if column.kind == "numeric":
            values = present.to_numpy(np.float64)
            low, high = float(values.min()), float(values.max())
            return Units(column, low, high, decimals=_decimals(values))
        ticks = _ticks(present, column)
        low, high = int(ticks.min()), int(ticks.max())
        step = _resolution(ticks) if column.kind == "datetime" else 1
        return Units(column, low, high, step)

    @property
    def grid(self) -> float:
        """Distance of neighbouring plain values; 0 where they lie anywhere."""
        if self.column.kind == "numeric":
            return 0.0 if self.decimals is None else 10.0**-self.decimals
        return 1.0

    def plain(self, cells: pd.Series[Any]) -> Floats:
        """Cells as plain numbers; what lies beyond the bounds is moved onto them."""
        missing = cells.isna().to_numpy()
        if self.column.kind in ("categorical", "ordinal"):
            values = cells.cat.codes.to_numpy(np.float64)
        elif self.column.kind == "boolean":
            values = cells.to_numpy(np.float64, na_value=np.nan)
        elif self.column.kind == "numeric":
            values = np.clip(cells.to_numpy(np.float64), self.low, self.high)
        else:
            ticks = np.clip(_ticks(cells, self.column), self.low, self.high)
            # differences of int64 wrap around; as uint64 they are right for every range
            values = ((ticks - int(self.low)).view(np.uint64) // np.uint64(self.step)).astype(float)
        return np.where(missing, np.nan, values)

    def natural(self, values: Floats) -> Any:
        """Plain numbers as a pandas or numpy array in the dtype of the column."""
        missing = np.isnan(values)
        if self.column.kind == "numeric":
            rounded = values if self.decimals is None else np.round(values, self.decimals)
            return np.clip(rounded, self.low, self.high)
        whole = np.rint(np.where(missing, 0, values))
        if self.column.kind in ("categorical", "ordinal"):
            codes = np.where(missing, -1, whole).astype(np.int64)
            return pd.Categorical.from_codes(codes, dtype=dtype_of(self.column))
        if self.column.kind == "boolean":
            return pd.arrays.BooleanArray(whole.astype(bool), missing)
        ticks = self._held(whole)
        if self.column.kind == "integer":
            return pd.arrays.IntegerArray(ticks, missing)
        dates = ticks.view("datetime64[us]")
        dates[missing] = np.datetime64("NaT")
        return dates

    def _held(self, steps: Floats) -> npt.NDArray[np.int64]:
        """Steps from the smallest value as int64 within the bounds."""
        reach = (int(self.high) - int(self.low)) // self.step
        beyond = steps >= float(reach)
        inside = np.where(beyond, 0, np.maximum(steps, 0)).astype(np.uint64)
        offset = np.where(beyond, np.uint64(reach), inside) * np.uint64(self.step)
        return offset.view(np.int64) + np.int64(self.low)


def _ticks(cells: pd.Series[Any], column: Column) -> npt.NDArray[np.int64]:
    """Whole numbers, or microseconds of dates; missing ones are any number."""
    if column.kind == "integer":
        return cells.to_numpy(np.int64, na_value=0)
    return cells.to_numpy("datetime64[us]").view(np.int64)


def _resolution(ticks: npt.NDArray[np.int64]) -> int:
    """Microseconds of the coarsest clock that shows all these times exactly."""
    return next(step for step in RESOLUTIONS if not (ticks % step).any())


def _decimals(values: Floats) -> int | None:
    """The most decimals that any of these values has; None if more than nine."""
    largest = np.abs(values).max()
    whole_digits = 0 if largest < 1 else int(np.log10(largest)) + 1
    for decimals in range(min(MAX_DECIMALS, DIGITS - whole_digits) + 1):
        if all((np.round(v, decimals) == v).all() for v in (values[:GLANCE], values)):
            return decimals
    return None
