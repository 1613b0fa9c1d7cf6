import numpy as np
import pytest

from synthlift.statistics.intervals import Interval, no_interval
from synthlift.statistics.inversion import find_set

T = 2.0


def ratio(a, b, v_a, v_b, v_ab):
    """The contrast a - g b with known variances, as Fieller has it."""

    def contrast(g):
        mean, half = a - g * b, T * (v_a - 2 * g * v_ab + g * g * v_b) ** 0.5
        return Interval(mean, mean - half, mean + half, None, None, 0.95)

    return contrast


def fieller(a, b, v_a, v_b, v_ab):
    """Roots of (a - g b)^2 = T^2 Var(a - g b)."""
    return sorted(
        np.roots([b * b - T * T * v_b, -2 * (a * b - T * T * v_ab), a * a - T * T * v_a]).real
    )


def within(low, high):
    """A contrast that holds 0 between low and high, and nowhere else."""
    return lambda x: Interval(
        0.0, *((-1.0, 1.0) if low <= x <= high else (1.0, 2.0)), None, None, 0.95
    )


@pytest.mark.parametrize("v_ab", [0.0, 0.03, -0.03])
def test_a_ratio_has_the_set_of_fieller(v_ab):
    case = (1.0, 2.0, 0.04, 0.05, v_ab)
    found = find_set(ratio(*case), np.linspace(-3, 4, 701))
    assert (found.low, found.high) == pytest.approx(tuple(fieller(*case)), abs=1e-4)


def test_a_ratio_whose_denominator_may_be_zero_has_no_end():
    found = find_set(ratio(1.0, 0.5, 0.04, 0.1, 0.0), np.linspace(-50, 50, 1001))
    assert found.low is None  # both branches of the hyperbola: the hull is everything
    assert found.high is None


def test_one_end_may_be_out_of_reach():
    found = find_set(within(2.3, 9.0), np.arange(1.0, 6.0))
    assert found.low == pytest.approx(2.3, abs=1 / 256)
    assert found.high is None


@pytest.mark.parametrize(("estimate", "ends"), [(1.5, (1, 2)), (5.5, (5, 6)), (3.0, None)])
def test_of_a_set_in_pieces_the_one_around_the_estimate_is_given(estimate, ends):
    pieces = (within(1.0, 2.0), within(5.0, 6.0))

    def contrast(x):
        first, second = (piece(x) for piece in pieces)
        return first if x < 3.5 else second

    found = find_set(contrast, np.linspace(0, 8, 81), estimate)
    if ends is None:
        assert found is None
    else:
        assert (found.low, found.high) == pytest.approx(ends, abs=0.01)


def test_of_a_set_in_pieces_the_hull_is_given():
    pieces = (within(1.0, 2.0), within(5.0, 6.0))

    def either(x):
        first, second = (piece(x) for piece in pieces)
        return first if first.low < 0 else second

    found = find_set(either, np.arange(0.0, 10.0, 0.5))
    assert (found.low, found.high) == pytest.approx((1.0, 6.0), abs=0.01)


def test_no_value_and_no_interval_give_no_set():
    assert find_set(within(20.0, 30.0), np.arange(5.0)) is None
    assert find_set(lambda x: no_interval(x), np.arange(5.0)) is None
