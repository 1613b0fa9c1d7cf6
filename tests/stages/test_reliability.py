"""The calibration plot: bins of confidence, and accuracy with an interval in each."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from synthlift.core.results import Predictions, Trial
from synthlift.core.splits import SplitFacts
from synthlift.stages.reliability import find_reliability
from synthlift.stages.ruler import Ruler
from synthlift.statistics.intervals import crossed_interval


def ruler(regime="fixed_test", n_repeats=6, n_test=200):
    return Ruler.of([SplitFacts(regime, 1000, 150, 50, n_test, 0, 0, (75, 75))] * n_repeats)


def repeats(seed=0, n_repeats=6, n=200):
    """Two classes; right as often as it is sure, and some rows are harder than others."""
    rng = np.random.default_rng(seed)
    origin, labels = np.arange(n), rng.integers(0, 2, n)
    hard = rng.standard_normal(n)
    trials = []
    for repeat in range(n_repeats):
        sure = rng.uniform(0.5, 1, n)
        threshold = norm.cdf((hard + rng.standard_normal(n)) / np.sqrt(2))  # uniform
        right = threshold < sure
        said = np.where(right, labels, 1 - labels)
        p = np.where(np.eye(2)[said] > 0, sure[:, None], 1 - sure[:, None]).astype(np.float32)
        test = Predictions(p, labels, origin)
        trials.append(Trial("real", "svm", repeat, "real", 9, 0, test, test))
    return tuple(trials)


def bins_of(trials, **how):
    (found,) = find_reliability({"real": trials}, "svm", ruler(**how))
    assert (found.arm, found.classifier) == ("real", "svm")
    return found.bins


@pytest.mark.parametrize("regime", ["fixed_test", "small_pool"])
def test_a_bin_holds_the_share_confidence_and_accuracy_of_its_rows(regime):
    trials = repeats()
    p = np.concatenate([t.test.p for t in trials]).astype(float)
    sure, right = p.max(axis=1), p.argmax(axis=1) == np.tile(trials[0].test.labels, 6)
    found = bins_of(trials, regime=regime)
    assert [(b.low, b.high) for b in found] == [(k / 10, (k + 1) / 10) for k in range(5, 10)]
    assert sum(b.share for b in found) == pytest.approx(1)
    for b in found:
        held = (sure > b.low) & (sure <= b.high)
        assert b.share == pytest.approx(held.mean())
        assert b.confidence == pytest.approx(sure[held].mean())
        assert b.accuracy.mean == pytest.approx(right[held].mean())
        assert 0 <= b.accuracy.low < b.accuracy.mean < b.accuracy.high <= 1


def test_the_interval_of_a_bin_that_holds_all_rows_is_that_of_the_accuracy():
    trials = []
    for t in repeats():
        p = np.where(t.test.p > 0.5, 0.97, 0.03).astype(np.float32)
        trials.append(replace(t, test=replace(t.test, p=p)))
    (b,) = bins_of(trials)
    table = np.stack([t.test.p.argmax(axis=1) == t.test.labels for t in trials])
    want = crossed_interval(table.astype(float), 0.2)
    assert (b.accuracy.low, b.accuracy.high) == pytest.approx((want.low, want.high))


def test_intervals_cover_the_accuracy_of_a_calibrated_classifier():
    hits = [
        b.accuracy.low <= b.confidence <= b.accuracy.high
        for seed in range(40)
        for b in bins_of(repeats(seed))
    ]
    assert 0.9 <= np.mean(hits) <= 1


def test_bins_without_rows_and_arms_of_a_curve_are_left_out():
    trials = repeats()
    curve = tuple(replace(t, arm="real_half", kind="curve") for t in trials)
    found = find_reliability({"real": trials, "real_half": curve}, "svm", ruler())
    assert [r.arm for r in found] == ["real"]
    assert len(found[0].bins) == 5


def test_a_bin_whose_rows_are_all_right_has_the_rule_of_three_of_its_rows():
    p = np.tile(np.array([[0.95, 0.05]], np.float32), (40, 1))
    test = Predictions(p, np.zeros(40, int), np.arange(40))
    (b,) = bins_of([Trial("real", "svm", r, "real", 9, 0, test, test) for r in range(5)])
    assert (b.accuracy.low, b.accuracy.mean, b.accuracy.high) == pytest.approx((1 - 3 / 200, 1, 1))


@pytest.mark.parametrize("n_repeats", [1, 2])
def test_too_few_repeats_give_bins_without_intervals(n_repeats):
    found = bins_of(repeats(n_repeats=n_repeats), n_repeats=n_repeats)
    assert {(b.accuracy.low, b.accuracy.high) for b in found} == {(None, None)}


def test_rows_of_a_group_count_as_one():
    """Every row copied three times into a group has the interval of the rows alone."""
    alone = repeats()
    group = np.repeat(np.arange(200), 3)
    copied = []
    for t in alone:
        test = Predictions(np.repeat(t.test.p, 3, 0), np.repeat(t.test.labels, 3), group, group)
        copied.append(replace(t, test=test))
    for one, other in zip(bins_of(alone), bins_of(copied), strict=True):
        assert (other.accuracy.low, other.accuracy.high) == pytest.approx(
            (one.accuracy.low, one.accuracy.high)
        )
