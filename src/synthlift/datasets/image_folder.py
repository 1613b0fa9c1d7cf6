"""The user's own images: a folder with a sub-folder per class, of any sizes and mixed formats."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import ConfigError, DataError
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import ImageSchema
from synthlift.core.text import count, printable, several
from synthlift.datasets.base import Source, check_counts, check_n_test, relabelling
from synthlift.datasets.files import file_digest, known_digest
from synthlift.datasets.folders import Found, Listing, list_images
from synthlift.datasets.groups import (
    check_pattern,
    describe,
    groups_by_csv,
    groups_by_pattern,
    number,
)
from synthlift.datasets.pictures import PILLOW_LIMIT, looks_like_image
from synthlift.datasets.stack import read_stack, refusal

BYTES_PER_PIXEL = 8  # four channels of 16 bits, not compressed
OVERHEAD = 2**24  # bytes of metadata that a file may carry beside its pixels


@dataclass(frozen=True)
class ImageFolder:
    """PNG, JPEG, WebP, BMP and TIFF files, `root/<class>/...` or `root/train/<class>/...`.

    layout: "classes" or "parts" (train, and valid and test if there are any), or None to see which.
    size: side of the square that every image is resized and cropped to, pixels. colour: "grey",
    "rgb", or None: RGB if any image has colour. group: a regular expression whose one capture group
    finds, in a file's path relative to the root, whose file it is; group_csv: a CSV with the
    columns file and group instead. ignore: patterns of names to leave out. max_pixels: the largest
    image that is decoded.
    """

    name: str = field(metadata={"key": False})
    root: str | None = field(metadata={"key": False})
    layout: Literal["classes", "parts"] | None
    size: int
    colour: Literal["grey", "rgb"] | None
    group: str | None
    group_csv: str | None = field(metadata={"key": False})
    ignore: tuple[str, ...]
    follow_links: bool = field(metadata={"key": False})
    max_pixels: int = field(metadata={"key": False})
    classes: tuple[str, ...] | None
    n_test: int | None = field(metadata={"key": False})
    flip_keeps_label: bool
    augmentation: Any = field(metadata={"key": False})

    def __post_init__(self) -> None:
        check_n_test(self.n_test)
        if self.layout not in ("classes", "parts", None):
            raise ValueError(f"dataset.layout is classes, parts or null, not {self.layout!r}")
        if self.colour not in ("grey", "rgb", None):
            raise ValueError(f"dataset.colour is grey, rgb or null, not {self.colour!r}")
        if self.size < 1:
            raise ValueError(f"dataset.size is at least 1, not {self.size}")
        if not 1 <= self.max_pixels <= PILLOW_LIMIT:
            raise ValueError(
                f"dataset.max_pixels is 1 to {PILLOW_LIMIT:,} (Pillow's own limit), "
                f"not {self.max_pixels:,}"
            )
        if self.group is not None and self.group_csv is not None:
            raise ValueError("give dataset.group or dataset.group_csv, not both")
        if self.group is not None:
            check_pattern(self.group)

    def fingerprint(self) -> str:
        """sha256 over names and contents of the files; nothing is decoded."""
        wanted = self._wanted()
        whole = hashlib.sha256()
        for file in wanted.files:
            whole.update(os.fsencode(file.name) + b"\0")
            whole.update(bytes.fromhex(_digest(file)))
        if self.group_csv is not None:
            whole.update(bytes.fromhex(file_digest(Path(self.group_csv))))
        return whole.hexdigest()

    def load(self) -> Source:
        wanted = self._wanted()
        files = wanted.files
        groups, about_groups = self._groups(files)
        images, about_images = read_stack(
            [(file.path, file.name) for file in files], self.size, self.colour, self.max_pixels
        )
        images.setflags(write=False)  # so that pool and test may share it
        schema = ImageSchema(
            images.shape[1], self.size, self.size, wanted.classes, self.flip_keeps_label
        )
        n_pool = sum(file.part != "test" for file in files)

        def part(rows: slice) -> SampleSet:
            group = None if groups is None else groups[rows]
            labels, origin = wanted.labels[rows], wanted.origin[rows]
            return SampleSet(schema, images[rows], labels, origin, group)

        return Source(
            part(slice(n_pool)),
            part(slice(n_pool, None)) if n_pool < len(files) else None,
            (*about_images, *about_groups, *wanted.notes, *_notes(files)),
        )

    def _wanted(self) -> _Wanted:
        """The files of the wanted classes, with a DataError for a class that lacks any."""
        if not self.root:
            raise ConfigError("dataset.root is missing; give the folder with dataset.root=DIR")
        listing = list_images(
            Path(self.root).absolute(), self.layout, self.ignore, self.follow_links
        )
        new_label = relabelling(listing.classes, self.classes)
        place = dict(zip(listing.classes, new_label, strict=True))
        labels = np.array([place[file.label] for file in listing.files], np.int64)
        classes = self.classes or listing.classes
        in_test = np.array([file.part == "test" for file in listing.files], bool)

        def counts(rows: npt.NDArray[np.bool_]) -> Ints:
            return np.bincount(labels[rows & (labels >= 0)], minlength=len(classes))

        check_counts(classes, counts(~in_test), counts(in_test) if in_test.any() else None)
        origin = np.flatnonzero(labels >= 0)
        files = tuple(listing.files[row] for row in origin)
        self._check_contents(files)
        return _Wanted(
            files, labels[origin], origin, classes, (*listing.notes, *self._beside(listing))
        )

    def _check_contents(self, files: Sequence[Found]) -> None:
        """A DataError names the files that are no images, before any is read as a whole."""
        most, faults = OVERHEAD + BYTES_PER_PIXEL * self.max_pixels, []
        for file in files:
            if file.size > most:
                faults.append(
                    f"{printable(file.name)} has {file.size:,} bytes, more than an image "
                    f"of dataset.max_pixels={self.max_pixels:,} can have"
                )
            elif not looks_like_image(_head(file.path, file.size, file.mtime_ns)):
                what = "is no PNG, JPEG, WebP, BMP or TIFF image" if file.size else "is empty"
                faults.append(f"{printable(file.name)} {what}")
        if faults:
            raise DataError(refusal(faults))

    def _beside(self, listing: Listing) -> Iterator[str]:
        """A note on files outside of any class folder; a DataError if images are among them."""
        heads = [(path.name, _head(path, *_facts(path))) for path in listing.beside]
        stray = [name for name, head in heads if looks_like_image(head)]
        if stray:
            raise DataError(
                f"{count(len(stray), 'image')} beside the class folders: {several(stray)}; move "
                "every image into the folder of its class, or leave it out with dataset.ignore"
            )
        if heads:
            names = several([name for name, _ in heads])
            yield f"not read, for it lies beside the class folders: {names}"

    def _groups(self, files: Sequence[Found]) -> tuple[Ints | None, tuple[str, ...]]:
        """The group of every file, and notes; None where no groups were asked for."""
        names, notes = [file.name for file in files], []
        if self.group is not None:
            found = groups_by_pattern(names, self.group)
        elif self.group_csv is not None:
            found, n_unused = groups_by_csv(names, Path(self.group_csv))
            if n_unused:
                notes = [
                    f"{count(n_unused, 'row')} of dataset.group_csv for files that are not read"
                ]
        else:
            return None, ()
        groups = number(found)
        return groups, (describe(groups), *notes)


@dataclass(frozen=True)
class _Wanted:
    """Files of the wanted classes; labels, origin: int64 `(n,)`, origin is the row of the whole."""

    files: tuple[Found, ...]
    labels: Ints
    origin: Ints
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def _digest(file: Found) -> str:
    return known_digest(file.path, file.size, file.mtime_ns)


def _facts(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


@cache
def _head(path: Path, size: int, mtime_ns: int) -> bytes:
    """The first bytes of a file, read once per process unless its size or its time changes."""
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise DataError(f"{printable(path)} can't be read: {error.strerror}") from error


def _notes(files: Sequence[Found]) -> Iterator[str]:
    deep = sum(file.path.parent.name != file.label for file in files)
    if deep:
        yield f"{count(deep, 'image')} from folders within the class folders"
    first: dict[str, Found] = {}
    contradictions = []
    for file in files:
        twin = first.setdefault(_digest(file), file)
        if twin.label != file.label:
            contradictions.append(f"{printable(twin.name)} = {printable(file.name)}")
    if contradictions:
        yield (
            f"{count(len(contradictions), 'image')} with the same bytes as one of another class: "
            f"one of the two labels is wrong ({several(contradictions)})"
        )
