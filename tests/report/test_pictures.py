"""Pictures: enlarged without blurring, any number of channels, closest pairs first."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from synthlift.report.pictures import (
    MOST_CLASSES,
    class_pictures,
    grid_pictures,
    nearest_pairs,
    strip,
)


def decode(picture):
    data = base64.b64decode(picture.uri.partition(";base64,")[2])
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_every_number_of_channels_can_be_shown(channels):
    images = np.random.default_rng(0).integers(0, 256, (3, channels, 8, 6)).astype(np.uint8)
    picture = strip(images, "alt")
    assert decode(picture).size == (picture.width, picture.height)
    assert picture.height >= 56


def test_enlarging_keeps_every_pixel():
    images = np.arange(64, dtype=np.uint8).reshape(1, 1, 8, 8)
    shown = np.asarray(decode(strip(images, "alt")).convert("L"))
    factor = len(shown) // 8
    assert (shown[::factor, ::factor] == images[0, 0]).all()


def test_pairs_are_the_closest_ones_in_order(make, tmp_path):
    exhibit = make.make_exhibit(tmp_path)
    closest = exhibit.closest(10)
    assert [d for *_, d in closest] == sorted(exhibit.distance)[:10]
    assert len(nearest_pairs(exhibit)) == 10


def test_a_class_without_samples_has_no_strip(make, tmp_path):
    exhibit = make.make_exhibit(tmp_path)
    object.__setattr__(exhibit, "synthetic", exhibit.synthetic.take(exhibit.synthetic.labels != 3))
    shown = class_pictures(exhibit)
    assert shown[3].synthetic is None
    assert shown[3].real is not None


def test_grids_go_evenly_from_the_first_step_to_the_last(make, tmp_path):
    exhibit = make.make_exhibit(tmp_path)
    paths = tuple(tmp_path / f"step_{100 * i:07d}.png" for i in range(1, 10))
    for path in paths:
        path.write_bytes(exhibit.grids[0].read_bytes())
    object.__setattr__(exhibit, "grids", paths)
    said = [when for when, _ in grid_pictures(exhibit)]
    assert said == ["step 100", "step 400", "step 600", "step 900"]
    object.__setattr__(exhibit, "grids", paths[:1])
    assert [when for when, _ in grid_pictures(exhibit)] == ["step 100"]
    object.__setattr__(exhibit, "grids", ())
    assert grid_pictures(exhibit) == []


def test_of_too_many_classes_the_most_harmed_are_shown(make):
    exhibit = make.make_noise(40, side=8)
    shown = [row.name for row in class_pictures(exhibit, ["class 39", "class 7"])]
    assert shown[:3] == ["class 39", "class 7", "class 0"]
    assert len(shown) == MOST_CLASSES


def test_photographs_are_small_and_not_enlarged(make):
    exhibit = make.make_noise(1, side=200)
    picture = strip(exhibit.train.images[:2], "alt")
    assert (picture.width, picture.height) == (64 * 2 + 3, 64)
    assert picture.uri.startswith("data:image/webp")
    assert decode(picture).size == (picture.width, picture.height)


def test_a_pair_of_two_classes_says_so(make, tmp_path):
    exhibit = make.make_exhibit(tmp_path)
    exhibit.nearest[:] = 0
    pairs = nearest_pairs(exhibit)
    assert {pair.other for pair in pairs if pair.label != "0"} == {"0"}
    assert {pair.other for pair in pairs if pair.label == "0"} <= {""}
