"""Images as data URIs, so that the report is one file; small ones are enlarged unblurred.

Pictures are kept small enough for a page that still opens on a phone: tiles of at most 64 pixels,
photographs as WebP, and a limit to classes, pairs and repeats that the page states.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from synthlift.generators.animation import evenly
from synthlift.report.exhibits import Exhibit
from synthlift.report.words import plain

if TYPE_CHECKING:
    from PIL import Image

VISIBLE_SIDE, LARGEST_SIDE = 56, 64
GAP = 3
GRID_SIDE = 480
MOST_CLASSES, MOST_REPEATS, MOST_GRIDS = 24, 6, 4
N_SHOWN, N_PAIRS = 6, 10
MEANS_PER_ROW = 12
LARGEST_PNG, QUALITY = 6_000, 85  # bytes; above it lossy WebP is tried
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """An <img>: source, alternative text, size in CSS pixels."""

    uri: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class ClassPictures:
    """A few real and a few synthetic samples of one class; None where there are none."""

    name: str
    real: Picture | None
    synthetic: Picture | None


@dataclass(frozen=True)
class NearestPair:
    """A synthetic image and the training image nearest to it; other: its class, if another."""

    synthetic: Picture
    real: Picture
    distance: str
    label: str
    other: str


@dataclass(frozen=True)
class Gallery:
    """All pictures of the page; n_classes, n_repeats: of how many the shown ones are taken."""

    repeat: int
    classes: list[ClassPictures]
    n_classes: int
    grids: list[tuple[str, Picture]]
    pairs: list[tuple[int, list[NearestPair]]]
    n_repeats: int


def gallery(exhibits: Sequence[Exhibit], harmed: Sequence[str] = ()) -> Gallery:
    """Pictures of image exhibits, at least one: classes and grids of the first.

    Of too many classes those named first in `harmed` are shown. An OSError names a grid that is no
    PNG.
    """
    first = exhibits[0]
    pairs = [(x.repeat + 1, found) for x in exhibits[:MOST_REPEATS] if (found := nearest_pairs(x))]
    return Gallery(
        first.repeat + 1,
        class_pictures(first, harmed),
        first.train.schema.n_classes,
        grid_pictures(first),
        pairs,
        len(exhibits),
    )


def class_pictures(exhibit: Exhibit, harmed: Sequence[str] = ()) -> list[ClassPictures]:
    """The first real and synthetic images of each class, as they come, not picked by hand."""
    names = exhibit.train.schema.classes
    chosen = list(range(len(names)))
    if len(names) > MOST_CLASSES:
        rank = {name: i for i, name in enumerate(harmed)}
        chosen = sorted(chosen, key=lambda k: rank.get(names[k], len(names)))[:MOST_CLASSES]
    shown = []
    for label in chosen:
        strips = []
        for kind, samples in (("real", exhibit.train), ("synthetic", exhibit.synthetic)):
            rows = np.flatnonzero(samples.labels == label)[:N_SHOWN]
            alt = f"{len(rows)} {kind} samples of class {names[label]}"
            strips.append(strip(samples.images[rows], alt))
        shown.append(ClassPictures(plain(names[label]), *strips))
    return shown


def nearest_pairs(exhibit: Exhibit, n: int = N_PAIRS) -> list[NearestPair]:
    """The n synthetic images closest to a training image, each beside it."""
    classes = exhibit.train.schema.classes
    pairs = []
    for row, neighbour, distance in exhibit.closest(n):
        label = plain(classes[exhibit.synthetic.labels[row]])
        other = plain(classes[exhibit.train.labels[neighbour]])
        synthetic = strip(exhibit.synthetic.images[[row]], f"synthetic sample of class {label}")
        real = strip(exhibit.train.images[[neighbour]], f"nearest training image, class {other}")
        assert synthetic is not None
        assert real is not None
        differs = other if other != label else ""
        pairs.append(NearestPair(synthetic, real, f"{distance:.3g}", label, differs))
    return pairs


def mean_pictures(exhibit: Exhibit) -> list[ClassPictures]:
    """The mean image of each class, real and synthetic, some classes a row; at most 24 classes."""
    schema, found = exhibit.train.schema, []
    for start in range(0, min(schema.n_classes, MOST_CLASSES), MEANS_PER_ROW):
        labels = range(start, min(start + MEANS_PER_ROW, schema.n_classes, MOST_CLASSES))
        strips = []
        for kind, samples in (("real", exhibit.train), ("synthetic", exhibit.synthetic)):
            there = [k for k in labels if (samples.labels == k).any()]
            means = [samples.images[samples.labels == k].mean(axis=0) for k in there]
            alt = f"mean {kind} image of each of {len(there)} classes"
            strips.append(strip(np.array(means).round().astype(np.uint8), alt) if means else None)
        names = ", ".join(plain(schema.classes[k]) for k in labels)
        found.append(ClassPictures(names, *strips))
    return found


def grid_pictures(exhibit: Exhibit) -> list[tuple[str, Picture]]:
    """Grids of the same noise, evenly from the first to the last; each with its step in words."""
    places = evenly(len(exhibit.grids), MOST_GRIDS)
    return [
        (when := step_of(path), read_grid(path, when))
        for path in map(exhibit.grids.__getitem__, places)
    ]


def step_of(path: Path) -> str:
    """The step that a grid was drawn at, from its name.

    >>> step_of(Path("grids/step_0002000.png"))
    'step 2,000'
    """
    digits = re.search(r"\d+", path.stem)
    return f"step {int(digits[0]):,}" if digits else plain(path.stem)


def read_grid(path: Path, when: str) -> Picture:
    """A grid file, enlarged or reduced to a size that can be looked at."""
    from PIL import Image

    with Image.open(path, formats=("PNG",)) as file:
        image = file.convert("RGB")
    if image.width * 2 <= GRID_SIDE:
        factor = GRID_SIDE // image.width
        size = (image.width * factor, image.height * factor)
        image = image.resize(size, Image.Resampling.NEAREST)
    image.thumbnail((GRID_SIDE, 2 * GRID_SIDE))
    return Picture(to_uri(image), f"samples drawn from the same noise at {when}", *image.size)


def strip(images: Pixels, alt: str) -> Picture | None:
    """Images (n, C, H, W) side by side, on a transparent gap."""
    from PIL import Image

    tiles = [to_image(pixels) for pixels in images]
    if not tiles:
        return None
    width, height = tiles[0].size
    sheet = Image.new("RGBA", (len(tiles) * (width + GAP) - GAP, height))
    for i, tile in enumerate(tiles):
        sheet.paste(tile, (i * (width + GAP), 0))
    return Picture(to_uri(sheet), plain(alt), *sheet.size)


def to_image(pixels: Pixels) -> Image.Image:
    """uint8 (C, H, W) as a picture that can be seen: RGB from three channels or more, else grey."""
    from PIL import Image

    shown = pixels[:3].transpose(1, 2, 0) if len(pixels) >= 3 else pixels[0]  # (H, W, 3) or (H, W)
    image = Image.fromarray(np.ascontiguousarray(shown))
    factor = -(-VISIBLE_SIDE // max(image.size))
    if factor > 1:
        size = (image.width * factor, image.height * factor)
        return image.resize(size, Image.Resampling.NEAREST)
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    return image


def to_uri(image: Image.Image) -> str:
    """The image in a data URI: PNG, or WebP where that is much smaller."""
    kind, content = "png", _encoded(image, "PNG", optimize=True)
    if len(content) > LARGEST_PNG:
        lossy = _encoded(image, "WEBP", quality=QUALITY)
        kind, content = min((kind, content), ("webp", lossy), key=lambda x: len(x[1]))
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _encoded(image: Image.Image, name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()
