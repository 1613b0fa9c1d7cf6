"""Losses, penalties, optimisers and the moving average against their closed forms."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from synthlift.generators.ema import Ema
from synthlift.generators.losses import Hinge, NonSaturating, Wasserstein
from synthlift.generators.optimizers import Adam
from synthlift.generators.penalties import R1, GradientPenalty, NoPenalty


def scores(*values):
    return torch.tensor(values, requires_grad=True)


def test_hinge_is_zero_where_the_critic_is_sure_and_right():
    assert Hinge().critic(scores(1.0, 3.0), scores(-1.0, -2.0)).item() == 0


def test_hinge_follows_lim_and_ye():
    real, fake = scores(0.5, 2.0, -1.0), scores(0.5, -3.0)
    assert Hinge().critic(real, fake).item() == pytest.approx((0.5 + 0 + 2) / 3 + (1.5 + 0) / 2)
    assert Hinge().generator(fake).item() == pytest.approx(1.25)


def test_non_saturating_is_cross_entropy_on_logits():
    real, fake = scores(0.0, 2.0), scores(-1.0)
    right = [math.log(1 + math.exp(-d)) for d in (0.0, 2.0)]
    expected = sum(right) / 2 + math.log(1 + math.exp(-1.0))
    assert NonSaturating().critic(real, fake).item() == pytest.approx(expected)
    assert NonSaturating().generator(fake).item() == pytest.approx(math.log(1 + math.e))


def test_wasserstein_is_the_difference_of_the_means():
    real, fake = scores(1.0, 4.0), scores(-1.0, 0.0, 4.0)
    assert Wasserstein().critic(real, fake).item() == pytest.approx(1.0 - 2.5)
    assert Wasserstein().generator(fake).item() == pytest.approx(-1.0)


def test_scores_without_a_zero_are_parted_in_the_middle_of_their_means():
    real, fake = scores(9.0, 11.0), scores(5.0, 7.0)
    assert Wasserstein().threshold(real, fake).item() == 8
    assert Hinge().threshold(real, fake) == NonSaturating().threshold(real, fake) == 0


@pytest.mark.parametrize("loss", [Hinge(), NonSaturating(), Wasserstein()])
def test_the_generator_and_the_critic_pull_the_fake_scores_apart(loss):
    fake = scores(0.0, 0.5)
    (up,) = torch.autograd.grad(loss.generator(fake), fake)
    (down,) = torch.autograd.grad(loss.critic(scores(0.0), fake), fake)
    assert (up < 0).all()
    assert (down > 0).all()


class Slope(nn.Module):
    """A critic with a gradient that is known: D(x) = w . x + label."""

    def __init__(self, w):
        super().__init__()
        self.w = nn.Parameter(w)

    def forward(self, x, labels):
        return (x * self.w).flatten(1).sum(1) + labels


def test_r1_of_a_linear_critic_is_its_squared_slope():
    w = torch.linspace(-1, 1, 16).reshape(1, 4, 4)
    real, labels = torch.rand(5, 1, 4, 4), torch.zeros(5)
    penalty = R1(weight=0.3, every=4)(Slope(w), real, real, labels, 0)
    gamma = 0.3 * 16 / 5
    assert penalty.item() == pytest.approx(4 * gamma / 2 * w.square().sum().item(), rel=1e-6)


def test_r1_reaches_the_weights_of_the_critic():
    critic = Slope(torch.ones(1, 2, 2))
    real = torch.rand(3, 1, 2, 2)
    R1(1.0, 1)(critic, real, real, torch.zeros(3), 7).backward()
    assert (critic.w.grad > 0).all()


@pytest.mark.parametrize("penalty", [R1(1.0, 3), GradientPenalty(1.0, 3)])
def test_a_lazy_penalty_falls_due_at_every_so_many_steps(penalty):
    rows = torch.rand(2, 1, 1, 1)
    due = [penalty(Slope(torch.ones(1)), rows, rows, torch.zeros(2), s) for s in range(7)]
    assert [penalty is not None for penalty in due] == [
        True,
        False,
        False,
        True,
        False,
        False,
        True,
    ]


def test_no_penalty_is_none():
    assert NoPenalty()(nn.Identity(), torch.zeros(1), torch.zeros(1), torch.zeros(1), 0) is None


def test_r1_counts_the_width_of_a_table_as_its_pixels():
    w, real = torch.ones(6), torch.rand(3, 6)
    penalty = R1(weight=0.5, every=1)(Slope(w), real, real, torch.zeros(3), 0)
    assert penalty.item() == pytest.approx(0.5 * 6 / 3 / 2 * 6)


@pytest.mark.parametrize("shape", [(4,), (1, 2, 2)])
def test_the_gradient_penalty_of_a_linear_critic_is_that_of_its_slope(shape):
    w = torch.full(shape, 1.5)  # of length 3
    real, fake = torch.rand(5, *shape), torch.rand(5, *shape)
    penalty = GradientPenalty(weight=10.0, every=2)(Slope(w), real, fake, torch.zeros(5), 0)
    assert penalty.item() == pytest.approx(2 * 10 * (3 - 1) ** 2, rel=1e-5)


class Square(nn.Module):
    """D(x) = x^2 / 2, whose slope is x itself: it shows where the penalty looks."""

    def forward(self, x, condition):
        self.seen = x.detach()
        return x.square().sum(1) / 2


def test_the_gradient_penalty_looks_between_fake_and_real():
    critic, real, fake = Square(), torch.full((500, 1), 3.0), torch.full((500, 1), -1.0)
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        penalty = GradientPenalty(1.0, 1)(critic, real, fake, torch.zeros(500), 0)
    assert critic.seen.min() >= -1
    assert critic.seen.max() <= 3
    assert critic.seen.mean().item() == pytest.approx(1, abs=0.2)
    assert penalty.item() == pytest.approx((critic.seen.abs() - 1).square().mean().item())


class Pairs(nn.Module):
    """Judges two rows together: D(a, b) = 3 a + 4 b."""

    def forward(self, x, condition):
        return 3 * x[::2, 0] + 4 * x[1::2, 0]


def test_the_gradient_of_a_pack_is_that_of_all_its_rows():
    rows = torch.rand(6, 1)
    penalty = GradientPenalty(1.0, 1)(Pairs(), rows, rows, torch.zeros(6), 0)
    assert penalty.item() == pytest.approx((5 - 1) ** 2, rel=1e-5)
    penalty = R1(weight=6.0, every=1)(Pairs(), rows, rows, torch.zeros(6), 0)
    assert penalty.item() == pytest.approx(1 / 2 * 5**2)


def one_weight(value):
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, value)
    return layer


def test_a_weight_counts_half_after_the_half_life():
    average, current = one_weight(1.0), one_weight(0.0)
    for step in range(1000, 1010):  # so late that the ramp has ended
        Ema(half_life=10, ramp=0.5).update([average.weight], [current.weight], step)
    assert average.weight.item() == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize("step", [1, 20, 100])
def test_the_ramp_keeps_the_half_life_a_share_of_the_steps_so_far(step):
    average = one_weight(1.0)
    Ema(half_life=500, ramp=0.05).update([average.weight], [one_weight(0.0).weight], step)
    assert average.weight.item() == pytest.approx(0.5 ** (1 / (0.05 * step)), rel=1e-4)


def test_the_average_moves_and_the_current_weights_stay():
    average, current = one_weight(1.0), one_weight(3.0)
    Ema(5, 1.0).update([average.weight], [current.weight], 100)
    assert 1 < average.weight.item() < 3
    assert current.weight.item() == 3
    assert average.weight.grad is None


def test_adam_has_the_rate_and_the_betas_that_were_asked_for():
    (group,) = Adam(0.02, (0.1, 0.9)).build(one_weight(1.0).parameters()).param_groups
    assert (group["lr"], group["betas"]) == (0.02, (0.1, 0.9))


def test_the_first_step_of_adam_is_its_rate_long():
    layer = one_weight(1.0)
    optimizer = Adam(0.02, (0.0, 0.9)).build(layer.parameters())
    (layer.weight * 7).sum().backward()
    optimizer.step()
    assert layer.weight.item() == pytest.approx(0.98, rel=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Adam(0.0, (0.0, 0.9)),
        lambda: Adam(0.1, (0.0, 1.0)),
        lambda: Adam(0.1, (0.9,)),
        lambda: R1(-1.0, 1),
        lambda: R1(1.0, 0),
        lambda: GradientPenalty(-1.0, 1),
        lambda: GradientPenalty(10.0, 0),
        lambda: Ema(0, 0.5),
        lambda: Ema(1, 0.0),
        lambda: Ema(1, 1.5),
    ],
)
def test_a_value_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match="generator"):
        wrong()
