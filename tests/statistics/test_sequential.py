import numpy as np
import pytest

from synthlift.core.errors import ConfigError
from synthlift.statistics.intervals import crossed_interval
from synthlift.statistics.sequential import look_alpha, look_sizes


@pytest.mark.parametrize("cap", range(7, 40))
def test_looks_grow_up_to_the_cap(cap):
    sizes = look_sizes(cap)
    assert len(sizes) == 3
    assert sizes[0] >= 3
    assert sizes[0] < sizes[1] < sizes[2] == cap
    assert sizes[0] >= cap / 3 > sizes[0] - 1


@pytest.mark.parametrize("cap", [-1, 0, 1, 6])
def test_a_cap_too_small_for_three_looks_is_refused_with_the_least_there_is(cap):
    with pytest.raises(ConfigError, match="take a cap of 7 or more"):
        look_sizes(cap)


def test_looks_are_stricter_the_earlier_they_are():
    assert [look_alpha(look) for look in range(3)] == [0.0005, 0.0141, 0.0451]


def stops(table, cap):
    """Whether a look at the first repeats of a table finds a lift."""
    for look, size in enumerate(look_sizes(cap)):
        found = crossed_interval(table[:size], phi=0.0, level=1 - look_alpha(look))
        if found.low > 0 or found.high < 0:
            return True
    return False


@pytest.mark.parametrize(("s_repeat", "s_row"), [(0.05, 0.0), (0.02, 0.3), (0.0, 0.3)])
def test_three_looks_together_err_in_about_5_percent_of_nulls(s_repeat, s_row):
    rng, cap, n = np.random.default_rng(0), 18, 1000
    wrong = 0
    for _ in range(n):
        repeat = s_repeat * rng.standard_normal((cap, 1))
        table = repeat + s_row * rng.standard_normal(100) + 0.3 * rng.standard_normal((cap, 100))
        wrong += stops(table, cap)
    assert 0.025 <= wrong / n <= 0.07  # Monte Carlo error 0.7 points


def test_looking_at_5_percent_each_time_errs_more_often():
    rng = np.random.default_rng(1)
    tables = 0.05 * rng.standard_normal((400, 18, 1)) + 0.1 * rng.standard_normal((400, 18, 20))
    wrong = 0
    for table in tables:
        found = [crossed_interval(table[:size], phi=0.0) for size in look_sizes(18)]
        wrong += any(f.low > 0 or f.high < 0 for f in found)
    assert wrong / 400 > 0.07
