import numpy as np
import pytest

from synthlift.statistics.learning_curve import C_HIGH, C_LOW, fit_power_law

SIZES = np.array([8.0, 15, 30, 45, 60, 90, 120, 180])
LAWS = [(0.9, 1.0, 0.5), (0.95, 5.0, 1.5), (0.8, 0.3, 0.1), (1.0, 3.0, 2.5)]


def scores(a, b, c, sizes=SIZES):
    return a - b * sizes**-c


@pytest.mark.parametrize("law", LAWS)
def test_a_power_law_without_noise_is_recovered_and_inverted(law):
    fit = fit_power_law(SIZES, scores(*law))
    assert (fit.a, fit.b, fit.c) == pytest.approx(law, rel=1e-6)
    for n in (4.0, 52.0, 700.0):
        assert fit.at(n) == pytest.approx(scores(*law, np.array([n]))[0])
        assert fit.invert(fit.at(n)) == pytest.approx(n)


def test_sizes_in_thousands_fit_as_well():
    law = (0.9, 40.0, 0.7)
    fit = fit_power_law(1000 * SIZES, scores(*law, 1000 * SIZES))
    assert (fit.a, fit.b, fit.c) == pytest.approx(law, rel=1e-6)


def test_five_sizes_are_enough():
    sizes = np.array([10.0, 20, 40, 60, 80])
    assert fit_power_law(sizes, scores(0.9, 1.0, 0.5, sizes)).c == pytest.approx(0.5)


def test_no_number_of_rows_reaches_the_asymptote():
    fit = fit_power_law(SIZES, scores(0.9, 1.0, 0.5))
    assert fit.invert(0.9 + 1e-6) is None
    assert fit.invert(1.5) is None


def test_a_score_far_off_has_no_number_instead_of_an_overflow():
    fit = fit_power_law(SIZES, scores(0.9, 1.0, 0.05))
    assert fit.invert(fit.a - 1e-30) is None
    assert fit.invert(-1e30) is None


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n", [20.0, 60.0, 400.0])
def test_slopes_are_those_of_refitting(law, n):
    means = scores(*law) + 0.005 * np.random.default_rng(0).standard_normal(len(SIZES))
    fit, step = fit_power_law(SIZES, means), 1e-5
    refitted = [
        (fit_power_law(SIZES, means + e).at(n) - fit_power_law(SIZES, means - e).at(n)) / (2 * step)
        for e in step * np.eye(len(SIZES))
    ]
    assert fit.parts(n) @ fit.slopes == pytest.approx(np.array(refitted), abs=1e-4)


@pytest.mark.parametrize(
    ("shape", "end"), [(np.log(SIZES) ** 2 / 50, C_LOW), (1 - SIZES**-5.0, C_HIGH)]
)
def test_a_bend_beyond_the_range_holds_c_at_its_end(shape, end):
    fit = fit_power_law(SIZES, shape)
    assert fit.c == pytest.approx(end, rel=1e-4)
    assert (fit.slopes[2] == 0).all()


def test_scores_that_fall_or_stay_have_no_law():
    assert fit_power_law(SIZES, 1 - scores(0.9, 1.0, 0.5)) is None
    assert fit_power_law(SIZES, np.full(len(SIZES), 0.7)) is None
