"""Which interval applies: the overlap of a class's rows is that of all rows."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.core.results import Predictions, Trial
from synthlift.core.splits import SplitFacts
from synthlift.stages.ruler import Judged, Ruler, by_group, sum_cells
from synthlift.statistics.intervals import overlap_interval

N_CLASSES, N_TEST, N_FIT = 5, 60, 240


def small_pool(n_repeats):
    facts = SplitFacts("small_pool", 300, 180, 60, N_TEST, 0, 0, (36,) * N_CLASSES)
    return Ruler.of([facts] * n_repeats)


def test_recall_of_a_class_in_a_small_pool_has_the_overlap_ratio_of_the_whole_study():
    scores = np.random.default_rng(0).integers(0, 13, 15) / 12
    found = small_pool(15).recall(Judged(scores, None), N_TEST / N_CLASSES)
    expected = overlap_interval(scores, N_TEST, N_FIT)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_recall_of_a_class_that_never_changes_covers_its_own_rows_only():
    found = small_pool(15).recall(Judged(np.ones(15), None), N_TEST / N_CLASSES)
    assert found.high - found.mean == pytest.approx(3 / (15 * N_TEST / N_CLASSES))


def fixed_test(phi):
    facts = SplitFacts("fixed_test", 300, round(200 * phi), round(100 * phi), 50, 0, 0, (1,))
    return Ruler.of([facts] * 6)


def test_many_intervals_are_those_of_each():
    rng = np.random.default_rng(2)
    rows = rng.normal(0.1, 1, (4, 6, 20)) * np.array([0, 1, 2, 3])[:, None, None]
    for ruler in (fixed_test(0.5), small_pool(6)):
        found = ruler.intervals(rows.mean(axis=2), rows, 0.9)
        assert found == [ruler.interval(Judged(r.mean(axis=1), r), 0.9) for r in rows]
        more = ruler.intervals(rows.mean(axis=2), rows, 0.9, n_real=150)
        assert more == [ruler.interval(Judged(r.mean(axis=1), r, 150), 0.9) for r in rows]


def test_a_score_that_is_no_mean_over_rows_has_no_interval_on_a_fixed_test():
    class Range:
        """The largest less the smallest confidence."""

        name, higher_is_better = "range", True

        def score(self, p, labels):
            return float(np.ptp(p.max(axis=1)))

        def rows(self, p, labels):
            return None

    p = np.random.default_rng(3).dirichlet([1, 1], (6, 9)).astype(np.float32)
    test = [Predictions(of_one, np.zeros(9, int), np.arange(9)) for of_one in p]
    trials = [Trial("real", "svm", r, "real", 9, 0, t, t) for r, t in enumerate(test)]
    judged = Judged.of(Range(), trials)
    assert judged.scores == pytest.approx([np.ptp(x.max(axis=1)) for x in p])
    found = fixed_test(0.5).interval(judged, 0.95)
    assert (found.low, found.reason) == (None, "a score that is no mean over rows, on a fixed test")
    assert small_pool(6).interval(judged, 0.95).low is not None


@pytest.mark.parametrize(("phi", "scope"), [(0.3, ""), (0.8, ""), (0.9, "on this training set")])
def test_repeats_that_share_most_rows_speak_of_this_training_set(phi, scope):
    assert fixed_test(phi).scope == scope
    assert small_pool(3).scope == ""


def test_rows_of_a_group_count_as_one():
    """Every row copied four times into a group: the interval is that of the rows alone."""
    rng = np.random.default_rng(0)
    rows = rng.integers(-1, 2, (6, 50)).astype(float)
    group = np.repeat(np.arange(50), 4)
    copied = np.stack([by_group(np.repeat(row, 4), group) for row in rows])
    assert copied == pytest.approx(rows)


def test_groups_of_other_sizes_keep_the_mean_of_the_rows():
    rng = np.random.default_rng(1)
    rows, group = rng.random(40), rng.integers(0, 9, 40)
    assert by_group(rows, group).mean() == pytest.approx(rows.mean())


def test_cells_are_summed_within_a_repeat():
    cells = [np.array([0, 2, 2]), np.array([1])]
    assert (sum_cells(cells, None, 3) == [[1, 0, 2], [0, 1, 0]]).all()
    values = np.array([0.5, 1.0, 2.0, 4.0])
    assert (sum_cells(cells, values, 3) == [[0.5, 0, 3], [0, 4, 0]]).all()


def test_an_arm_with_reserve_rows_shares_more_of_the_pool_between_repeats():
    """300 rows to draw from, 100 train and 50 valid: with 100 more it is as in a study of 250."""
    rows = np.random.default_rng(4).normal(0, 1, (6, 50)) + np.arange(6)[:, None]
    facts = [SplitFacts("fixed_test", 300, n, 50, 50, 0, 0, (1,)) for n in (100, 200)]
    plain, larger = (Ruler.of([f] * 6) for f in facts)
    more = Judged(rows.mean(axis=1), rows, n_real=200)
    found = plain.interval(more, 0.95)
    assert found == larger.interval(more, 0.95)
    alone = plain.interval(Judged(rows.mean(axis=1), rows, n_real=100), 0.95)
    assert found.high - found.low > 1.2 * (alone.high - alone.low)
    nothing = Judged(np.zeros(6), 0 * rows, n_real=100)
    assert plain.interval(more - nothing, 0.95) == alone, "of a difference most cancels out"
