"""The animation in the page: as it is where it is small, within a bound where it is not."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from synthlift.generators.animation import ANIMATION, save_animation
from synthlift.report import film
from synthlift.report.film import read_film
from synthlift.report.html import render_html


@pytest.fixture
def filmed(make, tmp_path):
    """An exhibit whose training left n grids of noise of this side, and their animation."""

    def build(n, side):
        rng = np.random.default_rng(0)
        for step in range(1, n + 1):
            pixels = rng.integers(0, 256, (side, side, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"step_{step:07d}.png")
        save_animation(tmp_path)
        grids = tuple(sorted(tmp_path.glob("step_*.png")))
        exhibit = make.make_exhibit(tmp_path / "builder")
        return replace(exhibit, grids=grids, animation=tmp_path / ANIMATION)

    return build


def content_of(picture):
    return base64.b64decode(picture.uri.partition(";base64,")[2])


def test_a_small_one_is_shown_as_it_lies_in_the_store(filmed):
    exhibit = filmed(4, 20)
    picture = read_film(exhibit)
    assert picture.uri.startswith("data:image/png")
    assert content_of(picture) == exhibit.animation.read_bytes()
    assert (picture.width, picture.height) == (20, 20)
    assert "from step 1 to step 4" in picture.alt


def test_a_large_one_is_shrunk_and_loses_frames_until_it_fits(filmed, monkeypatch):
    exhibit = filmed(8, 200)
    monkeypatch.setattr(film, "GRID_SIDE", 100)
    whole = content_of(read_film(exhibit))
    monkeypatch.setattr(film, "LARGEST", len(whole) // 2)
    less = content_of(read_film(exhibit))
    assert len(less) <= len(whole) // 2 < len(whole) < exhibit.animation.stat().st_size
    frames = [Image.open(io.BytesIO(content)) for content in (whole, less)]
    assert [frame.size for frame in frames] == [(100, 100)] * 2
    assert frames[0].n_frames == 8
    assert frames[1].n_frames in (2, 4)


def test_the_page_has_it_once_without_a_script_and_not_where_there_is_none(make, filmed):
    exhibit = filmed(3, 20)
    page = render_html(make.make_report(), [exhibit, exhibit])
    assert page.count(read_film(exhibit).uri) == 1
    assert "<script" not in page
    assert 'class="film"' not in render_html(make.make_report(), [replace(exhibit, animation=None)])


def test_it_rests_where_motion_is_not_wanted_and_on_paper(make):
    style = render_html(make.make_report(), []).replace(" ", "")
    for medium in ("@media(prefers-reduced-motion:reduce)", "@mediaprint"):
        assert ".film{display:none" in style.partition(medium)[2].replace(".skip,nav,", "")
