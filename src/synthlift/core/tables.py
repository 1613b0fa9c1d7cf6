"""How pandas holds a table of a known schema: one dtype per kind of column, missing as missing.

| kind | dtype | missing |
|---|---|---|
| numeric | float64 | NaN |
| integer | Int64 | NA |
| categorical, ordinal | category of text, ordered if ordinal | NaN |
| boolean | boolean | NA |
| datetime | datetime64[us], without a zone | NaT |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from synthlift.core.schema import Column

if TYPE_CHECKING:
    import pandas as pd

PLAIN = {
    "numeric": "float64",
    "integer": "Int64",
    "boolean": "boolean",
    "datetime": "datetime64[us]",
}


def dtype_of(column: Column) -> Any:
    """The pandas dtype of a column."""
    import pandas as pd

    if column.kind in PLAIN:
        return pd.api.types.pandas_dtype(PLAIN[column.kind])
    return pd.CategoricalDtype(pd.Index(column.levels, dtype=object), column.kind == "ordinal")


def conform(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The columns in their order, each in its dtype; a text that is no level becomes missing."""
    import pandas as pd

    held: dict[str, Any] = {}
    for column in columns:
        values, dtype = table[column.name], dtype_of(column)
        if isinstance(dtype, pd.CategoricalDtype):
            codes = dtype.categories.get_indexer(pd.Index(values.astype(object), dtype=object))
            held[column.name] = pd.Categorical.from_codes(codes, dtype=dtype)
        else:
            held[column.name] = values.astype(dtype).array
    return pd.DataFrame(held, index=pd.RangeIndex(len(table)), columns=[c.name for c in columns])


def misfit(table: pd.DataFrame, columns: Sequence[Column]) -> str | None:
    """The first column whose dtype is not that of its kind, in words; None if all are right."""
    for column in columns:
        found, wanted = table[column.name].dtype, dtype_of(column)
        if found != wanted:
            return f"column {column.name!r} ({column.kind}) must be {wanted}, got {found}"
    return None
