"""Penalties of the critic against their formulas, on critics whose slope is known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from synthlift.generators.penalties import R1, Dragan, GradientPenalty, LeCam, NoPenalty, Seen


class Slope(nn.Module):
    """A critic with a gradient that is known: D(x) = w . x + label."""

    def __init__(self, w):
        super().__init__()
        self.w = nn.Parameter(w)

    def forward(self, x, labels):
        return (x * self.w).flatten(1).sum(1) + labels


class Square(nn.Module):
    """D(x) = x^2 / 2, whose slope is x itself: it shows where a penalty looks."""

    def forward(self, x, condition):
        self.seen = x.detach()
        return x.square().sum(1) / 2


class Pairs(nn.Module):
    """Judges two rows together: D(a, b) = 3 a + 4 b."""

    def forward(self, x, condition):
        return 3 * x[::2, 0] + 4 * x[1::2, 0]


def shown(real, fake=None, d_real=None, d_fake=None):
    """What a critic saw, and what it said where that matters."""
    nothing = torch.zeros(len(real))
    return Seen(
        real,
        real if fake is None else fake,
        nothing,
        nothing if d_real is None else d_real,
        nothing if d_fake is None else d_fake,
    )


def said(real, fake):
    """The same of scores alone."""
    d_real, d_fake = (torch.tensor(d, requires_grad=True) for d in (real, fake))
    return shown(torch.zeros(len(real), 1), None, d_real, d_fake)


@pytest.fixture(autouse=True)
def own_random_state():
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        yield


def test_r1_of_a_linear_critic_is_its_squared_slope():
    w = torch.linspace(-1, 1, 16).reshape(1, 4, 4)
    penalty = R1(weight=0.3, every=4).start()(Slope(w), shown(torch.rand(5, 1, 4, 4)), 0)
    gamma = 0.3 * 16 / 5
    assert penalty.item() == pytest.approx(4 * gamma / 2 * w.square().sum().item(), rel=1e-6)


def test_r1_counts_the_width_of_a_table_as_its_pixels():
    penalty = R1(weight=0.5, every=1).start()(Slope(torch.ones(6)), shown(torch.rand(3, 6)), 0)
    assert penalty.item() == pytest.approx(0.5 * 6 / 3 / 2 * 6)


@pytest.mark.parametrize("recipe", [R1(1.0, 1), GradientPenalty(1.0, 1), Dragan(1.0, 0.5, 1)])
def test_a_bound_of_the_slope_reaches_the_weights_of_the_critic(recipe):
    critic = Slope(torch.full((1, 2, 2), 2.0))  # steeper than 1
    recipe.start()(critic, shown(torch.rand(3, 1, 2, 2)), 7).backward()
    assert (critic.w.grad > 0).all()


@pytest.mark.parametrize("recipe", [R1(1.0, 3), GradientPenalty(1.0, 3), Dragan(1.0, 0.5, 3)])
def test_a_lazy_penalty_falls_due_at_every_so_many_steps(recipe):
    penalty, rows = recipe.start(), shown(torch.rand(2, 1, 1, 1))
    due = [penalty(Slope(torch.ones(1)), rows, step) is not None for step in range(7)]
    assert due == [True, False, False, True, False, False, True]


@pytest.mark.parametrize("shape", [(4,), (1, 2, 2)])
@pytest.mark.parametrize("recipe", [GradientPenalty(10.0, 2), Dragan(10.0, 0.5, 2)])
def test_a_slope_of_one_is_wanted_wherever_it_looks(recipe, shape):
    critic = Slope(torch.full(shape, 1.5))  # of length 3
    penalty = recipe.start()(critic, shown(torch.rand(5, *shape), torch.rand(5, *shape)), 0)
    assert penalty.item() == pytest.approx(2 * 10 * (3 - 1) ** 2, rel=1e-5)


def test_the_gradient_penalty_looks_between_fake_and_real():
    critic, real, fake = Square(), torch.full((500, 1), 3.0), torch.full((500, 1), -1.0)
    penalty = GradientPenalty(1.0, 1).start()(critic, shown(real, fake), 0)
    assert critic.seen.min() >= -1
    assert critic.seen.max() <= 3
    assert critic.seen.mean().item() == pytest.approx(1, abs=0.2)
    assert penalty.item() == pytest.approx((critic.seen.abs() - 1).square().mean().item())


def test_dragan_looks_around_real_samples_as_far_as_they_spread():
    critic, real = Square(), torch.tensor([[5.0], [9.0]]).repeat(2000, 1)
    penalty = Dragan(1.0, 0.5, 1).start()(critic, shown(real, torch.full_like(real, -99)), 0)
    away = critic.seen - real
    assert away.mean().item() == pytest.approx(0, abs=0.05)
    assert away.std().item() == pytest.approx(0.5 * real.std().item(), rel=0.05)
    assert penalty.item() == pytest.approx((critic.seen.abs() - 1).square().mean().item())


def test_the_gradient_of_a_pack_is_that_of_all_its_rows():
    rows = shown(torch.rand(6, 1))
    for recipe in (GradientPenalty(1.0, 1), Dragan(1.0, 0.5, 1)):
        assert recipe.start()(Pairs(), rows, 0).item() == pytest.approx((5 - 1) ** 2, rel=1e-5)
    assert R1(weight=6.0, every=1).start()(Pairs(), rows, 0).item() == pytest.approx(1 / 2 * 5**2)


@pytest.mark.parametrize("recipe", [R1(1.0, 1), GradientPenalty(1.0, 1), Dragan(1.0, 0.5, 1)])
def test_a_bound_of_the_slope_is_in_full_precision(recipe):
    critic, rows = nn.Linear(4, 1), shown(torch.rand(3, 4).bfloat16())
    with torch.autocast("cpu", torch.bfloat16):
        penalty = recipe.start()(lambda x, condition: critic(x).squeeze(1), rows, 0)
    assert penalty.dtype == torch.float32


def test_lecam_draws_each_side_to_the_mean_of_the_other():
    seen = said([1.0, 3.0], [-1.0, 0.0])  # at the first step the averages are 2 and -.5
    penalty = LeCam(weight=0.3, decay=0.5).start()(nn.Identity(), seen, 0)
    on_real, on_fake = (1.5**2 + 3.5**2) / 2, (3.0**2 + 2.0**2) / 2
    assert penalty.item() == pytest.approx(0.3 * (on_real + on_fake))
    penalty.backward()
    assert (seen.d_real.grad > 0).all(), "real scores are drawn down"
    assert (seen.d_fake.grad < 0).all(), "fake scores are drawn up"


def test_lecam_remembers_the_scores_of_earlier_steps():
    penalty = LeCam(weight=1.0, decay=0.5).start()
    penalty(nn.Identity(), said([2.0], [0.0]), 0)
    second = penalty(nn.Identity(), said([5.0], [3.0]), 1)
    real, fake = (0.25 * 2 + 0.5 * 5) / 0.75, (0.25 * 0 + 0.5 * 3) / 0.75
    assert second.item() == pytest.approx((5 - fake) ** 2 + (3 - real) ** 2)


def test_lecam_goes_on_from_a_state_that_was_stored():
    steps = [said([float(i)], [-float(i)]) for i in range(4)]
    whole, first, second = (LeCam(1.0, 0.9).start() for _ in range(3))
    expected = [whole(nn.Identity(), seen, i).item() for i, seen in enumerate(steps)]
    found = [first(nn.Identity(), seen, i).item() for i, seen in enumerate(steps[:2])]
    second.load_state_dict(first.state_dict())
    found += [second(nn.Identity(), seen, i).item() for i, seen in enumerate(steps[2:], 2)]
    assert found == expected


def test_lecam_reads_nothing_back_from_the_device():
    """On the meta device a number that is read is an error."""
    with torch.device("meta"):
        scores = torch.zeros(3)
        rows = Seen(scores, scores, scores, scores, scores)
        assert LeCam(0.3, 0.99).start()(nn.Identity(), rows, 5).shape == ()


def test_no_penalty_is_none():
    assert NoPenalty().start()(nn.Identity(), shown(torch.zeros(1, 1)), 0) is None


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: R1(-1.0, 1), "weight is at least 0, not -1.0; .*penalty=none"),
        (lambda: R1(1.0, 0), "every is at least 1, not 0"),
        (lambda: GradientPenalty(-1.0, 1), "weight"),
        (lambda: GradientPenalty(10.0, 0), "every"),
        (lambda: Dragan(-1.0, 0.5, 1), "weight"),
        (lambda: Dragan(1.0, 0.0, 1), "spread is above 0, not 0.0"),
        (lambda: Dragan(1.0, 0.5, 0), "every"),
        (lambda: LeCam(-0.1, 0.9), "weight"),
        (lambda: LeCam(0.1, 1.0), r"decay lies in \[0, 1\), not 1.0"),
    ],
)
def test_a_value_out_of_range_is_refused(make, said):
    with pytest.raises(ValueError, match=rf"generator\.penalty\.{said}"):
        make()
