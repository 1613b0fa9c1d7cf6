"""Sample equivalence and gap closed, on scores that lie on 0.9 - 8 / n exactly, and simulated."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from synthlift.core.results import Predictions, Trial
from synthlift.metrics.accuracy import Accuracy
from synthlift.stages.ruler import Ruler
from synthlift.stages.worth import find_curve, gaps, worths

N = 1000
ACCURACY = Accuracy()
FIXED = Ruler("fixed_test", 0.1, N, N, N)
REAL_SIZES = {
    "real_half": 20,
    "real_three_quarters": 32,
    "real": 40,
    "more_real_half": 60,
    "more_real": 80,
    "more_real_double": 160,
}


def law(n):
    return 0.9 - 8 / n


def kind_of(name):
    if name.startswith("more_"):
        return "ceiling"
    if name.startswith("real_") and "synthetic" not in name:
        return "curve"
    return "synthetic" if "synthetic" in name else "real"


def trials(name, hits, n_real=40, n_synthetic=None):
    """hits: `(R, n)`, whether each test row is right."""
    made = (500 if kind_of(name) == "synthetic" else 0) if n_synthetic is None else n_synthetic
    labels = np.zeros(hits.shape[1], dtype=np.int64)
    said = [Predictions(np.stack([h, ~h], 1).astype(np.float32), labels, labels) for h in hits]
    return tuple(
        Trial(name, "cnn", r, kind_of(name), n_real, made, one, one) for r, one in enumerate(said)
    )


def steady(score, n_repeats=6, n=N):
    """The same rows right in every repeat; right rows are spread evenly over the rows."""
    right = np.random.default_rng(0).permutation(n) < round(score * n)
    return np.tile(right, (n_repeats, 1))


def exact(score=0.75, name="real_synthetic", curve=law, sizes=REAL_SIZES, n_repeats=6, **how):
    arms = {size: trials(size, steady(curve(n), n_repeats), n_real=n) for size, n in sizes.items()}
    return {**arms, name: trials(name, steady(score, n_repeats), **how)}


def measure(arms, ruler=FIXED, noun="images"):
    curve = find_curve(arms, "cnn", ACCURACY, ruler)
    return curve, worths(arms, curve, ACCURACY, ruler, noun)


def test_a_score_on_the_curve_is_inverted_exactly():
    curve, (worth,) = measure(exact(0.75))
    assert [p.n_real for p in curve.points] == [20, 32, 40, 60, 80, 160]
    assert (curve.a, curve.b, curve.c) == pytest.approx((0.9, 8, 1), rel=0.02)  # 1,000 rows
    assert worth.rows == pytest.approx(8 / 0.15 - 40, rel=0.02)
    assert 0 < worth.low < worth.rows < worth.high
    assert worth.sentence == (
        f"500 synthetic images were worth 13 real ones (95 % interval {worth.low:.0f} to "
        f"{worth.high:.0f}; real_synthetic, cnn)."
    )


def test_a_loss_counts_rows_taken_away():
    _, (worth,) = measure(exact(0.6))
    assert worth.rows == pytest.approx(8 / 0.3 - 40, rel=0.02)
    assert worth.low < worth.rows < worth.high < 0
    assert worth.sentence.startswith(
        "500 synthetic images cost as much as taking 13 real images away (95 % interval "
    )


def test_more_than_the_curve_can_tell_is_a_bound():
    _, (worth,) = measure(exact(0.99))
    assert worth.rows is None
    assert worth.high is None
    assert worth.low == pytest.approx(4 * 160 - 40)
    assert "were worth at least 600 real ones (95 %;" in worth.sentence


def test_less_than_the_curve_can_tell_is_a_bound():
    _, (worth,) = measure(exact(0.2, curve=lambda n: 0.9 - 2 / n))
    assert (worth.rows, worth.low) == (None, None)
    assert worth.high == pytest.approx(20 / 4 - 40)
    assert "cost as much as taking at least 35 real images away (95 %;" in worth.sentence


def test_synthetic_samples_alone_are_worth_all_the_rows_that_score_like_them():
    _, (worth,) = measure(exact(0.7, name="synthetic", n_real=0))
    assert (worth.n_real, worth.rows) == (0, pytest.approx(40, rel=0.03))
    assert worth.sentence.startswith("500 synthetic images alone were worth 40 real ones")


def test_a_rival_has_a_worth_and_controls_have_none():
    arms = exact(0.75, name="augmented")
    arms["placebo"] = tuple(
        Trial("placebo", "cnn", t.repeat, "control", 40, 0, t.valid, t.test) for t in arms["real"]
    )
    _, (worth,) = measure(arms)
    assert (worth.arm, worth.n_synthetic) == ("augmented", 0)
    assert worth.sentence.startswith("augmented was worth 13 more real images (95 % interval ")


def test_a_gain_that_is_not_shown_is_not_told_as_one():
    rng = np.random.default_rng(0)
    arms = {name: trials(name, rng.random((4, 60)) < law(n), n) for name, n in REAL_SIZES.items()}
    arms["real_synthetic"] = trials("real_synthetic", rng.random((4, 60)) < 0.72)
    curve, (worth,) = measure(arms, Ruler("fixed_test", 0.1, 60, 60, 60))
    assert curve.a is not None
    assert worth.low is None or worth.low < 0
    assert "not shown to be" in worth.sentence


def test_arms_of_one_size_are_one_point():
    arms = exact(sizes={**REAL_SIZES, "more_real_again": 80})
    curve, _ = measure(arms)
    assert [p.n_real for p in curve.points] == [20, 32, 40, 60, 80, 160]


def test_fewer_than_two_sizes_are_no_curve():
    arms = exact(sizes={"real": 40})
    assert find_curve(arms, "cnn", ACCURACY, FIXED) is None
    assert worths(arms, None, ACCURACY, FIXED) == []


def test_fewer_than_five_sizes_have_points_and_no_fit():
    curve, (worth,) = measure(exact(sizes={"real_half": 20, "real": 40, "more_real": 80}))
    assert (len(curve.points), curve.a, curve.b, curve.c) == (3, None, None, None)
    assert curve.reason == "a fit needs 5 sizes of the training set, this study has 20, 40, 80"
    assert (worth.rows, worth.low, worth.high) == (None, None, None)
    assert worth.sentence == (
        f"What 500 synthetic images were worth in real images can't be said: {curve.reason} "
        "(real_synthetic, cnn)."
    )


def test_a_flat_curve_has_no_fit():
    rng = np.random.default_rng(1)
    arms = {name: trials(name, rng.random((6, 100)) < 0.7, n) for name, n in REAL_SIZES.items()}
    curve = find_curve(arms, "cnn", ACCURACY, FIXED)
    assert curve.a is None
    assert curve.reason.startswith("scores are not shown to rise from 20 to 160 rows (")
    same, _ = measure(exact(0.7, curve=lambda n: 0.7))
    assert same.reason.startswith("scores are not shown to rise from 20 to 160 rows (0.0 pt")


def test_a_falling_curve_has_no_fit():
    curve, (worth,) = measure(exact(curve=lambda n: 0.5 + 8 / n))
    assert curve.reason.startswith("scores fall from 20 to 160 rows (-35.0 pt")
    assert worth.rows is None


def test_a_curve_of_another_form_has_no_fit():
    scores = dict(zip(REAL_SIZES.values(), (0.5, 0.8, 0.5, 0.8, 0.5, 0.8), strict=True))
    curve, _ = measure(exact(curve=scores.get))
    assert curve.reason.startswith(
        "no curve of the form a - b n^-c fits: the best misses the score"
    )


@pytest.mark.parametrize("n_repeats", [1, 2])
def test_without_intervals_there_is_no_fit(n_repeats):
    arms = exact(n_repeats=n_repeats)
    curve, (worth,) = measure(arms)
    assert curve.points[0].score.low is None
    assert curve.reason.startswith("there is no interval")
    assert worth.rows is None
    assert gaps(arms, "cnn", ACCURACY, FIXED) == []


def test_a_small_pool_has_a_worth_too():
    rng = np.random.default_rng(0)
    arms = {name: trials(name, rng.random((15, 300)) < law(n), n) for name, n in REAL_SIZES.items()}
    arms["real_synthetic"] = trials("real_synthetic", rng.random((15, 300)) < law(60))
    curve, (worth,) = measure(arms, Ruler("small_pool", 1.0, 60, 240, 180))
    assert curve.a is not None
    assert worth.low <= 20
    assert worth.high is None or worth.high >= 20


def test_the_share_of_the_gap_is_a_ratio_of_lifts():
    found = gaps(exact(0.75), "cnn", ACCURACY, FIXED)
    shares = {gap.ceiling: gap.share for gap in found}
    assert shares == pytest.approx(
        {"more_real_half": 5 / 6.7, "more_real": 5 / 10, "more_real_double": 5 / 15}, rel=1e-3
    )
    assert all(0 < gap.low < gap.share < gap.high for gap in found)
    assert found[1].sentence.startswith("real_synthetic closed 50 % of the gap from real to more_")


def test_an_arm_behind_real_closes_no_gap():
    gap = gaps(exact(0.6), "cnn", ACCURACY, FIXED)[1]
    assert gap.share == pytest.approx(-1.0)
    assert gap.high < 0
    assert gap.sentence.startswith("real_synthetic fell behind real: -100 % of the gap")


def test_there_is_no_share_of_a_gap_that_is_not_shown():
    assert gaps(exact(curve=lambda n: 0.7), "cnn", ACCURACY, FIXED) == []
    assert gaps(exact(curve=lambda n: 0.5 + 8 / n), "cnn", ACCURACY, FIXED) == []
    without = exact()
    del without["real"]
    assert gaps(without, "cnn", ACCURACY, FIXED) == []


@pytest.mark.parametrize("score", [0.0, 0.5, 0.75, 1.0])
def test_what_is_found_is_json_without_nan(score):
    arms = exact(score)
    curve, found = measure(arms)
    everything = [curve, *found, *gaps(arms, "cnn", ACCURACY, FIXED)]
    json.dumps([asdict(one) for one in everything], allow_nan=False)


def simulate(rng, n_repeats, n, equivalent):
    """A study whose repeats and test rows are crossed; synthetic data is worth equivalent rows.

    Rows are easy or hard for all arms, a little more so for some; repeats have luck of their own.
    """
    from scipy.special import ndtri

    row, luck = rng.standard_normal(n), 0.03 * rng.standard_normal(n_repeats)
    arms = {}
    for name, size in {**REAL_SIZES, "real_synthetic": equivalent}.items():
        own = 0.02 * rng.standard_normal(n_repeats)
        rate = np.clip(law(size) + luck + own, 0.001, 0.999)
        taste = row + 0.5 * rng.standard_normal(n) + 0.6 * rng.standard_normal((n_repeats, n))
        n_real = 40 if name == "real_synthetic" else size
        arms[name] = trials(name, taste / 1.61**0.5 < ndtri(rate)[:, None], n_real)
    return arms


def test_sets_hold_the_truth_as_often_as_they_say():
    """40 studies: 95 % sets hold the truth in 34 at least (chance of fewer: about 1 in 300)."""
    rng, ruler = np.random.default_rng(5), Ruler("fixed_test", 0.0, 200, 200, 200)
    share = (law(55) - law(40)) / (law(160) - law(40))
    held, shares = [], []
    for _ in range(40):
        arms = simulate(rng, 6, 200, equivalent=55)
        _, (worth,) = measure(arms, ruler)
        if worth.rows is not None or worth.low is not None or worth.high is not None:
            held.append(covers(worth, 15))
        found = [g for g in gaps(arms, "cnn", ACCURACY, ruler) if g.ceiling == "more_real_double"]
        shares += [covers(gap, share) for gap in found]
    assert min(len(held), len(shares)) > 25
    assert min(np.mean(held), np.mean(shares)) > 34 / 40


def covers(found, truth):
    return (found.low is None or found.low <= truth) and (found.high is None or truth <= found.high)
