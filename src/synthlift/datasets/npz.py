"""The user's own images in one .npz file, as numpy.savez writes it, or one of MedMNIST's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from synthlift.core.errors import ConfigError, DataError
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import ImageSchema
from synthlift.core.text import count, printable, several
from synthlift.datasets.archive import Archive
from synthlift.datasets.arrays import as_groups, as_images, as_labels
from synthlift.datasets.base import Source, check_counts, check_n_test, keep_classes
from synthlift.datasets.files import file_digest
from synthlift.datasets.groups import describe
from synthlift.datasets.pictures import Pixels, fit

TRAIN, TEST = ("train_", "val_"), "test_"  # as MedMNIST names its arrays


@dataclass(frozen=True)
class Npz:
    """`images` and `labels`, or `train_images`, `train_labels`, and `val_...`, `test_...` if any.

    images: (n, H, W), (n, H, W, C) or (n, C, H, W) with C in 1, 3; uint8, or other numbers in
    0..255, floats in 0..1, or booleans. labels: whole numbers or text, (n,) or (n, 1). Optional:
    `class_names`, text (K,), the name of each label; `groups` (or `train_groups`, ...), numbers or
    text (n,): whose image it is. size: side of the square that images are resized and cropped to,
    or None to leave them. max_bytes: of all arrays that are read, decompressed.
    """

    name: str = field(metadata={"key": False})
    path: str | None = field(metadata={"key": False})
    size: int | None
    max_bytes: int = field(metadata={"key": False})
    classes: tuple[str, ...] | None
    n_test: int | None = field(metadata={"key": False})
    flip_keeps_label: bool
    augmentation: Any = field(metadata={"key": False})

    def __post_init__(self) -> None:
        check_n_test(self.n_test)
        if self.size is not None and self.size < 1:
            raise ValueError(f"dataset.size is at least 1, or null, not {self.size}")
        if self.max_bytes < 1:
            raise ValueError(f"dataset.max_bytes is at least 1, not {self.max_bytes}")

    def fingerprint(self) -> str:
        return file_digest(self._file)

    def load(self) -> Source:
        archive = Archive(self._file, self.max_bytes)
        of_pool, of_test = _parts(archive)
        parts = [*of_pool, *of_test]
        pixels = {f"{part}images": archive.read(f"{part}images") for part in parts}
        with _naming(archive.path):
            stored, notes = as_images(pixels)
        found = {f"{part}labels": archive.read(f"{part}labels") for part in parts}
        names = archive.read("class_names") if "class_names" in archive else None
        for part in parts:
            _check_length(f"{part}labels", found, len(stored[f"{part}images"]))
        with _naming(archive.path):
            labels, classes = as_labels(found, names)
        groups = self._groups(archive, parts, labels)
        images = {name: self._sized(array) for name, array in stored.items()}
        height, width = next(iter(stored.values())).shape[2:]
        if self.size is not None and (height, width) != (self.size, self.size):
            square = "" if height == width else "their central square "
            notes.append(
                f"images of {width}x{height} pixels: {square}resized to {self.size}x{self.size}"
            )

        def gather(prefixes: Sequence[str], first: int) -> SampleSet:
            stack = np.concatenate([images[f"{part}images"] for part in prefixes])
            rows = np.arange(first, first + len(stack), dtype=np.int64)
            _, channels, height, width = stack.shape
            schema = ImageSchema(channels, height, width, classes, self.flip_keeps_label)
            whole = SampleSet(
                schema,
                stack,
                np.concatenate([labels[f"{part}labels"] for part in prefixes]),
                rows,
                groups[rows] if groups is not None else None,
            )
            return keep_classes(whole, self.classes) if self.classes is not None else whole

        n_pool = sum(len(labels[f"{part}labels"]) for part in of_pool)
        pool, test = gather(of_pool, 0), gather(of_test, n_pool) if of_test else None
        check_counts(pool.schema.classes, pool.counts(), None if test is None else test.counts())
        if "val_" in parts:
            notes.append(
                f"{count(len(labels['val_labels']), 'image')} of val_images joined the pool: every "
                "repeat draws its own validation rows"
            )
        if groups is not None:
            notes.append(describe(groups))
        return Source(pool, test, tuple(notes))

    def _sized(self, images: Pixels) -> Pixels:
        """The images resized and cropped to `size`, if one is asked for."""
        if self.size is None or images.shape[2:] == (self.size, self.size):
            return images
        n, channels = images.shape[:2]
        sized = np.empty((n, channels, self.size, self.size), np.uint8)
        for row, channel in np.ndindex(n, channels):
            sized[row, channel] = np.asarray(fit(Image.fromarray(images[row, channel]), self.size))
        return sized

    def _groups(
        self, archive: Archive, parts: Sequence[str], labels: Mapping[str, Ints]
    ) -> Ints | None:
        """The group of every row of all parts, in their order; None where the file has none."""
        names = [f"{part}groups" for part in parts]
        held = [name for name in names if name in archive]
        if not held:
            return None
        if lacking := [name for name in names if name not in archive]:
            raise DataError(
                f"{printable(archive.path)} has {several(held)}, but no {several(lacking)}; give "
                "every image a group, or none"
            )
        found = {name: archive.read(name) for name in names}
        for part in parts:
            _check_length(f"{part}groups", found, len(labels[f"{part}labels"]))
        return as_groups(found)

    @property
    def _file(self) -> Path:
        if not self.path:
            raise ConfigError("dataset.path is missing; give the .npz file with dataset.path=FILE")
        path = Path(self.path)
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            raise DataError(
                f"the file {printable(path)} {what}; give an .npz file with dataset.path=FILE"
            )
        return path.absolute()


def _parts(archive: Archive) -> tuple[list[str], list[str]]:
    """The prefixes of the arrays that make the pool, and those of the official test set."""
    whole = [part for part in ("", *TRAIN, TEST) if f"{part}images" in archive]
    pool = [part for part in whole if part != TEST]
    if not pool or ("" in pool and len(pool) > 1) or pool == ["val_"]:
        raise DataError(
            f"{printable(archive.path)} holds {archive.inventory}; needed are images and labels, "
            "or train_images and train_labels (with val_... and test_... if there are any)"
        )
    for part in whole:
        if f"{part}labels" not in archive:
            raise DataError(
                f"{printable(archive.path)} has {part}images, but no {part}labels; it holds "
                f"{archive.inventory}"
            )
    return pool, [part for part in whole if part == TEST]


def _check_length(name: str, arrays: Mapping[str, npt.NDArray[Any]], n: int) -> None:
    array = arrays[name]
    if not array.ndim or len(array) != n:
        raise DataError(
            f"{name} are of shape {array.shape}, but there are {count(n, 'image')}; one is needed "
            "for each"
        )


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file in what is said of its arrays."""
    try:
        yield
    except DataError as error:
        raise DataError(f"in {printable(path)}: {error}") from error
