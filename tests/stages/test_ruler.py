"""Which interval applies: the overlap of a class's rows is that of all rows."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.core.splits import SplitFacts
from synthlift.stages.ruler import Ruler, by_group
from synthlift.statistics.intervals import overlap_interval

N_CLASSES, N_TEST, N_FIT = 5, 60, 240


def small_pool(n_repeats):
    facts = SplitFacts("small_pool", 300, 180, 60, N_TEST, 0, 0, (36,) * N_CLASSES)
    return Ruler.of([facts] * n_repeats)


def test_recall_of_a_class_in_a_small_pool_has_the_overlap_ratio_of_the_whole_study():
    rng = np.random.default_rng(0)
    rows = [rng.integers(0, 2, N_TEST // N_CLASSES).astype(float) for _ in range(15)]
    found = small_pool(15).recall(rows, None)
    expected = overlap_interval(np.array([r.mean() for r in rows]), N_TEST, N_FIT)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_recall_of_a_class_that_never_changes_covers_its_own_rows_only():
    rows = [np.ones(N_TEST // N_CLASSES) for _ in range(15)]
    found = small_pool(15).recall(rows, None)
    assert found.high - found.mean == pytest.approx(3 / (15 * N_TEST / N_CLASSES))


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
