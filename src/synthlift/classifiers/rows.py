"""Rows and weights as those classifiers take them that see a whole training set at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import ConfigError
from synthlift.core.samples import Ints, SampleSet, TrainingSet, concatenate
from synthlift.core.seeds import derive

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weighted:
    """Rows with weights above 0, float64 `(n,)`, whose sum is the number of main rows.

    full: the weight that counts as one whole row where a row can only be there or not.
    """

    samples: SampleSet
    weight: Weights
    full: float


def with_copies(training: TrainingSet, seed: int) -> TrainingSet:
    """The training set with `copies` varied copies of each row, drawn beforehand.

    Row and copies share its weight equally, in the slot too. A ConfigError if the augmentation
    can't draw copies.
    """
    augmentation = training.augmentation
    if augmentation is None:
        return training
    if not hasattr(augmentation, "vary"):
        raise ConfigError(
            f"{type(augmentation).__name__} changes batches on line, and this classifier has none; "
            "give it a method vary(samples, seed) and a number of copies, or set the arm's "
            "augmentation to null"
        )

    def extend(samples: SampleSet, name: str) -> SampleSet:
        seeds = (derive(seed, "copies", name, i) for i in range(augmentation.copies))
        return concatenate([samples, *(augmentation.vary(samples, s) for s in seeds)])

    main = extend(training.main, "main")
    slot = extend(training.slot, "slot") if training.slot else None
    weight = np.tile(training.weight, 1 + augmentation.copies)
    return TrainingSet(main, weight, slot, training.slot_weight)


def gather(training: TrainingSet, seed: int) -> Weighted:
    """All rows of a training set, main rows first, weighted so that the slot has its share.

    The main rows have (1 - w) of the total weight, the slot w. The total is the number of main
    rows in every arm, so that a penalty such as the C of a logistic regression means the same.
    """
    n = len(training.main)
    drawn = with_copies(training, seed)
    share = drawn.slot_weight if drawn.slot else 0.0
    main = drawn.weight.astype(np.float64)
    parts, weight = [drawn.main], [main * ((1 - share) * n / main.sum())]
    if drawn.slot:
        parts.append(drawn.slot)
        weight.append(np.full(len(drawn.slot), share * n / len(drawn.slot)))
    kept = [(s.take(w > 0), w[w > 0]) for s, w in zip(parts, weight, strict=True) if w.any()]
    return Weighted(
        concatenate([samples for samples, _ in kept]),
        np.concatenate([w for _, w in kept]),
        float(kept[0][1].min()),
    )


def as_repeats(labels: Ints, weight: Weights, full: float) -> Ints:
    """Positions of rows, each as often as its weight says in units of `full`, `(m,)`.

    Fractions are dealt class by class and evenly within one, so that every class has its share.

    >>> as_repeats(np.array([0, 1, 0, 0, 1, 1]), np.array([1, 1, 0.5, 0.5, 0.5, 0.5]), 1.0)
    array([0, 1, 2, 4])
    """
    order = np.argsort(labels, kind="stable")
    reached = np.floor(np.cumsum(weight[order]) / full + 0.5 + 1e-9).astype(np.int64)
    return np.sort(np.repeat(order, np.diff(reached, prepend=0)))
