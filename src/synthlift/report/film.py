"""The grids of a training in turn, in a data URI: as it lies in the store, or smaller."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from synthlift.generators.animation import durations, evenly
from synthlift.report.exhibits import Exhibit
from synthlift.report.pictures import GRID_SIDE, Picture, step_of

if TYPE_CHECKING:
    from PIL import Image

LARGEST_EXACT, LARGEST = 100_000, 1_000_000  # bytes
QUALITY = 80


def read_film(exhibit: Exhibit) -> Picture | None:
    """The animation of the grids; None where there is none.

    One of more than 100 kB becomes a lossy WebP of at most 480 pixels, with ever fewer frames
    until it has at most 1 MB. An OSError names a file that is no PNG.
    """
    if exhibit.animation is None:
        return None
    from PIL import Image, ImageSequence

    kind, content = "png", exhibit.animation.read_bytes()
    with Image.open(io.BytesIO(content), formats=("PNG",)) as file:
        size = file.size
        if len(content) > LARGEST_EXACT:
            frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(file)]
            kind, content, size = "webp", _shrink(frames), frames[0].size
    first, last = (step_of(exhibit.grids[i]) for i in (0, -1))
    alt = f"the grids in turn, the same noise from {first} to {last}"
    uri = f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
    return Picture(uri, alt, *size)


def _shrink(frames: list[Image.Image]) -> bytes:
    """Lossy, with half of the frames as often as that is needed; two are always kept."""
    for frame in frames:
        frame.thumbnail((GRID_SIDE, 2 * GRID_SIDE))
    content = _webp(frames)
    while len(content) > LARGEST and len(frames) > 2:
        frames = [frames[i] for i in evenly(len(frames), max(len(frames) // 2, 2))]
        content = _webp(frames)
    return content


def _webp(frames: list[Image.Image]) -> bytes:
    buffer = io.BytesIO()
    first, *others = frames
    shown = durations(len(frames))
    film = {"save_all": True, "append_images": others, "duration": shown, "loop": 0}
    first.save(buffer, "WEBP", quality=QUALITY, **film)
    return buffer.getvalue()
