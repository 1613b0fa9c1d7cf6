"""Many image files to one array, and what the reader of a report has to know about them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.text import count, printable
from synthlift.datasets.pictures import Colour, Picture, Pixels, Unusable, read_picture

CHUNK = 512  # files in flight
DARK = 16_384  # of 65,535: brighter files of 16 bits use enough of their range


def read_stack(
    files: Sequence[tuple[Path, str]], size: int, colour: Colour | None, max_pixels: int
) -> tuple[Pixels, tuple[str, ...]]:
    """All files, uint8 `(n, C, size, size)` in their order, and notes on how they were read.

    files: path, and the name to speak of. C is 3 if any file has colour (or colour is "rgb"), else
    1. A DataError names the files that can't be used, and why.
    """
    images = _room(len(files), 3 if colour == "rgb" else 1, size)
    tally, refused = _Tally(size), []
    for row, picture in enumerate(_read_all(files, size, colour, max_pixels)):
        if isinstance(picture, Unusable):
            refused.append(f"{printable(files[row][1])} {picture}")
            continue
        if picture.pixels.ndim == 3 and images.shape[1] == 1:
            images = _in_colour(images, row)
        images[row] = picture.pixels if picture.pixels.ndim == 2 else _channels_first(picture)
        tally.add(picture)
    if refused:
        raise DataError(refusal(refused))
    return images, tuple(tally.notes())


def refusal(faults: Sequence[str]) -> str:
    """What is wrong with some files, the first few by name, and the way out."""
    more = f"; and {len(faults) - 3:,} more" if len(faults) > 3 else ""
    pronoun = "it" if len(faults) == 1 else "them"
    return (
        f"{count(len(faults), 'file')} can't be used: {'; '.join(faults[:3])}{more}. "
        f"Mend or remove {pronoun}, or leave {pronoun} out with "
        "'dataset.ignore=[\"PATTERN\"]'"
    )


def _read_all(
    files: Sequence[tuple[Path, str]], size: int, colour: Colour | None, max_pixels: int
) -> Iterator[Picture | Unusable]:
    def read(file: tuple[Path, str]) -> Picture | Unusable:
        try:
            return read_picture(file[0], size, colour, max_pixels)
        except Unusable as error:
            return error

    n_threads = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    with warnings.catch_warnings(), ThreadPoolExecutor(n_threads) as threads:
        warnings.simplefilter("ignore")  # Pillow's, on odd tags; its size limits are ours
        for start in range(0, len(files), CHUNK):
            yield from threads.map(read, files[start : start + CHUNK])


def _room(n: int, channels: int, size: int) -> Pixels:
    try:
        return np.empty((n, channels, size, size), np.uint8)
    except (MemoryError, ValueError) as error:  # numpy's, for more than an address can tell
        raise DataError(
            f"{count(n, 'image')} of {size:,} x {size:,} pixels need more memory than there is; "
            "lower dataset.size"
        ) from error


def _in_colour(images: Pixels, n_read: int) -> Pixels:
    """Room for three channels, with the grey images read so far in each."""
    coloured = _room(len(images), 3, images.shape[-1])
    coloured[:n_read] = images[:n_read]
    return coloured


def _channels_first(picture: Picture) -> Pixels:
    return picture.pixels.transpose(2, 0, 1)


@dataclass
class _Tally:
    """Counts what was done to the files."""

    size: int
    sizes: set[tuple[int, int]] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    brightest: int = 0

    def add(self, picture: Picture) -> None:
        self.sizes.add((picture.width, picture.height))
        self.brightest = max(self.brightest, picture.brightest or 0)
        for done, happened in {
            "turned as their EXIF data say": picture.turned,
            "cropped to their central square": picture.width != picture.height,
            "smaller than the size asked for, so enlarged": min(picture.width, picture.height)
            < self.size,
            "transparent, so laid on white": picture.transparent,
            "in the colours of print (CMYK), converted without their colour profile": picture.cmyk,
            "of 16 bits, scaled from 0..65,535 to 0..255": picture.brightest is not None,
        }.items():
            if happened:
                self.counts[done] = self.counts.get(done, 0) + 1

    def notes(self) -> Iterable[str]:
        if self.sizes != {(self.size, self.size)}:
            ordered = sorted(self.sizes, key=lambda wh: (min(wh), max(wh)))
            ends = " to ".join(f"{w}x{h}" for w, h in dict.fromkeys((ordered[0], ordered[-1])))
            yield f"images of {ends} pixels resized to {self.size}x{self.size}"
        for done, n in self.counts.items():
            yield f"{count(n, 'image')} {done}"
        if 0 < self.brightest < DARK:
            yield (
                f"the files of 16 bits are dark: their brightest value is {self.brightest:,} of "
                "65,535; if their range is smaller, stretch it before"
            )
