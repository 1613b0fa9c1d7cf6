"""Optimisers by recipe: their first steps by hand, and what they refuse."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from synthlift.generators.optimizers import Adam, RMSprop, Sgd


def one_weight(value=1.0):
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, value)
    return layer


def weights_after(recipe, *slopes):
    """The weight, 1 at first, after each step down these slopes."""
    layer = one_weight()
    optimizer, seen = recipe.build(layer.parameters()), []
    for slope in slopes:
        optimizer.zero_grad()
        (layer.weight * slope).sum().backward()
        optimizer.step()
        seen.append(layer.weight.item())
    return seen


def test_adam_has_the_rate_and_the_betas_that_were_asked_for():
    (group,) = Adam(0.02, (0.1, 0.9)).build(one_weight().parameters()).param_groups
    assert (group["lr"], group["betas"]) == (0.02, (0.1, 0.9))


def test_the_first_step_of_adam_is_its_rate_long():
    assert weights_after(Adam(0.02, (0.0, 0.9)), 7.0) == pytest.approx([0.98], rel=1e-5)


def test_rmsprop_divides_by_the_root_of_the_averaged_square():
    """With a decay of .75 the averages are .25 * 4 = 1 and .75 * 1 + .25 * 36 = 9.75."""
    after = weights_after(RMSprop(0.1, 0.75), 2.0, 6.0)
    assert after == pytest.approx([1 - 0.1 * 2, 0.8 - 0.1 * 6 / 9.75**0.5], rel=1e-5)


def test_sgd_goes_down_the_slope():
    assert weights_after(Sgd(0.1, 0.0), 2.0, 3.0) == pytest.approx([0.8, 0.5])


def test_momentum_carries_a_share_of_the_last_step_on():
    assert weights_after(Sgd(0.1, 0.5), 2.0, 3.0) == pytest.approx([0.8, 0.8 - 0.1 * (0.5 * 2 + 3)])


@pytest.mark.parametrize("recipe", [Adam(0.1, (0.5, 0.9)), RMSprop(0.1, 0.9), Sgd(0.1, 0.9)])
def test_the_rate_can_be_read_and_its_group_can_be_scheduled(recipe):
    optimizer = recipe.build(one_weight().parameters())
    assert isinstance(optimizer, torch.optim.Optimizer)
    assert [group["lr"] for group in optimizer.param_groups] == [recipe.rate]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Adam(0.0, (0.0, 0.9)), "rate=0.0"),
        (lambda: Adam(0.1, (0.0, 1.0)), r"betas=\[0.0, 1.0\]"),
        (lambda: Adam(0.1, (0.9,)), "two betas"),
        (lambda: RMSprop(-1.0, 0.9), "rate=-1.0"),
        (lambda: RMSprop(0.1, 1.0), "decay=1.0"),
        (lambda: Sgd(0.0, 0.0), "rate=0.0"),
        (lambda: Sgd(0.1, 1.0), "momentum=1.0"),
    ],
)
def test_a_value_out_of_range_is_refused(make, said):
    with pytest.raises(ValueError, match=f"generator: .*{said}"):
        make()
