"""What a format is, and what is the same in all of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema, Schema, TableSchema
from synthlift.formats.folders import class_folders

Fields = list[dict[str, Any]]


class Format(Protocol):
    """A way to write labelled samples into a folder, chunk by chunk."""

    name: ClassVar[str]

    def reading(self, schema: Schema) -> str:
        """Python lines that read it back, for the dataset card."""
        ...

    def check(self, schema: Schema) -> str | None:
        """Why it can't hold such samples; None if it can."""
        ...

    def n_bytes(self, schema: Schema, n: int) -> int:
        """Room that n samples take on the disk, at most."""
        ...

    def n_files(self, n: int) -> int: ...

    def write(self, folder: Path, schema: Schema, n: int, chunks: Iterable[SampleSet]) -> None:
        """Write n samples; memory does not grow with n."""
        ...

    def data_files(self, schema: Schema) -> dict[str, Any]:
        """What Hugging Face's loader has to be told: `data_files` and `features`."""
        ...

    def croissant(self, folder: Path, schema: Schema) -> tuple[Fields, Fields]:
        """The distribution, and the record sets beside that of the classes, of what was written."""
        ...


def only_images(name: str, schema: Schema) -> str | None:
    """Why a format of images can't hold these samples; None if it can."""
    if isinstance(schema, ImageSchema):
        return None
    return f"{name} holds images, but the run draws rows of {schema}"


def only_grey_or_rgb(name: str, schema: Schema) -> str | None:
    """The same for a format of PNG pictures."""
    if isinstance(schema, ImageSchema) and schema.channels not in (1, 3):
        return f"{name} holds grey or RGB pictures, but the run draws {schema}"
    return only_images(name, schema)


def label_column(schema: Schema) -> str:
    """Name of the column of labels: `label`, or with underscores where a feature has that name."""
    taken = {c.name for c in schema.columns} if isinstance(schema, TableSchema) else set()
    name = "label"
    while name in taken:
        name += "_"
    return name


def row_bytes(schema: TableSchema, number: int) -> int:
    """Room that a row takes as text, at most; number: what a number or a date takes."""
    texts = [schema.classes, *(c.levels for c in schema.columns if c.levels)]
    longest = sum(max(len(t.encode("utf-8", "replace")) for t in column) for column in texts)
    return longest + 5 * len(texts) + number * (len(schema.columns) + 1 - len(texts))


def png(image: npt.NDArray[np.uint8]) -> bytes:
    """The bytes of a grey or RGB picture; image (C, H, W)."""
    buffer = io.BytesIO()
    pixels = image[0] if len(image) == 1 else np.ascontiguousarray(image.transpose(1, 2, 0))
    # level 1: little noisy pictures hardly get smaller above it, only slower to write
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def class_label(schema: Schema) -> dict[str, Any]:
    """The labels as a feature of Hugging Face's: numbers with names."""
    return {"class_label": {"names": {str(i): name for i, name in enumerate(schema.classes)}}}


def class_entries(schema: Schema) -> list[dict[str, Any]]:
    """What classes.json says: every label with its exact name, and a folder name made of it."""
    folders = class_folders(schema.classes)
    return [
        {"label": i, "name": name, "folder": folder}
        for i, (name, folder) in enumerate(zip(schema.classes, folders, strict=True))
    ]


def write_classes(path: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Write classes.json; names round-trip exactly, half a surrogate pair too."""
    path.write_text(json.dumps(list(entries), indent=1) + "\n", encoding="ascii")
