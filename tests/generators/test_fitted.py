"""A trained GAN draws the same for the same seed, however many samples are asked for with it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from synthlift.codecs.image import ImageCodec
from synthlift.core.schema import ImageSchema
from synthlift.generators.cgan import Cgan
from synthlift.generators.fitted import CHUNK, FittedNetwork, _latent_rows
from synthlift.stages.generate import BLOCK, stream

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def gan():
    codec = ImageCodec(ImageSchema(1, 8, 8, tuple("abc")), 8)
    network = Cgan(latent_dim=5, channels=4)
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        return FittedNetwork(codec, network.generator(codec.code, 3).eval(), 5)


@pytest.mark.parametrize("latent_dim", [1, 5, 32, 100])
@pytest.mark.parametrize("n", [1, 15, 16, 17, 100, CHUNK])
def test_noise_for_few_samples_is_the_beginning_of_a_whole_chunk(latent_dim, n):
    rows = _latent_rows(n, CPU)
    few, many = (
        torch.randn(r, latent_dim, generator=torch.Generator().manual_seed(3))
        for r in (rows, CHUNK)
    )
    assert n <= rows <= CHUNK
    assert torch.equal(few, many[:rows])


def test_a_device_that_fills_in_another_order_draws_the_whole_chunk():
    assert _latent_rows(1, torch.device("cuda")) == CHUNK


def test_a_network_in_training_mode_is_put_into_evaluation_mode(gan):
    labels = np.arange(6) % 3
    expected = gan.sample(labels, 0, 1.0, CPU)
    gan.network.train()
    assert (gan.sample(labels, 0, 1.0, CPU).images == expected.images).all()
    assert not gan.network.training


def test_a_short_stream_is_the_beginning_of_a_long_one(gan):
    drawn = {}
    for n in (1, 41, 42, 43, 100):
        blocks = list(stream(gan, n, 7, 1.0, CPU))
        assert max(len(block) for block in blocks) <= BLOCK
        drawn[n] = np.concatenate([block.images for block in blocks])
        labels = np.concatenate([block.labels for block in blocks])
        assert labels.tolist() == [0, 1, 2] * n
    for images in drawn.values():
        assert (drawn[100][: len(images)] == images).all()


def test_many_classes_are_drawn_a_round_at_a_time():
    class Echo:
        schema = ImageSchema(1, 1, 1, tuple(str(i) for i in range(200)))

        def __init__(self):
            self.asked = []

        def sample(self, labels, seed, scale, device):
            from synthlift.core.samples import SYNTHETIC, SampleSet

            self.asked.append((len(labels), seed))
            pixels = labels.astype(np.uint8).reshape(-1, 1, 1, 1)
            return SampleSet(self.schema, pixels, labels, np.full(len(labels), SYNTHETIC))

    echo = Echo()
    blocks = list(stream(echo, 2, 0, 1.0, CPU))
    assert [n for n, _ in echo.asked] == [200, 200]
    assert len({seed for _, seed in echo.asked}) == 2
    assert [block.counts().tolist() for block in blocks] == [[1] * 200] * 2
