"""The moving average of the generator's weights against its closed form."""

from __future__ import annotations

import pytest
from torch import nn

from synthlift.generators.ema import Ema


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


@pytest.mark.parametrize(("half_life", "ramp"), [(0, 0.5), (1, 0.0), (1, 1.5)])
def test_a_value_out_of_range_is_refused(half_life, ramp):
    with pytest.raises(ValueError, match=r"generator\.ema"):
        Ema(half_life, ramp)
