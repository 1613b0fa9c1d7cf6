"""One Parquet file.

Images lie in it as Hugging Face has them: a struct of PNG bytes and path, and numbered labels.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema, Schema, TableSchema
from synthlift.core.tables import PLAIN
from synthlift.formats.base import (
    Fields,
    class_label,
    label_column,
    only_grey_or_rgb,
    png,
    row_bytes,
)
from synthlift.formats.croissant import column_fields, field, file_object, record_set

FILE = "data.parquet"
CELL = 16  # bytes that a number or a date of a table may take


class Parquet:
    """Images: `image` {bytes, path} and `label` int64. Tables: their columns, and the class name.

    The features that Hugging Face's loader looks for are in the metadata of the file.
    """

    name: ClassVar[str] = "parquet"

    def reading(self, schema: Schema) -> str:
        images = "              # Hugging Face: decoded images, named labels"
        return 'pandas.read_parquet("DIR/data.parquet")\ndatasets.load_dataset(DIR)' + (
            images if isinstance(schema, ImageSchema) else ""
        )

    def check(self, schema: Schema) -> str | None:
        return only_grey_or_rgb(self.name, schema) if isinstance(schema, ImageSchema) else None

    def n_bytes(self, schema: Schema, n: int) -> int:
        if isinstance(schema, ImageSchema):
            return n * (prod(schema.shape) + schema.height + 120)
        return (n + 1) * row_bytes(schema, CELL)

    def n_files(self, n: int) -> int:
        return 1

    def write(self, folder: Path, schema: Schema, n: int, chunks: Iterable[SampleSet]) -> None:
        import pyarrow.parquet as pq

        kinds = _image_kinds(schema) if isinstance(schema, ImageSchema) else _table_kinds(schema)
        with pq.ParquetWriter(folder / FILE, kinds) as writer:
            for chunk in chunks:  # a row group each: a reader of pictures wants small ones
                writer.write_table(_arrow_table(chunk, kinds))

    def data_files(self, schema: Schema) -> dict[str, Any]:
        return {"data_files": [{"split": "train", "path": FILE}]}

    def croissant(self, folder: Path, schema: Schema) -> tuple[Fields, Fields]:
        fields = column_fields(FILE, schema)
        if isinstance(schema, ImageSchema):
            where = {"fileObject": {"@id": FILE}}
            picture = {"jsonPath": "bytes"}
            fields.append(
                field(
                    "samples",
                    "image",
                    "sc:ImageObject",
                    where,
                    {"column": "image"},
                    transform=picture,
                )
            )
        files = [file_object(folder / FILE, "application/x-parquet")]
        return files, [record_set("samples", fields)]


def _image_kinds(schema: ImageSchema) -> Any:
    import pyarrow as pa

    names = class_label(schema)["class_label"]["names"].values()
    features = {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": list(names)},
    }
    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.schema(
        [("image", picture), ("label", pa.int64())],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )


def _table_kinds(schema: TableSchema) -> Any:
    """Arrow types by the kind of a column, so that no chunk's missing values change them.

    The metadata give pandas its own types back: whole numbers and booleans with missing cells.
    """
    import pyarrow as pa

    kinds = {
        "numeric": pa.float64(),
        "integer": pa.int64(),
        "boolean": pa.bool_(),
        "datetime": pa.timestamp("us"),
    }
    columns = [(column.name, kinds.get(column.kind, pa.string())) for column in schema.columns]
    kinds_of_columns = pa.schema([*columns, (label_column(schema), pa.string())])
    return kinds_of_columns.with_metadata(_pandas_metadata(schema))


def _pandas_metadata(schema: TableSchema) -> Any:
    import pandas as pd
    import pyarrow as pa

    empty = {c.name: pd.Series([], dtype=PLAIN.get(c.kind, "str")) for c in schema.columns}
    empty[label_column(schema)] = pd.Series([], dtype="str")
    return pa.Schema.from_pandas(pd.DataFrame(empty), preserve_index=False).metadata


def _arrow_table(chunk: SampleSet, kinds: Any) -> Any:
    import pyarrow as pa

    if isinstance(chunk.features, np.ndarray):
        pictures = [{"bytes": png(image), "path": None} for image in chunk.images]
        return pa.table({"image": pictures, "label": chunk.labels}, schema=kinds)
    labelled = chunk.table.assign(
        **{label_column(chunk.schema): [chunk.schema.classes[label] for label in chunk.labels]}
    )
    return pa.Table.from_pandas(labelled, schema=kinds, preserve_index=False)
