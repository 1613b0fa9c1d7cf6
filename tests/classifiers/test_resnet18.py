"""ResNet-18: torchvision's own, but for the stem, the colours and the number of classes."""

from __future__ import annotations

import socket

import numpy as np
import pytest
import torch
from torch import nn

from synthlift.classifiers.resnet18 import Resnet18
from synthlift.core.samples import TrainingSet

RECIPE = Resnet18(steps=40, batch_size=8, rate=1e-3, weight_decay=0.01, dropout=0.1)
WHOLE = 11_689_512  # parameters that torchvision states for 3 channels and 1,000 classes
CPU = torch.device("cpu")


@pytest.fixture
def offline(monkeypatch):
    def refuse(*given):
        raise AssertionError(f"it asked the network for {given}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)


def parameters(channels, kernel, n_classes):
    """How many parameters it has: torchvision's, with another stem and last layer."""
    stem = 64 * (channels * kernel**2 - 3 * 7**2)
    return WHOLE + stem + 513 * (n_classes - 1000)


@pytest.mark.parametrize(
    ("shape", "kernel", "first_map"),
    [
        ((1, 8, 8), 3, (8, 8)),
        ((3, 32, 32), 3, (32, 32)),
        ((1, 63, 80), 3, (63, 80)),
        ((1, 64, 64), 7, (16, 16)),
    ],
)
def test_small_images_keep_their_size_in_the_stem(offline, shape, kernel, first_map):
    network, x = RECIPE.network(shape, 5).eval(), torch.zeros(1, *shape)
    assert sum(p.numel() for p in network.parameters()) == parameters(shape[0], kernel, 5)
    assert network(x).shape == (1, 5)
    stem = network.maxpool(network.relu(network.bn1(network.conv1(x))))
    assert stem.shape[2:] == first_map


def test_the_last_layer_stands_behind_the_dropout_of_the_recipe():
    last = RECIPE.network((1, 8, 8), 2).fc
    assert [type(layer) for layer in last] == [nn.Dropout, nn.Linear]
    assert last[0].p == RECIPE.dropout


def test_a_new_stem_is_drawn_by_the_law_of_the_other_convolutions():
    """He et al. 2015, arXiv 1502.01852: variance 2 / fan out."""
    weight = RECIPE.network((3, 8, 8), 2).conv1.weight
    assert weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.1)


def test_it_learns_and_predicts_by_moving_averages(offline, images):
    rows, test = images(8), images(10, seed=1)
    training = TrainingSet(rows, np.ones(len(rows), np.float32))
    fitted = RECIPE.fit(training, 0, CPU, lambda done, n: None)
    p = fitted.predict(test)
    assert (p.argmax(1) == test.labels).mean() > 0.8
    alone = fitted.predict(test.take(np.arange(1)))
    np.testing.assert_allclose(alone, p[:1], atol=1e-5)
