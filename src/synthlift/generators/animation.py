"""The grids of a training as one moving picture: the same noise, from the first step to the last.

An animated PNG: exact in grey and in colour, and every browser plays it; a viewer that can't shows
the first frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

ANIMATION = "animation.png"
MOST_FRAMES = 24
FRAME, LAST_FRAME = 400, 2000  # milliseconds


def save_animation(folder: Path) -> None:
    """Write animation.png beside the grids `step_*.png` of a folder, where there are two or more.

    It shows at most 24 of them, evenly from the first to the last.
    """
    paths = sorted(folder.glob("step_*.png"))
    if len(paths) < 2:
        return
    first, *others = (_read(paths[i]) for i in evenly(len(paths), MOST_FRAMES))
    shown = durations(len(others) + 1)
    first.save(folder / ANIMATION, save_all=True, append_images=others, duration=shown, loop=0)


def durations(n: int) -> list[int]:
    """Milliseconds of each of n frames; the last one can be looked at.

    >>> durations(3)
    [400, 400, 2000]
    """
    return [*[FRAME] * (n - 1), LAST_FRAME]


def evenly(n: int, most: int) -> Sequence[int]:
    """At most so many of the places 0 to n - 1, the first and the last among them.

    >>> evenly(9, 5), evenly(3, 5), evenly(1, 5)
    ([0, 2, 4, 6, 8], [0, 1, 2], [0])
    """
    n_kept = min(n, most)
    return [round(i * (n - 1) / max(n_kept - 1, 1)) for i in range(n_kept)]


def _read(path: Path) -> Image.Image:
    from PIL import Image

    with Image.open(path, formats=("PNG",)) as file:
        return file.copy()
