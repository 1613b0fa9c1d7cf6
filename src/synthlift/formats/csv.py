"""One CSV: a row per sample, the label first for images, last for tables.

No cell of it is taken for a formula by a spreadsheet.
"""

from __future__ import annotations

import csv
import shlex
from collections.abc import Iterable, Sequence
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar

import numpy as np

from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema, Schema, TableSchema
from synthlift.formats.base import Fields, label_column, row_bytes
from synthlift.formats.croissant import column_fields, file_object, record_set
from synthlift.report.tables import inert

if TYPE_CHECKING:
    import pandas as pd

FILE = "data.csv"
CELL = 28  # bytes that a number or a date of a table may take
CLOCKS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")
DIGITS = np.array([str(value) for value in range(256)], dtype=object)


class Csv:
    """Images: `label`, then a pixel per column, row by row, the channels of a pixel together.

    Tables: their own columns, then the class by its name. Text like a formula gets an apostrophe.
    """

    name: ClassVar[str] = "csv"

    def reading(self, schema: Schema) -> str:
        if isinstance(schema, ImageSchema):
            return 'pandas.read_csv("DIR/data.csv")'
        target = shlex.quote(f"dataset.target={label_column(schema)}")
        return (
            'pandas.read_csv("DIR/data.csv", keep_default_na=False, na_values=[""])\n'
            f"# synthlift dataset=csv dataset.path=DIR/data.csv {target}"
        )

    def check(self, schema: Schema) -> str | None:
        return None

    def n_bytes(self, schema: Schema, n: int) -> int:
        if isinstance(schema, ImageSchema):
            return n * (4 * prod(schema.shape) + 6)
        return (n + 1) * row_bytes(schema, CELL)

    def n_files(self, n: int) -> int:
        return 1

    def write(self, folder: Path, schema: Schema, n: int, chunks: Iterable[SampleSet]) -> None:
        with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
            if isinstance(schema, ImageSchema):
                _write_images(file, schema, chunks)
            else:
                _write_table(file, schema, chunks)

    def data_files(self, schema: Schema) -> dict[str, Any]:
        return {"data_files": [{"split": "train", "path": FILE}]}

    def croissant(self, folder: Path, schema: Schema) -> tuple[Fields, Fields]:
        fields = column_fields(FILE, schema, inert)
        return [file_object(folder / FILE, "text/csv")], [record_set("samples", fields)]


def _write_images(file: IO[str], schema: ImageSchema, chunks: Iterable[SampleSet]) -> None:
    pixels = (f"pixel{i}" for i in range(prod(schema.shape)))
    file.write(",".join(["label", *pixels]) + "\n")
    for chunk in chunks:
        rows = chunk.images.transpose(0, 2, 3, 1).reshape(len(chunk), -1)  # (n, H * W * C)
        for row, label in zip(rows, chunk.labels.tolist(), strict=True):
            file.write(f"{label},{','.join(DIGITS[row])}\n")


def _write_table(file: IO[str], schema: TableSchema, chunks: Iterable[SampleSet]) -> None:
    columns = [column.name for column in schema.columns]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([inert(name) for name in [*columns, label_column(schema)]])
    clocks = dict.fromkeys((c.name for c in schema.columns if c.kind == "datetime"), CLOCKS[0])
    for chunk in chunks:
        table = chunk.table
        for name, clock in clocks.items():  # once a chunk needs the time of day, all get it
            clocks[name] = max(clock, _clock(table[name]), key=CLOCKS.index)
        cells = [_cells(table[name], clocks.get(name)) for name in columns]
        names = [inert(schema.classes[label]) for label in chunk.labels]
        writer.writerows(zip(*cells, names, strict=True))


def _clock(dates: pd.Series[Any]) -> str:
    """The shortest format that shows all these dates exactly."""
    present = dates.dropna()
    if (present == present.dt.normalize()).all():
        return CLOCKS[0]
    return CLOCKS[1] if (present == present.dt.floor("s")).all() else CLOCKS[2]


def _cells(column: pd.Series[Any], clock: str | None) -> Sequence[Any]:
    """The cells of a column as they are written: missing ones empty, text inert."""
    written = column if clock is None else column.dt.strftime(clock)
    whole = written.astype(object).where(column.notna(), "")
    return [inert(value) if isinstance(value, str) else value for value in whole]
