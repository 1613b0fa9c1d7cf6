"""A folder per class with a PNG per image, and metadata.csv.

torchvision's ImageFolder reads the folders, Hugging Face's `imagefolder` reads metadata.csv.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from math import prod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from synthlift.core.manifest import sync
from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema, Schema
from synthlift.formats.base import Fields, class_label, only_grey_or_rgb, png
from synthlift.formats.croissant import field, file_object, record_set
from synthlift.formats.folders import class_folders

BLOCK = 4096  # bytes that the smallest file takes on most filesystems
METADATA = "metadata.csv"
N_THREADS = 16  # that wait for the disk together: 30 times as fast as one file after another


class ImageFolder:
    """Lossless pictures; numbered within their class, so that a longer export only adds files."""

    name: ClassVar[str] = "imagefolder"

    def reading(self, schema: Schema) -> str:
        return (
            "torchvision.datasets.ImageFolder(DIR)   # numbers the folders in alphabetical order\n"
            "datasets.load_dataset(DIR)              # Hugging Face; labels as in classes.json"
        )

    def check(self, schema: Schema) -> str | None:
        return only_grey_or_rgb(self.name, schema)

    def n_bytes(self, schema: Schema, n: int) -> int:
        assert isinstance(schema, ImageSchema)
        picture = prod(schema.shape) + schema.height + 100
        row = max(map(len, class_folders(schema.classes))) + 20
        return n * (-(-picture // BLOCK) * BLOCK + row)

    def n_files(self, n: int) -> int:
        return n

    def write(self, folder: Path, schema: Schema, n: int, chunks: Iterable[SampleSet]) -> None:
        assert isinstance(schema, ImageSchema)
        folders = class_folders(schema.classes)
        for name in folders:
            (folder / name).mkdir()
        written = [0] * schema.n_classes
        with (
            (folder / METADATA).open("w", encoding="ascii", newline="") as file,
            ThreadPoolExecutor(N_THREADS) as pool,
        ):
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["file_name", "label"])
            for chunk in chunks:
                names = []
                for label in chunk.labels.tolist():
                    names.append(f"{folders[label]}/{written[label]:07d}.png")
                    written[label] += 1
                    table.writerow([names[-1], label])
                paths = [folder / name for name in names]
                list(pool.map(_write_picture, paths, chunk.images))  # an error comes up here

    def data_files(self, schema: Schema) -> dict[str, Any]:
        return {
            "data_files": [{"split": "train", "path": [METADATA, "*/*.png"]}],
            "features": [
                {"name": "image", "dtype": "image"},
                {"name": "label", "dtype": class_label(schema)},
            ],
        }

    def croissant(self, folder: Path, schema: Schema) -> tuple[Fields, Fields]:
        files = [
            file_object(folder / METADATA, "text/csv"),
            {
                "@type": "cr:FileSet",
                "@id": "pictures",
                "name": "pictures",
                "encodingFormat": "image/png",
                "includes": "*/*.png",
            },
        ]
        pictures = {"fileSet": {"@id": "pictures"}}
        listed = {"fileObject": {"@id": METADATA}}
        by_label = {"references": {"field": {"@id": "classes/label"}}}
        labels = [
            field("samples", "file_name", "sc:Text", listed, {"column": "file_name"}),
            field("samples", "label", "sc:Integer", listed, {"column": "label"}) | by_label,
        ]
        images = [
            field("images", "file_name", "sc:Text", pictures, {"fileProperty": "fullpath"}),
            field("images", "image", "sc:ImageObject", pictures, {"fileProperty": "content"}),
        ]
        return files, [record_set("samples", labels), record_set("images", images)]


def _write_picture(path: Path, image: npt.NDArray[np.uint8]) -> None:
    """Write uint8 (C, H, W) as PNG and force it to the disk."""
    path.write_bytes(png(image))
    sync(path)
