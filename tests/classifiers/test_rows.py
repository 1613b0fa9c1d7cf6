"""Weights of rows as scikit-learn takes them: shares, totals, repeats."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from synthlift.classifiers.rows import as_repeats, gather, with_copies
from synthlift.core.errors import ConfigError
from synthlift.core.samples import TrainingSet


@dataclass(frozen=True)
class Brighter:
    copies: int

    def vary(self, samples, seed):
        return replace(samples, features=np.minimum(samples.images, 250) + np.uint8(5))


def training(images, weight=0.25, augmentation=None):
    rows = images()
    slot = images(10, seed=1, first=None)
    return TrainingSet(rows, np.ones(len(rows), np.float32), slot, weight, augmentation)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_slot_has_its_share_and_the_total_is_that_of_the_main_rows(images, share):
    rows = gather(training(images, share), 0)
    synthetic = rows.samples.origin == -1
    assert rows.weight.sum() == pytest.approx(12)
    assert rows.weight[synthetic].sum() == pytest.approx(12 * share)
    assert (rows.weight > 0).all()


def test_copies_share_the_weight_of_their_row(images):
    plain, varied = (gather(training(images, 0.25, a), 0) for a in (None, Brighter(3)))
    assert len(varied.samples) == 4 * len(plain.samples)
    assert varied.weight.sum() == pytest.approx(12)
    assert np.unique(varied.weight) * 4 == pytest.approx(np.unique(plain.weight))


def test_an_augmentation_of_batches_only_is_refused_with_the_remedy(images):
    with pytest.raises(ConfigError, match="vary"):
        with_copies(training(images, augmentation=len), 0)


def test_rows_are_repeated_in_the_shares_of_their_weights(images):
    rows = gather(training(images), 0)
    drawn = as_repeats(rows.samples.labels, rows.weight, rows.full)
    synthetic = rows.samples.origin[drawn] == -1
    assert (~synthetic).sum() == 12
    assert synthetic.sum() == 4
    assert np.bincount(rows.samples.labels[drawn][synthetic]).tolist() == [2, 2]


def test_rare_classes_are_repeated_where_they_weigh_more(images):
    labels, weight = np.array([0, 0, 0, 0, 1, 1]), np.array([0.75, 0.75, 0.75, 0.75, 1.5, 1.5])
    assert as_repeats(labels, weight, 0.75).tolist() == [0, 1, 2, 3, 4, 4, 5, 5]


def test_the_slot_alone_is_whole_where_it_has_all_the_weight(images):
    rows = gather(training(images, 1.0), 0)
    assert as_repeats(rows.samples.labels, rows.weight, rows.full).tolist() == list(range(20))
