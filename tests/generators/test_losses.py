"""Adversarial losses against their formulas, by hand-computed values."""

from __future__ import annotations

from math import exp, log

import pytest
import torch

from synthlift.generators.losses import Hinge, LeastSquares, Minimax, NonSaturating, Wasserstein

LOSSES = [
    Hinge(),
    Minimax(0.0),
    Minimax(0.1),
    NonSaturating(0.0),
    NonSaturating(0.1),
    LeastSquares(0.0),
    LeastSquares(0.1),
    Wasserstein(),
]


def scores(*values):
    return torch.tensor(values, requires_grad=True)


def softplus(x):
    return log(1 + exp(x))


def logistic(x):
    return 1 / (1 + exp(-x))


def test_hinge_is_zero_where_the_critic_is_sure_and_right():
    assert Hinge().critic(scores(1.0, 3.0), scores(-1.0, -2.0)).item() == 0


def test_hinge_follows_lim_and_ye():
    real, fake = scores(0.5, 2.0, -1.0), scores(0.5, -3.0)
    assert Hinge().critic(real, fake).item() == pytest.approx((0.5 + 0 + 2) / 3 + (1.5 + 0) / 2)
    assert Hinge().generator(fake).item() == pytest.approx(1.25)


@pytest.mark.parametrize("loss", [NonSaturating(0.0), Minimax(0.0)])
def test_the_critic_of_the_textbook_lowers_cross_entropy_on_logits(loss):
    real, fake = scores(0.0, 2.0), scores(-1.0)
    expected = (softplus(0.0) + softplus(-2.0)) / 2 + softplus(-1.0)
    assert loss.critic(real, fake).item() == pytest.approx(expected)


def test_the_non_saturating_generator_raises_the_log_probability_of_real():
    assert NonSaturating(0.0).generator(scores(-1.0)).item() == pytest.approx(softplus(1.0))


def test_the_minimax_generator_lowers_the_log_probability_of_fake():
    fake = scores(-1.0, 3.0)
    expected = (log(1 - logistic(-1.0)) + log(1 - logistic(3.0))) / 2
    assert Minimax(0.0).generator(fake).item() == pytest.approx(expected)


def test_only_minimax_saturates_where_the_critic_is_sure():
    sure = scores(-20.0)
    slopes = [
        torch.autograd.grad(loss.generator(sure), sure)[0].abs().item()
        for loss in (Minimax(0.0), NonSaturating(0.0))
    ]
    assert slopes[0] < 1e-8
    assert slopes[1] == pytest.approx(1)


@pytest.mark.parametrize("loss", [NonSaturating(0.1), Minimax(0.1)])
def test_smoothing_moves_the_target_of_real_samples_alone(loss):
    real, fake = scores(0.0, 2.0), scores(-1.0)
    on_real = [-0.9 * log(logistic(d)) - 0.1 * log(1 - logistic(d)) for d in (0.0, 2.0)]
    assert loss.critic(real, fake).item() == pytest.approx(sum(on_real) / 2 + softplus(-1.0))
    assert torch.equal(loss.generator(fake), type(loss)(0.0).generator(fake))


@pytest.mark.parametrize("loss", [NonSaturating(0.1), Minimax(0.1)])
def test_a_smoothed_critic_is_best_at_odds_of_nine_to_one(loss):
    best = scores(log(0.9 / 0.1))
    (slope,) = torch.autograd.grad(loss.critic(best, scores(0.0)), best)
    assert slope.item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("extreme", [-200.0, 200.0])
@pytest.mark.parametrize("loss", LOSSES)
def test_extreme_scores_give_no_infinity(loss, extreme):
    both = scores(extreme), scores(extreme)
    assert loss.critic(*both).isfinite()
    assert loss.generator(both[1]).isfinite()


def test_least_squares_follows_mao_et_al():
    real, fake = scores(1.0, 3.0), scores(-1.0, 0.5)
    expected = (0 + 4) / 2 / 2 + (1 + 0.25) / 2 / 2
    assert LeastSquares(0.0).critic(real, fake).item() == pytest.approx(expected)
    assert LeastSquares(0.0).generator(fake).item() == pytest.approx((4 + 0.25) / 2 / 2)


def test_smoothed_least_squares_aim_at_the_lower_target():
    loss = LeastSquares(0.1)
    assert loss.critic(scores(0.9), scores(0.0)).item() == 0
    assert loss.generator(scores(0.9)).item() == 0
    assert loss.critic(scores(1.0), scores(0.0)).item() == pytest.approx(0.01 / 2)


def test_wasserstein_is_the_difference_of_the_means():
    real, fake = scores(1.0, 4.0), scores(-1.0, 0.0, 4.0)
    assert Wasserstein().critic(real, fake).item() == pytest.approx(1.0 - 2.5)
    assert Wasserstein().generator(fake).item() == pytest.approx(-1.0)


def test_scores_without_a_zero_are_parted_in_the_middle_of_their_means():
    assert Wasserstein().threshold(scores(9.0, 11.0), scores(5.0, 7.0)).item() == 8


def test_logits_are_parted_at_zero_and_targets_in_their_middle():
    either = scores(0.0)
    for loss in (Hinge(), NonSaturating(0.0), Minimax(0.0)):
        assert loss.threshold(either, either) == 0
    assert LeastSquares(0.0).threshold(either, either) == 0.5


@pytest.mark.parametrize("loss", [NonSaturating(0.2), Minimax(0.2), LeastSquares(0.2)])
def test_the_threshold_is_the_best_score_where_real_and_fake_are_equally_dense(loss):
    """One score for both, so that its critic has seen as many real ones there as fake ones."""
    at = scores(float(loss.threshold(scores(0.0), scores(0.0))))
    (slope,) = torch.autograd.grad(loss.critic(at, at), at)
    assert slope.item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_generator_and_the_critic_pull_the_fake_scores_apart(loss):
    fake = scores(0.1, 0.5)
    (up,) = torch.autograd.grad(loss.generator(fake), fake)
    (down,) = torch.autograd.grad(loss.critic(scores(0.0), fake), fake)
    assert (up < 0).all()
    assert (down > 0).all()


@pytest.mark.parametrize("loss", [NonSaturating, Minimax, LeastSquares])
@pytest.mark.parametrize("smoothing", [-0.1, 0.5, 1.0])
def test_a_smoothing_out_of_range_is_refused(loss, smoothing):
    with pytest.raises(ValueError, match=rf"generator\.loss\.smoothing.*{smoothing}.*as 0\.9"):
        loss(smoothing)
