"""One npz, not compressed: images, labels and class names, without pickle."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema, Schema
from synthlift.formats.base import Fields, only_images
from synthlift.formats.croissant import file_object

FILE = "data.npz"


class Npz:
    """`images` uint8 (n, H, W), or (n, H, W, C) in colour; `labels` int64; `class_names`."""

    name: ClassVar[str] = "npz"

    def reading(self, schema: Schema) -> str:
        return (
            'numpy.load("DIR/data.npz")     # images, labels, class_names\n'
            "# synthlift dataset=npz dataset.path=DIR/data.npz"
        )

    def check(self, schema: Schema) -> str | None:
        return only_images(self.name, schema)

    def n_bytes(self, schema: Schema, n: int) -> int:
        return n * (prod(schema.shape) + 16)

    def n_files(self, n: int) -> int:
        return 1

    def write(self, folder: Path, schema: Schema, n: int, chunks: Iterable[SampleSet]) -> None:
        assert isinstance(schema, ImageSchema)
        colour = (schema.channels,) if schema.channels > 1 else ()
        with (
            zipfile.ZipFile(folder / FILE, "w") as archive,
            tempfile.TemporaryFile(dir=folder) as labels,  # an archive takes one member at a time
        ):
            with _member(archive, "images") as file:
                _header(file, "|u1", (n, schema.height, schema.width, *colour))
                for chunk in chunks:
                    file.write(chunk.images.transpose(0, 2, 3, 1).tobytes())  # (n, H, W, C)
                    labels.write(chunk.labels.astype("<i8").tobytes())
            with _member(archive, "labels") as file:
                _header(file, "<i8", (n,))
                labels.seek(0)
                shutil.copyfileobj(labels, file)
            with _member(archive, "class_names") as file:
                np.lib.format.write_array(file, np.array(schema.classes), allow_pickle=False)

    def data_files(self, schema: Schema) -> dict[str, Any]:
        return {}

    def croissant(self, folder: Path, schema: Schema) -> tuple[Fields, Fields]:
        return [file_object(folder / FILE, "application/zip")], []


def _member(archive: zipfile.ZipFile, name: str) -> Any:
    """A file of the archive to write to; its date is fixed: the same data are the same bytes."""
    entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    return archive.open(entry, "w", force_zip64=True)


def _header(file: Any, kind: str, shape: tuple[int, ...]) -> None:
    header = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
