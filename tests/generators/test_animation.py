"""The animation of the grids: exact, even, the same bytes each time, and for images alone."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageSequence

from synthlift.generators.animation import ANIMATION, LAST_FRAME, MOST_FRAMES, save_animation


def save_grids(folder, n, shape):
    rng = np.random.default_rng(0)
    grids = rng.integers(0, 256, (n, *shape)).astype(np.uint8)
    for step, grid in enumerate(grids, 1):
        Image.fromarray(grid).save(folder / f"step_{10 * step:07d}.png")
    return grids


def frames_of(path):
    with Image.open(path) as file:
        return [
            (np.asarray(frame.convert(mode)), frame.info["duration"])
            for frame in ImageSequence.Iterator(file)
            for mode in ["RGB" if frame.mode == "RGB" else "L"]
        ]


@pytest.mark.parametrize("shape", [(12, 12), (12, 12, 3)], ids=["grey", "colour"])
def test_every_pixel_is_that_of_the_grids_and_the_last_frame_stays(tmp_path, shape):
    grids = save_grids(tmp_path, 4, shape)
    save_animation(tmp_path)
    frames = frames_of(tmp_path / ANIMATION)
    assert all((pixels == grid).all() for (pixels, _), grid in zip(frames, grids, strict=True))
    assert [shown == LAST_FRAME for _, shown in frames] == [False, False, False, True]


def test_it_is_made_of_the_grids_alone_and_the_same_each_time(tmp_path):
    save_grids(tmp_path, 3, (8, 8))
    save_animation(tmp_path)
    first = (tmp_path / ANIMATION).read_bytes()
    save_animation(tmp_path)
    assert (tmp_path / ANIMATION).read_bytes() == first


def test_of_many_checkpoints_some_are_taken_evenly_the_first_and_the_last_among_them(tmp_path):
    grids = save_grids(tmp_path, 3 * MOST_FRAMES, (2, 2))
    save_animation(tmp_path)
    frames = frames_of(tmp_path / ANIMATION)
    assert len(frames) == MOST_FRAMES
    assert (frames[0][0] == grids[0]).all()
    assert (frames[-1][0] == grids[-1]).all()


@pytest.mark.parametrize("n", [0, 1])
def test_a_single_grid_is_no_animation(tmp_path, n):
    save_grids(tmp_path, n, (4, 4))
    (tmp_path / "step_0000005").mkdir()  # rows of a table
    save_animation(tmp_path)
    assert not (tmp_path / ANIMATION).exists()
