"""The textbook networks of images: conv, dcgan, acgan."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn.functional import log_softmax

from synthlift.core.schema import Code, Column, ImageSchema, Span, TableSchema
from synthlift.generators.acgan import Acgan
from synthlift.generators.auxiliary import AuxiliaryCritic, ClassCost
from synthlift.generators.conv import Conv
from synthlift.generators.dcgan import Dcgan
from synthlift.generators.images import CRITIC_NORMS
from synthlift.generators.label_strength import LabelStrength
from synthlift.generators.stacks import falling

CONV = Conv(latent_dim=4, embedding_dim=3, channels=2, dropout=0.3)
DCGAN = Dcgan(latent_dim=4, embedding_dim=3, channels=2, critic_norm="batch")
ACGAN = Acgan(
    latent_dim=4, embedding_dim=3, channels=2, critic_norm="batch", dropout=0.5, class_weight=1.0
)
PAIRS = [pytest.param(pair, id=type(pair).__name__) for pair in (CONV, DCGAN, ACGAN)]
SIZES = [
    pytest.param(pair, size, id=f"{type(pair).__name__}-{size}")
    for pair in (CONV, DCGAN, ACGAN)
    for size in pair.sizes
]
LABELS = torch.tensor([0, 1, 1, 0])


def code(side, channels=1):
    return Code((channels, side, side), (Span(0, channels * side * side, "tanh"),))


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        yield


@pytest.mark.parametrize(("pair", "side"), SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_it_draws_and_judges_every_size_that_it_states(pair, side, channels):
    with torch.no_grad():
        x = pair.generator(code(side, channels), 2)(torch.randn(4, 4), LABELS)
        critic = pair.critic(code(side, channels), 2, 10)
        judged = critic.judge(torch.cat([x, x]), torch.cat([LABELS, LABELS]))
        scores = critic(x, LABELS)
    assert x.shape == (4, channels, side, side)
    assert x.abs().max() <= 1
    assert x.std() > 0
    assert scores.shape == judged.real.shape == judged.fake.shape == (4,)


@pytest.mark.parametrize("pair", PAIRS)
def test_one_class_and_a_batch_of_two_are_enough(pair):
    of = code(pair.sizes[0])
    generator, critic = pair.generator(of, 1), pair.critic(of, 1, 1)
    labels = torch.zeros(2, dtype=torch.long)
    x = generator(torch.randn(2, 4), labels)
    judged = critic.judge(torch.cat([x.detach(), x]), torch.cat([labels, labels]))
    cost = judged.fake.sum() + (0 if judged.generator_cost is None else judged.generator_cost)
    cost.backward(inputs=list(generator.parameters()))
    assert all(p.grad.isfinite().all() for p in generator.parameters())


def test_the_sizes_are_multiples_of_four_or_powers_of_two():
    assert Conv.sizes == (8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64)
    assert Dcgan.sizes == (16, 32, 64, 128)


# layers


def layers_of(network, kind):
    return [layer for layer in network.modules() if isinstance(layer, kind)]


def test_conv_has_the_layers_of_the_tutorial():
    pair = Conv(latent_dim=100, embedding_dim=50, channels=64, dropout=0.3)
    generator = pair.generator(code(28), 10)
    (dense,) = layers_of(generator, nn.Linear)
    assert dense.weight.shape == (7 * 7 * 256, 150)
    up = [
        (c.in_channels, c.out_channels, *c.stride) for c in layers_of(generator, nn.ConvTranspose2d)
    ]
    assert up == [(256, 128, 1, 1), (128, 64, 2, 2), (64, 1, 2, 2)]
    critic = pair.critic(code(28), 10, 200)
    down = [(c.in_channels, c.out_channels, *c.stride) for c in layers_of(critic, nn.Conv2d)]
    assert down == [(2, 64, 2, 2), (64, 128, 2, 2)]
    assert {d.p for d in layers_of(critic, nn.Dropout)} == {0.3}
    assert {a.negative_slope for a in layers_of(critic, nn.LeakyReLU)} == {0.3}


def test_dcgan_at_64_pixels_has_as_many_weights_as_the_closed_form():
    pair = Dcgan(latent_dim=100, embedding_dim=50, channels=64, critic_norm="batch")
    generator, critic = pair.generator(code(64, 3), 10), pair.critic(code(64, 3), 10, 200)
    kernels = 16 * (150 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3)
    norms, entry = 2 * (512 + 256 + 128 + 64), 10 * 50
    assert count(generator) == kernels + norms + entry
    kernels = 16 * (4 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 1)
    norms, entry = 2 * (128 + 256 + 512), 10 * 64 * 64
    assert count(critic) == kernels + norms + entry


def count(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(("side", "widths"), [(16, [16, 8]), (128, [128, 64, 32, 16, 8])])
def test_dcgan_has_a_layer_for_every_doubling_from_4x4_on(side, widths):
    pair = Dcgan(latent_dim=4, embedding_dim=3, channels=8, critic_norm="batch")
    generator, critic = pair.generator(code(side), 2), pair.critic(code(side), 2, 10)
    assert [c.out_channels for c in layers_of(generator, nn.ConvTranspose2d)] == [*widths, 1]
    assert [c.out_channels for c in layers_of(critic, nn.Conv2d)] == [*widths[::-1], 1]


def test_weights_of_the_strided_stacks_are_drawn_as_the_paper_says():
    pair = Dcgan(latent_dim=100, embedding_dim=50, channels=64, critic_norm="batch")
    for network in (pair.generator(code(32), 10), pair.critic(code(32), 10, 200)):
        for layer in layers_of(network, nn.Conv2d | nn.ConvTranspose2d):
            assert layer.weight.std().item() == pytest.approx(0.02, rel=0.15)
            assert abs(layer.weight.mean().item()) < 0.002
        for norm in layers_of(network, nn.BatchNorm2d):
            assert norm.weight.mean().item() == pytest.approx(1, abs=0.01)
            assert norm.weight.std().item() == pytest.approx(0.02, rel=0.3)
            assert not norm.bias.any()


def test_weights_of_conv_are_uniform_as_glorot_and_bengio_say():
    pair = Conv(latent_dim=100, embedding_dim=50, channels=64, dropout=0.3)
    (dense,) = layers_of(pair.generator(code(8), 10), nn.Linear)
    assert dense.weight.abs().max().item() == pytest.approx(math.sqrt(6 / (150 + 1024)), rel=0.01)
    first, _ = layers_of(pair.critic(code(8), 10, 200), nn.Conv2d)
    assert first.weight.abs().max().item() == pytest.approx(
        math.sqrt(6 / (25 * (2 + 64))), rel=0.01
    )
    assert not first.bias.any()


@pytest.mark.parametrize("pair", PAIRS)
def test_no_layer_has_a_bias_before_a_batch_norm(pair):
    of = code(pair.sizes[-1])
    for network in (pair.generator(of, 2), pair.critic(of, 2, 10)):
        leaves = [m for m in network.modules() if not list(m.children())]
        for layer, after in pairwise(leaves):
            if isinstance(after, nn.BatchNorm1d | nn.BatchNorm2d):
                assert layer.bias is None


@pytest.mark.parametrize("norm", CRITIC_NORMS)
def test_a_strided_critic_has_the_norm_that_was_asked_for_from_its_second_map_on(norm):
    stack = falling(1, 4, 3, norm)
    found = {
        "batch": len(layers_of(stack, nn.BatchNorm2d)),
        "layer": len(layers_of(stack, nn.GroupNorm)),
        "spectral": sum(hasattr(c, "parametrizations") for c in layers_of(stack, nn.Conv2d)),
    }
    wanted = {"batch": 2, "layer": 2, "spectral": 3}
    assert found == {name: n if name == norm else 0 for name, n in wanted.items()}
    assert all(
        (c.bias is None) == (norm in ("batch", "layer")) for c in layers_of(stack, nn.Conv2d)
    )


def test_layer_norm_mixes_no_samples():
    critic = Dcgan(latent_dim=4, embedding_dim=3, channels=2, critic_norm="layer").critic(
        code(16), 2, 10
    )
    x = torch.randn(4, 1, 16, 16)
    torch.testing.assert_close(critic(x, LABELS)[:2], critic(x[:2], LABELS[:2]))


# labels


@pytest.mark.parametrize("pair", PAIRS)
def test_the_label_changes_what_is_drawn_from_the_same_noise(pair):
    generator = pair.generator(code(16), 2).eval()
    z = torch.randn(1, 4).expand(2, 4)
    zero, one = generator(z, torch.tensor([0, 1]))
    assert not torch.equal(zero, one)


@pytest.mark.parametrize("pair", [CONV, DCGAN], ids=["Conv", "Dcgan"])
def test_the_label_changes_the_score_of_the_same_image(pair):
    critic = pair.critic(code(16), 2, 10).eval()
    x = torch.randn(1, 1, 16, 16).expand(2, 1, 16, 16)
    zero, one = critic(x, torch.tensor([0, 1]))
    assert zero != one


def test_the_critic_of_acgan_is_shown_no_label():
    critic = ACGAN.critic(code(16), 2, 10).eval()
    x = torch.randn(4, 1, 16, 16)
    assert torch.equal(critic(x, LABELS), critic(x, 1 - LABELS))


@pytest.mark.parametrize("pair", PAIRS)
def test_labels_that_are_not_shown_change_nothing(pair):
    generator, critic = pair.generator(code(16), 2).eval(), pair.critic(code(16), 2, 10).eval()
    shown = LabelStrength()
    shown.start(generator, critic)
    shown.value = 0.0
    z, x = torch.randn(4, 4), torch.randn(8, 1, 16, 16)
    assert torch.equal(generator(z, LABELS), generator(z, 1 - LABELS))
    said, other = (critic.judge(x, torch.cat([y, y])) for y in (LABELS, 1 - LABELS))
    assert torch.equal(said.real, other.real)
    assert torch.equal(said.fake, other.fake)
    assert not said.critic_cost
    assert not said.generator_cost


# judging


@pytest.mark.parametrize("pair", [DCGAN, ACGAN], ids=["Dcgan", "Acgan"])
def test_with_batch_norm_the_scores_of_real_samples_do_not_depend_on_the_fake_ones(pair):
    critic = pair.critic(code(16), 2, 10)
    for dropout in layers_of(critic, nn.Dropout):
        dropout.p = 0.0
    real, condition = torch.randn(4, 1, 16, 16), torch.cat([LABELS, LABELS])
    seen = [torch.cat([real, fake]) for fake in (torch.randn(4, 1, 16, 16), torch.ones_like(real))]
    first, other = (critic.judge(x, condition) for x in seen)
    assert torch.equal(first.real, other.real)
    assert not torch.equal(first.fake, other.fake)


def test_acgan_costs_the_critic_the_classes_of_real_samples_and_the_generator_those_of_fake_ones():
    critic = AuxiliaryCritic(nn.Flatten(), width=4, n_classes=3, class_weight=0.5)
    with torch.no_grad():
        critic.logits.weight.copy_(torch.eye(3, 4))
        critic.logits.bias.zero_()
    real, fake = torch.tensor([[2.0, 0, 0, 9], [0, 1, 0, 9]]), torch.tensor([[0.0, 0, 3, 9]] * 2)
    labels = torch.tensor([0, 2, 2, 1])
    judged = critic.judge(torch.cat([real, fake])[:, None, None], labels)
    of_real = (math.log(math.exp(2) + 2) - 2 + math.log(math.e + 2)) / 2
    of_fake = (math.log(math.exp(3) + 2) - 3 + math.log(math.exp(3) + 2)) / 2
    assert judged.generator_cost.item() == pytest.approx(0.5 * of_fake)
    assert judged.critic_cost.item() == pytest.approx(0.5 * of_real)


def test_the_class_cost_is_that_of_the_formula():
    logits, labels = torch.randn(6, 4), torch.tensor([0, 1, 2, 3, 0, 1])
    wanted = -2 * log_softmax(logits, 1)[torch.arange(6), labels].mean()
    torch.testing.assert_close(ClassCost(2.0)(logits, labels), wanted)


# bad input


@pytest.mark.parametrize("pair", PAIRS)
def test_tables_are_refused_and_images_are_not(pair):
    assert pair.check(ImageSchema(3, 64, 64, ("a",))) is None
    assert "table_gan" in pair.check(TableSchema((Column("x", "numeric"),), ("a", "b")))


@pytest.mark.parametrize(
    ("recipe", "wrong", "said"),
    [
        (CONV, {"channels": 0}, "channels is at least 1, not 0"),
        (DCGAN, {"embedding_dim": 0}, "embedding_dim is at least 1, not 0"),
        (ACGAN, {"latent_dim": -1}, "latent_dim is at least 1, not -1"),
        (CONV, {"dropout": 1.0}, "dropout lies in"),
        (DCGAN, {"critic_norm": "instance"}, "batch, layer, spectral, none, not 'instance'"),
        (ACGAN, {"class_weight": 0.0}, "above 0"),
    ],
)
def test_numbers_that_make_no_network_are_refused(recipe, wrong, said):
    with pytest.raises(ValueError, match=said):
        replace(recipe, **wrong)
