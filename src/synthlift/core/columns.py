"""Tables as plain matrices of numbers and back, for what computes with their columns.

One column each, missing as NaN: numbers as they are, dates as microseconds since 1970, ordinal and
categorical levels as their position among the levels of the schema, booleans as 0 and 1.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from synthlift.core.schema import Column
from synthlift.core.tables import dtype_of

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

NUMBERS = ("numeric", "integer", "datetime")  # distances and noise mean something
LARGEST = float(2**63 - 1024)  # the largest double that fits a 64-bit integer


def to_matrix(table: pd.DataFrame, columns: Sequence[Column]) -> Floats:
    """The columns as float64 `(n, n_columns)`, missing as NaN."""
    matrix = np.empty((len(table), len(columns)))
    for i, column in enumerate(columns):
        matrix[:, i] = _to_floats(table[column.name], column)
    return matrix


def from_matrix(matrix: Floats, columns: Sequence[Column]) -> pd.DataFrame:
    """A table that conforms to the columns; whatever is counted is rounded to what it can be."""
    import pandas as pd

    held = {column.name: _from_floats(matrix[:, i], column) for i, column in enumerate(columns)}
    return pd.DataFrame(held, index=pd.RangeIndex(len(matrix)), columns=[c.name for c in columns])


def spreads(matrix: npt.NDArray[Any]) -> Floats:
    """How far noise may move each column, `(n_columns,)`, long tails left aside; 0 if nowhere.

    The smaller of standard deviation and interquartile range / 1.34 (Silverman 1986, eq. 3.30), of
    what is known.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # nothing is known of some columns
        low, high = np.nanquantile(matrix, [0.25, 0.75], axis=0)
        deviation = np.nanstd(matrix, axis=0, dtype=np.float64)
    return np.asarray(np.nan_to_num(np.fmin(deviation, (high - low) / 1.34)))


def _to_floats(values: pd.Series[Any], column: Column) -> Floats:
    if column.kind == "datetime":
        dates = values.to_numpy("datetime64[us]")
        return np.where(np.isnat(dates), np.nan, dates.astype(np.int64))
    if column.kind in ("categorical", "ordinal"):
        codes = values.cat.codes.to_numpy()
        return np.where(codes < 0, np.nan, codes)
    return values.to_numpy(np.float64, na_value=np.nan)


def _from_floats(values: Floats, column: Column) -> Any:
    import pandas as pd

    if column.kind == "numeric":
        return values.copy()
    missing = np.isnan(values)
    whole = np.rint(np.where(missing, 0, values)).clip(-LARGEST, LARGEST).astype(np.int64)
    if column.kind == "integer":
        return pd.arrays.IntegerArray(whole, missing)
    if column.kind == "boolean":
        return pd.arrays.BooleanArray(whole > 0, missing)
    if column.kind == "datetime":
        dates = whole.astype("datetime64[us]")
        return np.where(missing, np.datetime64("NaT", "us"), dates)
    codes = np.where(missing, -1, whole.clip(0, len(column.levels) - 1))
    return pd.Categorical.from_codes(codes, dtype=dtype_of(column))
