"""Which rows are compared: one mix of classes; equal rows as pairs."""

import numpy as np
import pytest

from synthlift.metrics.matching import pairs, same_mix


def test_synthetic_rows_get_the_mix_of_the_real_ones(images):
    real = images(40)
    few = real.take(np.r_[np.flatnonzero(real.labels == 0), np.flatnonzero(real.labels == 1)[:10]])
    synthetic = images(40, seed=1, first=None)
    ours, theirs = same_mix(few, synthetic, 5000, 0)
    assert ours.counts().tolist() == [40, 10]
    assert theirs.counts().tolist() == [40, 10]


def test_a_class_that_one_side_lacks_is_left_out(images):
    real, synthetic = images(10, n_classes=3), images(10, n_classes=3, seed=1, first=None)
    synthetic = synthetic.take(synthetic.labels != 1)
    assert [s.counts().tolist() for s in same_mix(real, synthetic, 99, 0)] == [[10, 0, 10]] * 2
    none = synthetic.take(synthetic.labels == 2)
    ours, theirs = same_mix(real.take(real.labels == 0), none, 99, 0)
    assert (len(ours), len(theirs)) == (0, 0)


@pytest.mark.parametrize("choose", [same_mix, pairs])
def test_no_more_rows_than_asked_for_are_taken_and_the_seed_says_which(choose, images):
    real, synthetic = images(50), images(50, seed=1, first=None)
    first, again, other = (choose(real, synthetic, 20, seed)[1] for seed in (0, 0, 1))
    assert len(first) == 20
    assert (first.images == again.images).all()
    assert (first.images != other.images).any()


def test_equal_rows_are_pairs_and_labels_agree(images):
    real = images(20)
    mixed = images(20, seed=1, first=None).take(np.arange(40))
    rows = np.random.default_rng(0).permutation(40)
    ours, theirs = pairs(real, real.take(rows), 99, 0)
    assert (ours.images == theirs.images).all()
    ours, theirs = pairs(real, mixed, 99, 0)
    assert len(ours) == 40
    assert (ours.labels == theirs.labels).all()
