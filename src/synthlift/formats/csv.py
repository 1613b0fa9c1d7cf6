"""One CSV: a row per sample, the label first for images, last for tables.

No cell of it is taken for a formula by a spreadsheet.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from math import prod
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np

from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema, Schema, TableSchema
from synthlift.formats.base import Fields, label_column
from synthlift.formats.croissant import column_fields, file_object, record_set
from synthlift.report.tables import inert

FILE = "data.csv"
CELL = 24  # bytes that a cell of a table may take
DIGITS = np.array([str(value) for value in range(256)], dtype=object)


class Csv:
    """Images: `label`, then a pixel per column, row by row, the channels of a pixel together.

    Tables: their own columns, then the class by its name. Text like a formula gets an apostrophe.
    """

    name: ClassVar[str] = "csv"
    reading: ClassVar[str] = 'pandas.read_csv("DIR/data.csv")'

    def check(self, schema: Schema) -> str | None:
        return None

    def n_bytes(self, schema: Schema, n: int) -> int:
        if isinstance(schema, ImageSchema):
            return n * (4 * prod(schema.shape) + 6)
        return n * CELL * (len(schema.columns) + 1)

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
        fields = column_fields(FILE, schema)
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
    for chunk in chunks:
        assert not isinstance(chunk.features, np.ndarray)
        cells = [_cells(chunk.features[name]) for name in columns]
        names = [inert(schema.classes[label]) for label in chunk.labels]
        writer.writerows(zip(*cells, names, strict=True))


def _cells(column: Any) -> Sequence[Any]:
    """The cells of a column as they are written: missing ones empty, text inert."""
    whole = column.astype(object).where(column.notna(), "")
    return [inert(value) if isinstance(value, str) else value for value in whole]
