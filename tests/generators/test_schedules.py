"""Rates and the strength of labels in the course of a training."""

from __future__ import annotations

import pytest

from synthlift.generators.schedules import Constant, FromTheStart, LinearDecay, Transitional


def test_constant_rates_and_labels_from_the_start_are_one_throughout():
    assert {Constant().factor(step, 10) for step in range(10)} == {1.0}
    assert {FromTheStart().strength(step, 10) for step in range(10)} == {1.0}


@pytest.mark.parametrize("steps", [1, 2, 7, 1000])
@pytest.mark.parametrize("start", [0.0, 0.3, 0.9])
def test_linear_decay_is_one_up_to_its_start_and_falls_evenly_to_zero(start, steps):
    factors = [LinearDecay(start).factor(step, steps) for step in range(steps + 1)]
    assert factors[0] == 1
    assert all(f == 1 for step, f in enumerate(factors) if step <= start * steps)
    falling = [step for step in range(steps + 1) if step > start * steps]
    for step in falling:
        assert factors[step] == pytest.approx((steps - step) / (steps - start * steps))
    assert factors[-1] == 0
    assert factors[-2] > 0, "the last update is one"


@pytest.mark.parametrize("steps", [4, 7, 100, 4000])
def test_labels_fade_in_between_two_shares_of_the_steps(steps):
    ramp = Transitional(start=0.25, end=0.5)
    strengths = [ramp.strength(step, steps) for step in range(steps)]
    assert strengths == sorted(strengths)
    for step, strength in enumerate(strengths):
        done = (step + 1) / steps
        if done <= 0.25:
            assert strength == 0
        if done >= 0.5:
            assert strength == 1
        if 0.25 < done < 0.5:
            assert strength == pytest.approx(4 * done - 1)


@pytest.mark.parametrize("steps", [1, 2, 3, 10, 997])
@pytest.mark.parametrize("ramp", [Transitional(0.0, 0.1), Transitional(0.3, 0.999)])
def test_the_last_step_of_a_ramp_shows_labels_in_full(ramp, steps):
    assert ramp.strength(steps - 1, steps) == 1


@pytest.mark.parametrize("start", [-0.1, 1.0])
def test_a_start_of_the_decay_out_of_range_is_refused(start):
    with pytest.raises(ValueError, match=rf"generator\.rate_schedule\.start.*{start}"):
        LinearDecay(start)


@pytest.mark.parametrize(("start", "end"), [(-0.1, 0.5), (0.5, 0.5), (0.6, 0.5), (0.0, 1.0)])
def test_a_ramp_that_ends_before_it_starts_or_too_late_is_refused(start, end):
    with pytest.raises(ValueError, match=rf"generator\.label_ramp.*{start} and {end}"):
        Transitional(start, end)
