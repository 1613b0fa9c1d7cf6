import pytest
import torch
from torch import nn

from synthlift.core.schema import Code, Span
from synthlift.generators.cgan import Cgan
from synthlift.generators.layers import (
    ConditionalBatchNorm,
    ConditionalSequential,
    LatentAndLabel,
    ProjectionCritic,
    Unconditional,
    sn_conv,
)

LABELS = torch.tensor([0, 1, 1, 0])


def code(side, channels=1):
    return Code((channels, side, side), (Span(0, channels * side * side, "tanh"),))


def test_a_fresh_conditional_norm_is_an_ordinary_one():
    x = torch.randn(4, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    ours = ConditionalBatchNorm(3, 2)(x, LABELS)
    torch.testing.assert_close(ours, nn.BatchNorm2d(3, affine=False)(x))


def test_a_conditional_norm_scales_and_shifts_by_class():
    norm, x = ConditionalBatchNorm(3, 2), torch.randn(4, 3, 5, 5)
    with torch.no_grad():
        norm.scale.weight[1], norm.shift.weight[1] = 2.0, 7.0
    plain = nn.BatchNorm2d(3, affine=False)(x)
    y = norm(x, LABELS)
    torch.testing.assert_close(y[LABELS == 0], plain[LABELS == 0])
    torch.testing.assert_close(y[LABELS == 1], 2 * plain[LABELS == 1] + 7)


def test_projection_is_a_linear_score_plus_the_inner_product_with_the_class():
    critic = ProjectionCritic(nn.Flatten(), 6, 2)
    x = torch.randn(4, 1, 2, 3)
    h = x.flatten(1)
    wanted = critic.score(h).squeeze(1) + (critic.embedding.weight[LABELS] * h).sum(1)
    torch.testing.assert_close(critic(x, LABELS), wanted)


def test_the_stem_sees_both_latent_and_label():
    stem, z = LatentAndLabel(5, 2, (3, 2, 2)), torch.zeros(2, 5)
    same_z = stem(z, torch.tensor([0, 1]))
    assert same_z.shape == (2, 3, 2, 2)
    assert not torch.equal(same_z[0], same_z[1])
    other_z = stem(torch.randn(2, 5), torch.tensor([0, 0]))
    assert not torch.equal(other_z[0], other_z[1])


def test_blocks_run_one_after_another_with_the_labels():
    net = ConditionalSequential(Unconditional(nn.Flatten()), Unconditional(nn.ReLU()))
    assert net(torch.full((4, 1, 2), -1.0), LABELS).tolist() == [[0.0, 0.0]] * 4


@pytest.mark.parametrize(("kernel", "stride", "side"), [(3, 1, 8), (4, 2, 4), (5, 1, 8)])
def test_a_convolution_keeps_the_size_or_halves_it(kernel, stride, side):
    layer = sn_conv(2, 4, kernel, stride)
    assert layer(torch.zeros(1, 2, 8, 8)).shape == (1, 4, side, side)


def test_spectral_norm_bounds_the_largest_singular_value():
    layer = sn_conv(3, 8, 3, 1)
    for _ in range(50):  # one power iteration per call in training mode
        layer(torch.zeros(1, 3, 4, 4))
    norm = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
    assert norm.item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("side", Cgan.sizes)
@pytest.mark.parametrize("channels", [1, 3])
def test_cgan_draws_and_judges_every_size_that_it_states(side, channels):
    pair = Cgan(latent_dim=4, channels=2)
    with torch.no_grad():
        x = pair.generator(code(side, channels), 2)(torch.randn(4, 4), LABELS)
        d = pair.critic(code(side, channels), 2, 10)(x, LABELS)
    assert x.shape == (4, channels, side, side)
    assert x.abs().max() <= 1
    assert d.shape == (4,)


@pytest.mark.parametrize("wrong", [{"latent_dim": 0}, {"channels": 0}])
def test_a_network_of_no_size_is_refused(wrong):
    with pytest.raises(ValueError, match="at least 1"):
        Cgan(**{"latent_dim": 4, "channels": 2, **wrong})
