"""Grids of settings: what may stand in one, and that all arms are tried equally often."""

from dataclasses import replace

import numpy as np
import pytest

from synthlift.arms.base import Ingredients
from synthlift.arms.placebo import Placebo
from synthlift.arms.real import Real
from synthlift.arms.real_synthetic import RealSynthetic
from synthlift.arms.synthetic import Synthetic
from synthlift.arms.tuning import count_trials, options
from synthlift.augmentations.affine import Affine
from synthlift.augmentations.jitter import Jitter
from synthlift.core.confidence import Confidence
from synthlift.core.errors import TrainingError
from synthlift.core.store import identity

AFFINE = Affine(0.2, 0.15, 0.125, flip=False)
REAL = Real(1.0, None, 1, "real", None)
AUGMENTED = Real(1.0, AFFINE, 1, "real", {"strength": (0, 0.5, 1)})
BOTH = RealSynthetic(0.25, None, 0.0, 1.0, AFFINE, "augmented", None)
GRID = {"weight": [0.1, 0.25], "ratio": [None, 0.5], "threshold": [0, 0.9]}


def tuned(**grid):
    return replace(BOTH, tune=grid)


def test_the_grid_is_every_combination_the_first_values_first():
    found = [dict(option.settings) for option in options(replace(BOTH, tune=GRID), 8)]
    assert len({tuple(s.items()) for s in found}) == 8
    assert found[0] == {"weight": 0.1, "ratio": None, "threshold": 0, "strength": 1}
    assert found[-1] == {"weight": 0.25, "ratio": 0.5, "threshold": 0.9, "strength": 1}


def test_every_arm_has_as_many_trials_as_the_largest_grid():
    arms = [REAL, AUGMENTED, replace(BOTH, tune=GRID)]
    assert count_trials(arms) == 8
    assert [len(options(arm, 8)) for arm in arms] == [8, 8, 8]
    assert count_trials([REAL]) == 1


def test_an_arm_with_a_smaller_grid_fills_up_with_further_seeds():
    assert [option.seed for option in options(REAL, 4)] == [0, 1, 2, 3]
    tried = options(AUGMENTED, 8)
    assert [option.seed for option in tried] == [0, 0, 0, 1, 1, 1, 2, 2]
    assert [option.arm.strength for option in tried[3:6]] == [0, 0.5, 1]


def test_a_setting_that_was_tried_is_the_untuned_arm_with_it():
    """So a tuned study shares its trainings with an untuned one."""
    (option,) = (o for o in options(tuned(weight=[0, 0.1]), 2) if o.arm.weight)
    assert identity(option.arm) == identity(replace(BOTH, weight=0.1))


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({"wieght": [0, 1]}, "'wieght'; this arm tunes weight, ratio, threshold, strength"),
        ({"weight": [0, 1.5]}, "weight lies in"),
        ({"ratio": [0]}, "ratio is above 0"),
        ({"threshold": [2]}, "threshold lies in"),
        ({"strength": [-1]}, "strength is at least 0"),
        ({"weight": []}, "lists no value"),
        ({"weight": ["much"]}, "list of numbers"),
        ({"weight": [True]}, "list of numbers"),
        ({"strength": [1, float("nan")]}, "list of numbers, not of nan"),
        (3, "tune is a grid"),
        ((1,), "tune is a grid"),
    ],
)
def test_a_wrong_grid_is_refused(grid, said):
    with pytest.raises(ValueError, match=said):
        replace(BOTH, tune=grid)


def test_a_strength_without_an_augmentation_is_refused():
    with pytest.raises(ValueError, match="no augmentation"):
        replace(REAL, tune={"strength": [1, 2]})


def test_a_weight_of_0_is_trained_as_real_rows_alone(images):
    train, synthetic = images(), images(4, first=None)
    none = replace(BOTH, weight=0.0).assemble(Ingredients(train, synthetic=synthetic))
    plain = replace(REAL, augmentation=AFFINE).assemble(Ingredients(train))
    assert none.slot is plain.slot is None
    assert none.augmentation == plain.augmentation
    assert Placebo(0.0, 1.0, None, "real", None).assemble(Ingredients(train)).slot is None


def test_a_ratio_takes_the_first_samples(images):
    train, synthetic = images(4), images(8, first=None)
    slot = replace(BOTH, ratio=0.5).assemble(Ingredients(train, synthetic=synthetic)).slot
    assert len(slot) == 4
    assert slot.counts().tolist() == [2, 2]


def test_a_threshold_keeps_what_the_teacher_is_sure_of(images):
    train, synthetic = images(), images(2, first=None)
    sure = Confidence(np.array([0.9, 0.1, 0.95, 0.4], np.float32), np.array([7, 8]))
    arm = replace(BOTH, threshold=0.5)
    slot = arm.assemble(Ingredients(train, synthetic=synthetic, confidence=sure)).slot
    assert slot.images.tolist() == synthetic.images[[0, 2]].tolist()
    assert slot.learnt_from.tolist() == [7, 8], "the teacher's rows are in it now"
    assert arm.needs == ("synthetic", "confidence")
    assert BOTH.needs == ("synthetic",)


def test_nothing_that_is_sure_enough_is_nothing_used(images):
    train, synthetic = images(), images(2, first=None)
    given = Ingredients(
        train,
        synthetic=synthetic,
        confidence=Confidence(np.zeros(4, np.float32), np.array([0])),
    )
    training = replace(BOTH, threshold=0.5).assemble(given)
    assert (training.slot, training.slot_weight) == (None, 0)
    with pytest.raises(TrainingError, match=r"lower the arm's threshold"):
        Synthetic(None, 0.5, None, "real", None).assemble(given)


def test_strength_is_of_the_ranges(images):
    doubled = replace(BOTH, strength=2.0).assemble(
        Ingredients(images(), synthetic=images(first=None))
    )
    assert doubled.augmentation == Affine(0.4, 0.3, 0.25, flip=False)
    assert AFFINE.times(20).scale < 1
    assert Jitter(0.1, 0.3, 4).times(5) == Jitter(0.5, 1.0, 4)


def test_a_weight_of_0_is_tried_once_whatever_samples_it_does_not_use():
    arm = tuned(weight=[0, 0.25], threshold=[0, 0.9], ratio=[None, 2])
    assert count_trials([arm]) == 5
    tried = [dict(option.settings) for option in options(arm, 5)]
    assert [s["weight"] for s in tried] == [0, 0.25, 0.25, 0.25, 0.25]
