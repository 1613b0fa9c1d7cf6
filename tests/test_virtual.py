"""A virtual dataset: sample i is the same wherever and whenever it is drawn."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader

from synthlift import VirtualDataset
from synthlift.codecs.image import ImageCodec
from synthlift.core.errors import ConfigError
from synthlift.core.samples import SYNTHETIC, SampleSet
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.tables import conform
from synthlift.generators.cgan import Cgan
from synthlift.generators.fitted import FittedNetwork

SCHEMA = ImageSchema(3, 12, 12, ("a", "b", "c"))


class Dice:
    """A generator of rows."""

    schema = TableSchema((Column("eyes", "integer"),), ("even", "odd"))

    def sample(self, labels, seed, scale, device):
        eyes = 2 * np.random.default_rng(seed).integers(1, 4, len(labels)) - labels
        table = conform(pd.DataFrame({"eyes": eyes}), self.schema.columns)
        return SampleSet(self.schema, table, labels, np.full(len(labels), SYNTHETIC))


@pytest.fixture(scope="module")
def gan():
    network, codec = Cgan(latent_dim=8, channels=4), ImageCodec(SCHEMA, 12)
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        return FittedNetwork(codec, network.generator(codec.code, 3).eval(), 8)


def test_its_length_and_labels_are_known_without_drawing(gan):
    dataset = VirtualDataset(gan, n_per_class=4)
    assert len(dataset) == 12
    assert dataset.labels.tolist() == [0, 1, 2] * 4
    assert dataset.classes == ("a", "b", "c")


def test_an_item_is_an_image_and_its_label(gan):
    image, label = VirtualDataset(gan, labels=[2, 0])[0]
    assert (image.dtype, image.shape, label) == (torch.uint8, (3, 12, 12), 2)


def test_sample_i_is_the_same_in_any_order(gan):
    dataset = VirtualDataset(gan, n_per_class=4, seed=3)
    forwards = [dataset[i][0] for i in range(12)]
    backwards = [dataset[i][0] for i in reversed(range(12))][::-1]
    assert all(torch.equal(a, b) for a, b in zip(forwards, backwards, strict=True))
    assert torch.equal(dataset[-1][0], forwards[-1])
    longer = VirtualDataset(gan, n_per_class=9, seed=3)
    assert all(torch.equal(longer[i][0], forwards[i]) for i in range(12))


def test_samples_and_seeds_differ(gan):
    images = [
        VirtualDataset(gan, labels=[0, 0], seed=seed)[i][0] for seed in (0, 1) for i in (0, 1)
    ]
    assert len({image.numpy().tobytes() for image in images}) == 4


def test_the_number_of_threads_changes_nothing_and_is_left_alone(gan):
    dataset = VirtualDataset(gan, n_per_class=2)
    before = torch.get_num_threads()
    drawn = []
    try:
        for n in (1, 2):
            torch.set_num_threads(n)
            drawn.append(torch.stack([image for image, _ in dataset]))
            assert torch.get_num_threads() == n
    finally:
        torch.set_num_threads(before)
    assert torch.equal(*drawn)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_and_batches_draw_the_same(gan, method):
    dataset = VirtualDataset(gan, n_per_class=4)
    loader = DataLoader(dataset, batch_size=5, num_workers=1, multiprocessing_context=method)
    images, labels = (torch.cat(parts) for parts in zip(*loader, strict=True))
    assert labels.tolist() == dataset.labels.tolist()
    assert torch.equal(images, torch.stack([image for image, _ in dataset]))


def test_it_survives_pickling(gan):
    dataset = VirtualDataset(gan, n_per_class=2, seed=5, latent_scale=0.5)
    assert torch.equal(pickle.loads(pickle.dumps(dataset))[3][0], dataset[3][0])


def test_it_leaves_the_generator_it_was_given_alone(gan):
    dataset = VirtualDataset(gan, n_per_class=2)
    assert dataset.generator is not gan
    first = dataset[0][0]
    assert torch.equal(VirtualDataset(gan, n_per_class=2)[0][0], first)


def test_the_transform_is_applied_to_the_features(gan):
    dataset = VirtualDataset(gan, n_per_class=1, transform=lambda image: image.float() / 255)
    image, label = dataset[1]
    assert image.dtype == torch.float32
    assert label == 1


def test_a_row_of_a_table_is_a_dict():
    dataset = VirtualDataset(Dice(), n_per_class=20)
    assert all(row["eyes"] % 2 == label for row, label in dataset)


def test_a_run_gives_its_generator_and_latent_scale(smoke):
    dataset = VirtualDataset(smoke.run, n_per_class=1, repeat=1)
    assert len(dataset) == 10
    assert dataset[0][0].shape == (1, 8, 8)
    assert dataset.latent_scale == 1.0
    first, second = (VirtualDataset(str(smoke.run), 1, repeat=r)[0][0] for r in (None, 1))
    assert torch.equal(second, dataset[0][0])
    assert not torch.equal(first, second)


def test_beyond_the_end_is_an_index_error(gan):
    dataset = VirtualDataset(gan, n_per_class=1)
    for index in (3, -4):
        with pytest.raises(IndexError):
            dataset[index]


@pytest.mark.parametrize(
    ("asked", "remedy"),
    [
        ({}, "give n_per_class or labels"),
        ({"n_per_class": 2, "labels": [0]}, "leave the other out"),
        ({"n_per_class": 0}, "at least 1"),
        ({"n_per_class": 1, "latent_scale": 0}, "latent_scale is above 0"),
        ({"labels": [0, 3]}, r"0\.\.2, not in 0\.\.3"),
        ({"labels": [0.5]}, "whole numbers"),
        ({"labels": [[0]]}, "one for each sample"),
        ({"n_per_class": 1, "repeat": 1}, "says nothing about a fitted generator"),
    ],
)
def test_what_can_not_be_is_refused(gan, asked, remedy):
    with pytest.raises(ConfigError, match=remedy):
        VirtualDataset(gan, **asked)


def test_half_a_sample_is_refused(gan):
    with pytest.raises(TypeError):
        VirtualDataset(gan, n_per_class=1.5)


def test_what_draws_nothing_is_refused():
    with pytest.raises(ConfigError, match=r"not from list"):
        VirtualDataset([1, 2], n_per_class=1)
