"""The residual pair: the layouts of the papers, and every size that it states."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from synthlift.core.schema import Code, Span
from synthlift.generators.label_strength import LabelStrength
from synthlift.generators.layers import ConditionalBatchNorm, LatentAndLabel
from synthlift.generators.resnet import Resnet
from synthlift.generators.resnet_blocks import (
    ResidualBlock,
    SumPool,
    down_block,
    first_block,
    flat_block,
    up_block,
)

SMALL = Resnet(latent_dim=4, channels=2, critic_channels=2)
LABELS = torch.tensor([0, 1, 1, 0])


def code(side, channels=1):
    return Code((channels, side, side), (Span(0, channels * side * side, "tanh"),))


def maps(network, x, *labels):
    """Shape of what leaves each residual block, without the batch."""
    found = []
    for block in (m for m in network.modules() if isinstance(m, ResidualBlock)):
        block.register_forward_hook(lambda block, given, made: found.append(tuple(made.shape[1:])))
    network(x, *labels)
    return found


def layout(pair, side):
    """The first feature map, those behind each block of the generator, and of the critic."""
    generator, critic = pair.generator(code(side, 3), 2), pair.critic(code(side, 3), 2, 100)
    with torch.no_grad():
        z = torch.zeros(4, pair.latent_dim)
        drawn = generator(z, LABELS)
        return generator.blocks[0].shape, maps(generator, z, LABELS), maps(critic, drawn, LABELS)


def test_the_layout_of_cifar_is_that_of_the_paper():
    """Table 4, all widths a 32nd: from 4x4x256 three doublings; four blocks of 128, two halve."""
    first, doublings, blocks = layout(Resnet(128, 8, 4), 32)
    assert first == (8, 4, 4)
    assert doublings == [(8, 8, 8), (8, 16, 16), (8, 32, 32)]
    assert blocks == [(4, 16, 16), (4, 8, 8), (4, 8, 8), (4, 8, 8)]


def test_the_layout_of_stl_is_that_of_the_paper():
    """Table 5, all widths a 32nd: 6x6x512 to 64 channels; 64 to 1,024, of which four halve."""
    first, doublings, blocks = layout(Resnet(128, 2, 2), 48)
    assert first == (16, 6, 6)
    assert doublings == [(8, 12, 12), (4, 24, 24), (2, 48, 48)]
    assert blocks == [(2, 24, 24), (4, 12, 12), (8, 6, 6), (16, 3, 3), (32, 3, 3)]


def test_the_layout_of_64_pixels_is_that_of_the_authors_code():
    """All widths a 32nd: 4x4x1,024 to 64 channels; five blocks from 64 to 1,024, all halve."""
    first, doublings, blocks = layout(Resnet(128, 2, 2), 64)
    assert first == (32, 4, 4)
    assert doublings == [(16, 8, 8), (8, 16, 16), (4, 32, 32), (2, 64, 64)]
    assert blocks == [(2, 32, 32), (4, 16, 16), (8, 8, 8), (16, 4, 4), (32, 2, 2)]


@pytest.mark.parametrize(("side", "last"), [(8, 4), (12, 6), (16, 4), (20, 5), (28, 7), (40, 10)])
def test_the_critic_of_small_images_leaves_four_pixels_and_more(side, last):
    assert layout(SMALL, side)[2][-1] == (2, last, last)


@pytest.mark.parametrize("side", Resnet.sizes)
@pytest.mark.parametrize("channels", [1, 3])
def test_it_draws_and_judges_every_size_that_it_states(side, channels):
    with torch.no_grad():
        x = SMALL.generator(code(side, channels), 2)(torch.randn(4, 4), LABELS)
        scores = SMALL.critic(code(side, channels), 2, 10)(x, LABELS)
    assert x.shape == (4, channels, side, side)
    assert x.abs().max() <= 1
    assert scores.shape == (4,)


def test_one_class_and_a_batch_of_two_are_enough():
    generator, critic = SMALL.generator(code(8), 1), SMALL.critic(code(8), 1, 2)
    labels = torch.zeros(2, dtype=torch.long)
    scores = critic(generator(torch.randn(2, 4), labels), labels)
    scores.sum().backward()
    assert scores.isfinite().all()


def test_every_layer_of_the_critic_with_weights_is_under_spectral_norm():
    critic = SMALL.critic(code(32, 3), 5, 10)
    for _ in range(60):  # one power iteration per call
        critic(torch.randn(5, 3, 32, 32), torch.arange(5))
    layers = [m for m in critic.modules() if isinstance(m, nn.Conv2d | nn.Linear | nn.Embedding)]
    assert len(layers) == 4 * 2 + 2 + 2, "two convolutions a block, two shortcuts, score, embedding"
    for layer in layers:
        largest = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
        assert largest.item() == pytest.approx(1, abs=0.03)


def test_the_score_is_a_linear_one_plus_the_projection_of_summed_features():
    critic, x = SMALL.critic(code(8), 2, 10).eval(), torch.randn(4, 1, 8, 8)
    h = critic.features(x)
    assert h.shape == (4, 2)
    wanted = h @ critic.score.weight[0] + critic.score.bias
    wanted = wanted + (critic.embedding.weight[LABELS] * h).sum(1)
    torch.testing.assert_close(critic(x, LABELS), wanted)


def test_pooling_sums_over_pixels():
    x = torch.arange(8.0).view(1, 2, 2, 2)
    assert SumPool()(x).tolist() == [[6.0, 22.0]]


@pytest.mark.parametrize(
    ("block", "side"), [(first_block(3, 4), 4), (down_block(3, 4), 4), (flat_block(3, 4), 8)]
)
def test_a_block_of_the_critic_is_the_sum_of_both_ways(block, side):
    x = torch.randn(2, 3, 8, 8)
    made = block.eval()(x)
    assert made.shape == (2, 4, side, side)
    torch.testing.assert_close(made, block.main(x) + block.shortcut(x))


def test_a_shortcut_pools_before_or_after_its_convolution_alike():
    x, shortcut = torch.randn(2, 3, 8, 8), down_block(3, 4).eval().shortcut
    torch.testing.assert_close(shortcut(x), shortcut[0](shortcut[1](x)))
    _, (conv, up) = up_block(3, 4, 2), up_block(3, 4, 2).shortcut.blocks
    torch.testing.assert_close(up(conv(x, LABELS), LABELS), conv(up(x, LABELS), LABELS))


def test_a_block_of_equal_widths_passes_its_input_on():
    block, x = flat_block(3, 3), torch.randn(2, 3, 4, 4)
    assert torch.equal(block.shortcut(x), x)


def test_a_block_of_the_generator_doubles_the_size_and_sees_the_class():
    block = up_block(3, 4, 2)
    for norm in (m for m in block.modules() if isinstance(m, ConditionalBatchNorm)):
        nn.init.normal_(norm.shift.weight)
    x = torch.randn(1, 3, 5, 5).expand(2, -1, -1, -1)
    zero, one = block.eval()(x, torch.tensor([0, 1]))
    assert zero.shape == (4, 10, 10)
    assert not torch.equal(zero, one)


def test_where_labels_are_not_shown_both_networks_ignore_them():
    generator, critic = SMALL.generator(code(8), 2).eval(), SMALL.critic(code(8), 2, 10).eval()
    nn.init.normal_(generator.blocks[1].main.blocks[0].scale.weight)
    shown = LabelStrength()
    shown.start(generator, critic)
    z, x = torch.randn(2, 4), torch.randn(2, 1, 8, 8)
    for value in (0.0, 1.0):
        shown.value = value
        with torch.no_grad():
            drawn = [generator(z, torch.full((2,), label)) for label in (0, 1)]
            scores = [critic(x, torch.full((2,), label)) for label in (0, 1)]
        assert torch.equal(*drawn) == torch.equal(*scores) == (value == 0)


def test_weights_are_drawn_by_the_law_of_glorot():
    """Glorot and Bengio 2010: variance 2 gain^2 / (fan in + fan out); gain sqrt 2 within blocks."""
    block = up_block(32, 64, 2)
    inner, shortcut = block.main.blocks[3].layer, block.shortcut.blocks[0].layer
    assert inner.weight.var().item() == pytest.approx(4 / (9 * (32 + 64)), rel=0.05)
    assert shortcut.weight.var().item() == pytest.approx(2 / (32 + 64), rel=0.1)
    assert inner.bias.abs().max() == shortcut.bias.abs().max() == 0
    stem = Resnet(8, 32, 2).generator(code(8), 2).blocks[0]
    assert isinstance(stem, LatentAndLabel)
    assert stem.dense.weight.var().item() == pytest.approx(2 / (16 + 512), rel=0.1)


@pytest.mark.parametrize("field", ["latent_dim", "channels", "critic_channels"])
def test_a_network_of_no_size_is_refused(field):
    with pytest.raises(ValueError, match=f"{field}.* at least 1"):
        replace(SMALL, **{field: 0})
