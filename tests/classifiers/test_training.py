"""How the networks are trained: the same rows, steps and weights for every arm."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from synthlift.classifiers.cnn import Cnn
from synthlift.classifiers.net import NetClassifier
from synthlift.classifiers.training import ClassifierTraining, fit_net, to_float
from synthlift.core.errors import TrainingError
from synthlift.core.samples import TrainingSet

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Linear(NetClassifier):
    """The smallest network there is."""

    def check(self, schema):
        return None

    def network(self, shape, n_classes):
        n = math.prod(shape)
        return nn.Sequential(nn.Flatten(), nn.Linear(n, n_classes))


TOY = Linear(steps=5, batch_size=8, rate=0.01, weight_decay=0.0, dropout=0.0)


def quiet(done, total):
    pass


def training_of(arm, recipe=TOY, seed=1):
    return ClassifierTraining(recipe, arm, seed, CPU, quiet)


def arm_of(rows, slot=None, weight=0.25):
    ones = np.ones(len(rows), np.float32)
    return TrainingSet(rows, ones) if slot is None else TrainingSet(rows, ones, slot, weight)


def test_pixels_become_floats_from_minus_one_to_one():
    pixels = torch.tensor([0, 255], dtype=torch.uint8)
    assert to_float(pixels).tolist() == [-1.0, 1.0]


def test_two_arms_with_a_slot_meet_the_same_real_rows_in_the_same_order(images):
    one = training_of(arm_of(images(), images(seed=2)))
    other = training_of(arm_of(images(), images(3, seed=7)))
    assert torch.equal(one.main.rows, other.main.rows)
    assert one.main.rows.shape == one.slot.rows.shape == (5, 4)


def test_an_arm_without_a_slot_meets_them_in_that_order_too(images):
    """Twice as many per step: the order that an arm with a slot has come through half of."""
    within = training_of(arm_of(images(), images(seed=2))).main.rows.flatten()
    without = training_of(arm_of(images())).main.rows.flatten()
    assert torch.equal(without[: len(within)], within)


def test_a_batch_is_as_large_with_a_slot_as_without(images):
    without = training_of(arm_of(images()))
    within = training_of(arm_of(images(), images(seed=2)))
    assert without.main.rows.shape[1] == within.main.rows.shape[1] + within.slot.rows.shape[1] == 8


@pytest.mark.parametrize("batch_size", [2, 7, 9])
def test_an_odd_batch_is_whole_too(images, batch_size):
    recipe = replace(TOY, batch_size=batch_size)
    made = training_of(arm_of(images(), images(seed=2)), recipe)
    assert made.main.rows.shape[1] + made.slot.rows.shape[1] == batch_size


def test_every_row_is_seen_equally_often(images):
    made = training_of(arm_of(images(6)), replace(TOY, steps=9, batch_size=8))  # 72 of 12 rows
    assert np.bincount(made.main.rows.numpy().ravel(), minlength=12).tolist() == [6] * 12


def test_rows_come_in_another_order_for_another_seed(images):
    arm = arm_of(images())
    assert not torch.equal(training_of(arm).main.rows, training_of(arm, seed=2).main.rows)


def test_initial_weights_depend_on_the_seed_alone(images):
    arms = [arm_of(images()), arm_of(images(2, seed=9)), arm_of(images(), images(seed=2))]
    weights = [training_of(arm).network[1].weight for arm in arms]
    assert all(torch.equal(weights[0], other) for other in weights[1:])
    assert not torch.equal(weights[0], training_of(arms[0], seed=2).network[1].weight)


def test_the_first_step_follows_the_weighted_cross_entropy(images):
    """(1 - w) mean(weight * loss) + w mean(slot loss): AdamW first moves by its gradient's sign."""
    rows, slot = images(4), images(4, seed=2)
    weight = np.linspace(0.5, 1.5, len(rows)).astype(np.float32)
    arm = TrainingSet(rows, weight, slot, 0.25)
    recipe = replace(TOY, steps=1)
    start = training_of(arm, recipe)
    net = start.network
    i, x, y = start.main.batch(0)
    _, x2, y2 = start.slot.batch(0)
    ours = nn.functional.cross_entropy(net(to_float(x)), y, reduction="none")
    theirs = nn.functional.cross_entropy(net(to_float(x2)), y2, reduction="none")
    loss = 0.75 * (ours * torch.tensor(weight)[i]).mean() + 0.25 * theirs.mean()
    loss.backward()
    moved = fit_net(recipe, arm, 1, CPU, quiet).network[1].weight - net[1].weight
    clear = net[1].weight.grad.abs() > 1e-4
    assert clear.float().mean() > 0.9
    assert torch.equal(moved[clear].sign(), -net[1].weight.grad[clear].sign())


def test_weights_of_rows_count(images):
    """Images that are all alike, one class with all the weight: everything is that class."""
    rows = images(10)
    alike = replace(rows, features=np.full_like(rows.images, 200))
    weight = np.where(rows.labels == 1, 2.0, 0.0).astype(np.float32)
    fitted = fit_net(replace(TOY, steps=30), TrainingSet(alike, weight), 0, CPU, quiet)
    assert (fitted.predict(alike)[:, 1] > 0.9).all()


def test_the_augmentation_is_applied_to_real_and_slot_images_alike(images):
    seen = []

    def watch(x, rng):
        seen.append((tuple(x.shape), torch.rand(1, generator=rng).item()))
        return x

    arm = replace(arm_of(images(), images(seed=2)), augmentation=watch)
    fit_net(TOY, arm, 0, CPU, quiet)
    assert [shape for shape, _ in seen] == [(8, 1, 8, 8)] * 5
    assert len({draw for _, draw in seen}) == 5


def test_predictions_are_not_augmented(images):
    def black(x, rng):
        return torch.full_like(x, -1)

    fitted = fit_net(TOY, replace(arm_of(images()), augmentation=black), 0, CPU, quiet)
    p = fitted.predict(images(seed=1))
    assert len(np.unique(p[:, 0])) > 2


DEEP = Cnn(5, 8, 0.01, 0.0, 0.0, 4, 8)


@pytest.mark.parametrize("rate", [1e10, 1e30])
def test_a_rate_that_is_far_too_high_ends_in_a_training_error(images, rate):
    with pytest.raises(TrainingError, match="lower its rate"):
        fit_net(replace(DEEP, rate=rate), arm_of(images()), 0, CPU, quiet)


def test_no_classifier_answers_with_nan(images):
    """The last update is the first that overflows: its weights are finite, its logits are not."""
    with pytest.raises(TrainingError):
        fit_net(replace(DEEP, rate=1e20, steps=1), arm_of(images()), 0, CPU, quiet)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"batch_size": 1},
        {"rate": 0.0},
        {"rate": -1.0},
        {"dropout": 1.0},
        {"dropout": -0.1},
        {"weight_decay": -0.1},
    ],
)
def test_a_value_out_of_range_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(TOY, **wrong)
