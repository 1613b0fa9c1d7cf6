"""Tables as a Python user holds them, and tables of ours: one into the other and back.

A pandas DataFrame, whose dtypes say the kinds of its columns, or an array (n, columns):

| dtype | kind |
|---|---|
| float | numeric |
| int | integer |
| bool | boolean |
| text, category | categorical |
| ordered category | ordinal |
| datetime64 | datetime |

A column of objects is what all of its values are. Missing cells may be in any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthlift.core.errors import DataError
from synthlift.core.schema import Column, Kind, TableSchema
from synthlift.core.tables import conform

OBJECTS: dict[str, Kind] = {  # pandas' words for what a column of objects holds
    "boolean": "boolean",
    "integer": "integer",
    "floating": "numeric",
    "mixed-integer-float": "numeric",
    "string": "categorical",
    "empty": "categorical",
}


@dataclass(frozen=True, eq=False)
class GivenColumn:
    """One column: its schema, the dtype that it was given in, and what stands for missing there."""

    column: Column
    dtype: Any
    missing: Any

    def cells(self, values: pd.Series[Any]) -> Any:
        """The values as `conform` takes them."""
        if self.column.kind in ("categorical", "ordinal"):
            return _texts(values)
        if self.column.kind == "datetime":
            return values.dt.tz_localize(None)  # what the clock shows: midnights stay midnights
        if self.column.kind == "numeric":
            return values.to_numpy(np.float64, na_value=np.nan)
        return values.astype("Int64" if self.column.kind == "integer" else "boolean")

    def given(self, cells: pd.Series[Any]) -> pd.Series[Any]:
        """Cells of ours in the dtype of what was given."""
        if isinstance(self.dtype, pd.CategoricalDtype):
            return pd.Series(pd.Categorical.from_codes(cells.cat.codes, dtype=self.dtype))
        if isinstance(self.dtype, pd.DatetimeTZDtype):
            summer = np.ones(len(cells), bool)  # where a clock shows a time twice
            zoned = cells.dt.tz_localize(
                self.dtype.tz, ambiguous=summer, nonexistent="shift_forward"
            )
            return pd.Series(zoned.astype(self.dtype))
        if pd.api.types.is_object_dtype(self.dtype):
            return pd.Series(cells.astype(object).where(cells.notna(), self.missing))
        return pd.Series(cells.astype(self.dtype))


@dataclass(frozen=True, eq=False)
class TableForm:
    """How a table was given.

    names: of its columns, of any type. dtype: of the array; None if it was a DataFrame.
    """

    columns: tuple[GivenColumn, ...]
    names: tuple[Any, ...]
    dtype: np.dtype[Any] | None

    @property
    def shape(self) -> tuple[int]:
        return (len(self.columns),)

    def features(self, X: Any) -> pd.DataFrame:
        """The table as a SampleSet holds it."""
        frame, held = _frame(X), {}
        for i, given in enumerate(self.columns):
            name = given.column.name
            try:
                held[name] = pd.Series(given.cells(frame.iloc[:, i].reset_index(drop=True)))
            except (TypeError, ValueError, OverflowError) as error:
                raise DataError(
                    f"column {name!r} can't be read as {given.column.kind}: {error}"
                ) from error
        return conform(pd.DataFrame(held), [given.column for given in self.columns])

    def schema(self, features: pd.DataFrame, classes: tuple[str, ...], flips: bool) -> TableSchema:
        return TableSchema(tuple(given.column for given in self.columns), classes)

    def given(self, table: pd.DataFrame) -> Any:
        """A table of ours in the form of what was given."""
        series = [given.given(table[given.column.name]) for given in self.columns]
        if self.dtype is not None:
            return np.stack([s.to_numpy(self.dtype) for s in series], axis=1)
        frame = pd.DataFrame(dict(enumerate(series)))
        frame.columns = pd.Index(list(self.names))
        return frame


def read_table(X: Any) -> TableForm:
    """How X holds a table; a DataError, with the column, for what it can't hold."""
    frame = _frame(X)
    if not frame.size:
        raise DataError(f"X is empty: its shape is {frame.shape}")
    names = [str(name) for name in frame.columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"X has the column {twice!r} twice; rename one")
    columns = tuple(_read_column(frame.iloc[:, i], name) for i, name in enumerate(names))
    dtype = None if isinstance(X, pd.DataFrame) else np.asarray(X).dtype
    return TableForm(columns, tuple(frame.columns), dtype)


def _frame(X: Any) -> pd.DataFrame:
    if isinstance(X, pd.DataFrame):
        return X
    if hasattr(X, "columns"):
        raise DataError(f"X is a {type(X).__name__}; give a DataFrame of pandas or an array")
    array = np.asarray(X)
    if not isinstance(X, np.ndarray) and array.dtype.kind in "US":
        raise DataError("X is a list with text in it; give a DataFrame, whose columns have kinds")
    return pd.DataFrame(array)


def _read_column(values: pd.Series[Any], name: str) -> GivenColumn:
    kind = _kind_of(values, name)
    absent = values[values.isna()]
    missing = absent.iloc[0] if len(absent) else np.nan
    if kind == "numeric" and np.isinf(values.to_numpy(np.float64, na_value=np.nan)).any():
        raise DataError(f"column {name!r} of X holds infinite numbers; make them missing (NaN)")
    levels: tuple[str, ...] = ()
    if isinstance(values.dtype, pd.CategoricalDtype):
        levels = tuple(str(level) for level in values.dtype.categories)
        if len(set(levels)) < len(levels):
            raise DataError(f"two categories of column {name!r} read alike as text; rename one")
    elif kind == "categorical":
        levels = tuple(sorted(_texts(values).dropna().unique()))
    return GivenColumn(Column(name, kind, levels), values.dtype, missing)


def _kind_of(values: pd.Series[Any], name: str) -> Kind:
    dtype, types = values.dtype, pd.api.types
    if isinstance(dtype, pd.CategoricalDtype):
        return "ordinal" if dtype.ordered else "categorical"
    tests: tuple[tuple[Any, Kind], ...] = (
        (types.is_bool_dtype, "boolean"),
        (types.is_integer_dtype, "integer"),
        (types.is_float_dtype, "numeric"),
        (types.is_datetime64_any_dtype, "datetime"),
    )
    for holds, kind in tests:
        if holds(dtype):
            return kind
    found = types.infer_dtype(values, skipna=True)
    if (types.is_object_dtype(dtype) or types.is_string_dtype(dtype)) and found in OBJECTS:
        return OBJECTS[found]
    raise DataError(
        f"column {name!r} of X is of type {dtype} and holds {found} values; give numbers, text, "
        "categories, booleans or datetime64, one kind in a column"
    )


def _texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values as text, missing ones as they are."""
    objects = values.astype(object)
    return objects.where(objects.isna(), objects.map(str))
