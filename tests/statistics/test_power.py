"""What a study sees, and what would settle it, against closed forms and simulated studies."""

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from synthlift.statistics.intervals import (
    Interval,
    Spread,
    crossed_interval,
    no_interval,
    overlap_interval,
)
from synthlift.statistics.power import Size, visible_lift, what_settles

FIXED = Size(n_repeats=6, n_test=200, n_all=1000, own_test=True)
POOL = Size(n_repeats=15, n_test=60, n_all=300, own_test=False)


def crossed(rng, n_repeats, n_rows, s_repeat, s_row, s_residual=0.3):
    repeat = s_repeat * rng.standard_normal((n_repeats, 1))
    noise = s_residual * rng.standard_normal((n_repeats, n_rows))
    return repeat + s_row * rng.standard_normal(n_rows) + noise


def undecided(spread, mean=0.005, level=0.95):
    """An interval with these parts of variance; its own ends do not matter here."""
    error = spread.variance**0.5
    return Interval(mean, -1.0, 1.0, 0.5, 5.0, level, error, spread)


def numbers(text):
    """What it takes, then what there is."""
    found = re.findall(r"(?:[Aa]bout|instead of) ([\d,]+)", text)
    return [int(n.replace(",", "")) for n in found]


def test_the_visible_lift_is_two_quantiles_of_the_standard_error():
    found = crossed_interval(crossed(np.random.default_rng(0), 6, 50, 0.1, 0.1), 0.3, 0.975)
    t = stats.t.ppf(0.9875, found.df) + stats.t.ppf(0.8, found.df)
    assert visible_lift(found) == pytest.approx(t * found.error)


def test_without_interval_or_variance_nothing_says_what_is_visible():
    assert visible_lift(no_interval(0.1)) is None
    assert visible_lift(crossed_interval(np.zeros((4, 9)), 0.1)) is None


@pytest.mark.parametrize("level", [0.95, 0.99])
@pytest.mark.parametrize(("s_repeat", "s_row"), [(0.05, 0.0), (0.02, 0.3), (0.0, 0.3)])
def test_the_visible_lift_is_seen_in_about_four_of_five_crossed_studies(s_repeat, s_row, level):
    rng = np.random.default_rng(1)
    found = [
        crossed_interval(crossed(rng, 6, 100, s_repeat, s_row), 0.0, level) for _ in range(600)
    ]
    lift = np.sqrt(np.mean([visible_lift(i) ** 2 for i in found]))
    assert 0.73 <= np.mean([i.low + lift > 0 for i in found]) <= 0.9


def test_the_visible_lift_is_seen_in_about_four_of_five_small_pools():
    rng, rho, n = np.random.default_rng(2), 0.2, 15
    shared = np.sqrt(rho) * rng.standard_normal((800, 1))
    values = shared + np.sqrt(1 - rho) * rng.standard_normal((800, n))
    found = [overlap_interval(v, 20, 80) for v in values]
    lift = np.sqrt(np.mean([visible_lift(i) ** 2 for i in found]))
    assert 0.75 <= np.mean([i.low + lift > 0 for i in found]) <= 0.87


def test_where_repeats_vary_as_many_repeats_settle_it_as_a_t_interval_needs():
    sd, mean = 0.02, 0.012
    spread = Spread(sd**2 / 6, 0.0, 0.0, 0.0, 6, 200)
    half = {n: stats.t.ppf(0.975, n - 1) * sd / np.sqrt(n) for n in range(7, 101)}
    enough = min(n for n, h in half.items() if h <= mean)
    assert what_settles(undecided(spread, mean), FIXED) == (
        f"About {enough} repeats instead of 6, in a fresh study, would settle it, should the lift "
        "stay near +1.2 pt."
    )


def test_a_lift_near_zero_is_settled_by_an_interval_inside_one_point():
    sd = 0.02
    spread = Spread(sd**2 / 6, 0.0, 0.0, 0.0, 6, 200)
    enough = min(n for n in range(7, 101) if stats.t.ppf(0.975, n - 1) * sd / n**0.5 <= 0.009)
    (found, _) = numbers(what_settles(undecided(spread, 0.001), FIXED))
    assert found == enough


def test_where_test_rows_vary_more_of_them_settle_it():
    spread = Spread(0.0, 0.0, 0.01**2, 0.0, 6, 200)
    found = what_settles(undecided(spread, 0.012), FIXED)
    assert found.startswith("More repeats alone would not settle it; about ")
    rows, before = numbers(found)
    assert "test rows instead of 200 would" in found
    exact = 200 * (stats.t.ppf(0.975, 1e6) * 0.01 / 0.012) ** 2
    assert before == 200
    assert exact <= rows <= 1.06 * exact  # two digits, rounded up
    assert rows % 10 == 0


def test_where_repeats_share_their_rows_a_larger_pool_settles_it():
    spread = Spread(0.002**2, 6 * 0.002**2 * 4, 0.0, 0.0, 6, 200, phi=0.8)
    found = what_settles(undecided(spread, 0.011), FIXED)
    rows, before = numbers(found)
    assert "labelled rows in all instead of 1,000 would" in found
    assert before == 1000
    assert 1000 < rows < 5000


def test_a_small_pool_grows_as_a_whole():
    spread = Spread(0.01**2 / 15, 0.01**2 / 4, 0.0, 0.0, 15)
    now = stats.t.ppf(0.975, 14) * spread.variance**0.5
    found = what_settles(undecided(spread, 0.006), POOL)
    rows, before = numbers(found)
    assert "labelled rows in all" in found
    assert before == 300
    exact = 300 * (now / 0.006) ** 2
    assert exact <= rows <= 1.12 * exact


def test_both_repeats_and_rows_where_neither_does_alone():
    spread = Spread(0.0052**2, 0.0, 0.012**2, 0.0, 6, 200)
    found = what_settles(undecided(spread, 0.0101), FIXED)
    assert re.search(r"; about 24 repeats and about [\d,]+ test rows instead of 200 would", found)


def test_what_cannot_be_is_not_promised():
    spread = Spread(0.5**2, 0.2**2, 0.5**2, 0.0, 6, 200, phi=0.3)
    found = what_settles(undecided(spread), FIXED)
    assert found == (
        "More repeats alone would not settle it, nor would 100 times the labelled rows, "
        "should the lift stay near +0.5 pt."
    )


def test_where_nothing_varied_the_rule_of_three_says_how_many_repeats():
    found = crossed_interval(np.zeros((6, 20)), 0.3)  # +-2.5 pt
    small = replace(FIXED, n_test=20)
    assert what_settles(found, small).startswith(
        "About 15 repeats instead of 6, in a fresh study, would settle it"
    )
    assert what_settles(no_interval(0.01), small) == ""


def test_settled_as_promised():
    """Studies of the size that is named have the interval that was promised, on average."""
    rng, s_repeat, s_row, phi, lift = np.random.default_rng(3), 0.03, 0.1, 0.01, 0.02
    first = crossed_interval(lift + crossed(rng, 6, 200, s_repeat, s_row), phi)
    parts = s_repeat**2 / 6, s_repeat**2 * phi / (1 - phi), s_row**2 / 200, 0.3**2 / 1200
    first = replace(first, mean=lift, spread=Spread(*parts, 6, 200, phi))
    enough, before = numbers(what_settles(first, FIXED))
    assert (before, enough > 6) == (6, True)
    halves = []
    for _ in range(300):
        found = crossed_interval(crossed(rng, enough, 200, s_repeat, s_row), phi)
        halves.append((found.high - found.low) / 2)
    assert np.mean(halves) == pytest.approx(lift, rel=0.08)
