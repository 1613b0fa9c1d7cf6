"""What a dataset card says of the columns of a table."""

from __future__ import annotations

from synthlift.core.schema import Column, TableSchema
from synthlift.formats.base import label_column
from synthlift.report.markdown import table

MAX_COLUMNS = 100
MAX_LEVELS = 10


def describe_columns(schema: TableSchema) -> list[str]:
    """A section on the columns: their kinds, and the levels of those that have some."""
    shown = schema.columns[:MAX_COLUMNS]
    rest = len(schema.columns) - len(shown)
    rows = [[column.name, column.kind, _levels(column)] for column in shown]
    rows.append([label_column(schema), "class", f"{schema.n_classes:,}"])
    more = [f"Another {rest:,} columns are like these."] if rest else []
    return [
        "## Columns",
        table(["column", "kind", "levels"], rows),
        *more,
        "Missing cells are empty.",
    ]


def _levels(column: Column) -> str:
    if len(column.levels) > MAX_LEVELS:
        return f"{len(column.levels):,}"
    return (" < " if column.kind == "ordinal" else ", ").join(column.levels)
