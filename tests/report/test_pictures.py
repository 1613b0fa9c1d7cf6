"""Pictures: enlarged without blurring, any number of channels, closest pairs first."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from synthlift.report.pictures import class_pictures, nearest_pairs, strip


def decode(picture):
    data = base64.b64decode(picture.uri.removeprefix("data:image/png;base64,"))
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
