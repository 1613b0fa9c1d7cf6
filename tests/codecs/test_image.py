import json

import numpy as np
import pytest

from synthlift.codecs.base import fit_codec, load_codec, save_codec
from synthlift.codecs.image import ImageCodec
from synthlift.core.errors import ConfigError
from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema

SIZES = (8, 16, 32, 64)
SHAPES = [(8, 8), (9, 9), (28, 28), (7, 16), (16, 5), (33, 64), (1, 1)]


def every_pixel(size, channels=1, n=5):
    pixels = np.arange(n * channels * size[0] * size[1]) % 256
    features = pixels.reshape(n, channels, *size).astype(np.uint8)
    schema = ImageSchema(channels, *size, ("a",))
    return SampleSet(schema, features, np.zeros(n, np.int64), np.arange(n))


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_encoded_is_decoded_exactly(size, channels):
    rows = every_pixel(size, channels)
    codec = fit_codec(rows, SIZES)
    assert (codec.decode(codec.encode(rows)) == rows.images).all()


def test_all_256_values_survive():
    rows = every_pixel((16, 16))
    codec = fit_codec(rows, SIZES)
    assert set(np.unique(codec.decode(codec.encode(rows)))) == set(range(256))


@pytest.mark.parametrize("size", SHAPES)
def test_codes_are_squares_of_the_smallest_size_that_holds_the_images(size):
    rows = every_pixel(size)
    codec = fit_codec(rows, SIZES)
    side = min(s for s in SIZES if s >= max(size))
    encoded = codec.encode(rows)
    assert codec.code.shape == encoded.shape[1:] == (1, side, side)
    assert encoded.dtype == np.float32
    (span,) = codec.code.spans
    assert (span.start, span.stop, span.activation) == (0, side * side, "tanh")


def test_codes_lie_between_minus_one_and_one_and_reach_both():
    encoded = fit_codec(every_pixel((16, 16)), SIZES).encode(every_pixel((16, 16)))
    assert (encoded.min(), encoded.max()) == (-1, 1)


def test_the_margin_repeats_the_edge():
    rows = every_pixel((6, 6))
    encoded = fit_codec(rows, SIZES).encode(rows)
    assert (encoded[:, :, 0] == encoded[:, :, 1]).all()
    assert (encoded[..., -1] == encoded[..., -2]).all()


def test_what_a_network_overshoots_is_clipped():
    codec = ImageCodec(ImageSchema(1, 2, 2, ("a",)), 2)
    pixels = codec.decode(np.array([[[[-1.2, 1.2], [-1.0, 1.0]]]], np.float32))
    assert pixels.tolist() == [[[[0, 255], [0, 255]]]]


def test_it_is_the_same_whichever_train_rows_it_is_fitted_on(images):
    codecs = {fit_codec(images(n, seed=n), SIZES) for n in (1, 5)}
    assert len(codecs) == 1


def test_images_too_large_are_refused_with_the_remedy():
    with pytest.raises(ConfigError, match=r"up to 64 pixels.*smaller images"):
        fit_codec(every_pixel((65, 8)), SIZES)


def test_it_survives_the_disk(tmp_path):
    codec = fit_codec(every_pixel((9, 12), 3), SIZES)
    save_codec(codec, tmp_path)
    assert load_codec(tmp_path) == codec
    json.loads((tmp_path / "codec.json").read_text())
