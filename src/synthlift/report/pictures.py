"""Images as PNG data URIs, so that the report is one file; small ones are enlarged unblurred."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from synthlift.report.exhibits import Exhibit
from synthlift.report.words import plain

if TYPE_CHECKING:
    from PIL import Image

VISIBLE_SIDE = 56
GAP = 3
WIDEST_GRID = 1200
MOST_CLASSES = 40
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
    """A synthetic image and the training image nearest to it."""

    synthetic: Picture
    real: Picture
    distance: str
    label: str


def to_uri(image: Image.Image) -> str:
    """The image as a PNG in a data URI."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def to_image(pixels: Pixels) -> Image.Image:
    """uint8 (C, H, W) as a picture: RGB from three channels or more, else grey."""
    from PIL import Image

    shown = pixels[:3].transpose(1, 2, 0) if len(pixels) >= 3 else pixels[0]  # (H, W, 3) or (H, W)
    image = Image.fromarray(np.ascontiguousarray(shown))
    factor = max(1, -(-VISIBLE_SIDE // max(image.size)))
    size = (image.width * factor, image.height * factor)
    return image.resize(size, Image.Resampling.NEAREST)


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


def class_pictures(exhibit: Exhibit, n: int = 6) -> list[ClassPictures]:
    """The first n real and n synthetic images of each class, as they come, not picked by hand."""
    shown = []
    for label, name in enumerate(exhibit.train.schema.classes[:MOST_CLASSES]):
        strips = []
        for kind, samples in (("real", exhibit.train), ("synthetic", exhibit.synthetic)):
            rows = np.flatnonzero(samples.labels == label)[:n]
            strips.append(
                strip(samples.images[rows], f"{len(rows)} {kind} samples of class {name}")
            )
        shown.append(ClassPictures(plain(name), *strips))
    return shown


def nearest_pairs(exhibit: Exhibit, n: int = 10) -> list[NearestPair]:
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
        pairs.append(NearestPair(synthetic, real, f"{distance:.3g}", label))
    return pairs


def grid_pictures(exhibit: Exhibit) -> list[tuple[str, Picture]]:
    """The first, middle and last grid of the same noise; an OSError names a file that is no PNG."""
    n = len(exhibit.grids)
    chosen = {0: "first", n // 2: "middle", n - 1: "last"} if n else {}
    return [(when, read_grid(exhibit.grids[i], when)) for i, when in sorted(chosen.items())]


def read_grid(path: Path, when: str) -> Picture:
    """A grid file, enlarged or reduced to a size that can be looked at."""
    from PIL import Image

    with Image.open(path, formats=("PNG",)) as file:
        image = file.convert("RGB")
    if image.width < VISIBLE_SIDE * 4:
        factor = -(-VISIBLE_SIDE * 4 // image.width)
        image = image.resize(
            (image.width * factor, image.height * factor), Image.Resampling.NEAREST
        )
    image.thumbnail((WIDEST_GRID, WIDEST_GRID))
    alt = f"samples drawn from the same noise, {when} snapshot of the training"
    return Picture(to_uri(image), alt, *image.size)
