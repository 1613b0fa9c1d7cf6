"""What is particular to one arm: closed forms of its weights and counts."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.arms.balanced import Balanced
from synthlift.arms.base import Ingredients
from synthlift.arms.more_real import MoreReal
from synthlift.arms.oversampled import Oversampled
from synthlift.arms.placebo import Placebo
from synthlift.arms.real import Real
from synthlift.arms.real_synthetic import RealSynthetic
from synthlift.arms.synthetic import Synthetic
from synthlift.core.plans import Plan
from synthlift.core.splits import SplitFacts


def uneven(images, counts=(6, 2, 1)):
    rows = images(max(counts), n_classes=len(counts))
    kept = [np.flatnonzero(rows.labels == c)[:n] for c, n in enumerate(counts)]
    return rows.take(np.sort(np.concatenate(kept)))


def test_balanced_gives_every_class_the_same_total_weight(images):
    train = uneven(images)
    training = Balanced(None, "real").assemble(Ingredients(train))
    totals = np.bincount(train.labels, training.weight)
    np.testing.assert_allclose(totals, len(train) / 3, rtol=1e-6)
    assert training.main is train


def test_oversampled_repeats_rows_until_all_classes_are_as_large_as_the_largest(images):
    train = uneven(images)
    main = Oversampled(None, "real").assemble(Ingredients(train)).main
    assert main.counts().tolist() == [6, 6, 6]
    times = np.unique(main.origin, return_counts=True)[1]
    assert set(main.origin) == set(train.origin)
    assert sorted(times.tolist()) == [1, 1, 1, 1, 1, 1, 3, 3, 6]


@pytest.mark.parametrize("arm", [Balanced, Oversampled])
def test_arms_for_rare_classes_are_left_out_when_all_are_equally_frequent(arm):
    facts = SplitFacts("fixed_test", 100, 12, 10, 50, 0, 0, train_counts=(4, 4, 4))
    assert "equally many" in arm(None, "real").absent(facts)


def test_placebo_repeats_real_rows_as_evenly_as_can_be(images):
    train = uneven(images)
    slot = (
        Placebo(0.25, 1.0, None, "real", None).assemble(Ingredients(train, plan=Plan(4, None))).slot
    )
    assert slot.counts().tolist() == [4, 4, 4]
    for label, n in enumerate((6, 2, 1)):
        times = np.unique(slot.origin[slot.labels == label], return_counts=True)[1]
        assert times.max() - times.min() <= 1
        assert len(times) == min(n, 4)


def test_what_is_left_over_of_repeating_is_spread_over_all_rows_of_the_class(images):
    """The first rows of a file may be of one kind: they must not stand for the class."""
    train = uneven(images, (60, 20))
    given = Ingredients(train, plan=Plan(30, None))
    slot = Placebo(0.25, 1.0, None, "real", None).assemble(given).slot
    members = np.flatnonzero(train.labels == 0)
    assert slot.origin[slot.labels == 0].tolist() == train.origin[members[::2]].tolist()
    main = Oversampled(None, "real").assemble(Ingredients(uneven(images, (30, 20)))).main
    times = np.unique(main.origin[main.labels == 1], return_counts=True)[1]
    assert times.reshape(-1, 2).sum(1).tolist() == [3] * 10


def test_the_placebo_slot_mirrors_the_synthetic_one(images):
    train, plan = images(), Plan(5, None)
    synthetic = images(5, first=None)
    asked = RealSynthetic(0.4, None, 0.0, 1.0, None, "real", None).assemble(
        Ingredients(train, synthetic=synthetic)
    )
    control = Placebo(0.4, 1.0, None, "real", None).assemble(Ingredients(train, plan=plan))
    assert control.slot_weight == asked.slot_weight
    assert control.slot.counts().tolist() == asked.slot.counts().tolist()
    assert control.main is asked.main


def test_more_real_is_train_and_all_of_the_reserve(images):
    train, reserve = images(), images(4, first=50)
    main = MoreReal(1.0, None, "real").assemble(Ingredients(train, reserve)).main
    assert main.origin.tolist() == [*train.origin, *reserve.origin]


def test_more_real_is_left_out_without_a_reserve():
    facts = SplitFacts("small_pool", 100, 60, 20, 20, 0, 0, train_counts=(30, 30))
    assert "split.reserve=0" in MoreReal(1.0, None, "real").absent(facts)


def test_synthetic_holds_not_a_single_real_row(images):
    training = Synthetic(None, 0.0, None, "real", None).assemble(
        Ingredients(images(), synthetic=images(4, first=None))
    )
    assert (training.main.origin == -1).all()
    assert training.n_real == 0


def test_an_arm_without_a_classifier_is_refused():
    with pytest.raises(ValueError, match="members is at least 1"):
        Real(1.0, None, 0, "real", None)
