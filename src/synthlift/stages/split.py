"""Draw train, valid, test and reserve rows, stratified by class.

There are two regimes (PROTOCOL 3). fixed test: an official test set, or one drawn once per study
from a pool of at least 3 (n_train + n_valid) rows; every repeat redraws train and valid from the
rest. small pool: everything redrawn in every repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints, SampleSet, concatenate
from synthlift.core.seeds import derive
from synthlift.core.splits import SplitFacts, Splits
from synthlift.core.store import Artifact, Place, stage
from synthlift.datasets.base import Dataset


@dataclass(frozen=True)
class Split:
    """How many labels a study may use.

    n_per_class: train rows of each class; None takes the fraction `train` of the pool instead.
    n_valid, n_test: rows; None means the fractions `valid` and `test` (n_test: the dataset's own
    first). reserve: real rows held back for the arm `more_real`; None takes as many as train of
    those that are left over under a fixed test, and none in a small pool. imbalance: None, train
    rows per class as a list, or the ratio of the largest to the smallest class, which then shrink
    geometrically in class order.
    """

    n_per_class: int | None
    train: float
    n_valid: int | None
    valid: float
    n_test: int | None
    test: float
    reserve: int | None
    imbalance: tuple[int, ...] | float | None

    def __post_init__(self) -> None:
        if not (self.train > 0 and self.valid > 0 and self.test > 0):
            raise ValueError("split.train, split.valid and split.test are fractions above 0")
        if self.train + self.valid + self.test > 1 + 1e-9:
            raise ValueError("split.train, split.valid and split.test add up to 1 at most")
        for name in ("n_per_class", "n_valid", "n_test"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"split.{name} is at least 1, not {value}")
        if self.reserve is not None and self.reserve < 0:
            raise ValueError(f"split.reserve is at least 0, not {self.reserve}")
        if isinstance(self.imbalance, tuple) and min(self.imbalance, default=0) < 1:
            raise ValueError("split.imbalance lists at least one train row for every class")
        if isinstance(self.imbalance, int | float) and self.imbalance < 1:
            raise ValueError(
                "split.imbalance is the ratio of largest to smallest class, at least 1"
            )

    def train_counts(self, counts: Ints, official_test: bool) -> Ints:
        """Train rows of each class, `(n_classes,)`, out of a pool with these counts."""
        n_classes = len(counts)
        if isinstance(self.imbalance, tuple):
            if len(self.imbalance) != n_classes:
                raise DataError(
                    f"split.imbalance lists {len(self.imbalance)} classes, "
                    f"the dataset has {n_classes}"
                )
            return np.array(self.imbalance, np.int64)
        if self.n_per_class is not None:
            wanted = np.full(n_classes, self.n_per_class, np.int64)
        else:
            share = self.train / (self.train + self.valid) if official_test else self.train
            wanted = apportion(round(share * int(counts.sum())), counts)
        if self.imbalance is not None:
            tail = self.imbalance ** (-np.arange(n_classes) / max(n_classes - 1, 1))
            wanted = np.maximum(np.rint(wanted * tail), 1).astype(np.int64)
        return wanted


def apportion(n: int, counts: Ints) -> Ints:
    """Share n rows out among classes in proportion to their counts, by largest remainder.

    >>> apportion(10, np.array([50, 30, 21]))
    array([5, 3, 2])
    """
    exact = n * counts / max(counts.sum(), 1)
    shares: Ints = np.floor(exact).astype(np.int64)
    largest = np.argsort(shares - exact, kind="stable")
    shares[largest[: n - shares.sum()]] += 1
    return shares


def _draw(
    what: str,
    labels: Ints,
    free: npt.NDArray[np.bool_],
    wanted: Ints,
    names: Sequence[str],
    rng: Any,
) -> Ints:
    """Positions of `wanted[c]` free rows of each class c, marked as taken.

    A DataError if there are too few.
    """
    rows = []
    for label, n in enumerate(wanted):
        candidates = np.flatnonzero(free & (labels == label))
        if len(candidates) < n:
            raise DataError(
                f"split asks for {n} {what} samples of class {names[label]!r}, the dataset has "
                f"{len(candidates)} left; lower split.n_per_class, split.n_valid or split.reserve, "
                "or leave the class out with dataset.classes"
            )
        rows.append(rng.choice(candidates, n, replace=False))
    drawn = np.sort(np.concatenate(rows))
    free[drawn] = False
    return drawn


def _n_test(split: Split, dataset: Dataset, most: int, source: str) -> int:
    """Rows of a fixed test set; asking for more than there are is a DataError."""
    if split.n_test and split.n_test > most:
        raise DataError(
            f"split.n_test={split.n_test} asks for too many rows: {source} {most}; lower it, or "
            "leave it null"
        )
    return split.n_test or min(dataset.n_test or most, most)


def _left(labels: Ints, free: npt.NDArray[np.bool_], n_classes: int) -> Ints:
    return np.bincount(labels[free], minlength=n_classes)


@stage(version=1, read=lambda folder, *inputs: Splits.load(folder))
def make_splits(dataset: Dataset, split: Split, seed: int, repeat: int, *, place: Place) -> None:
    """Draw the rows of one repeat; the fixed test set depends on the study's seed alone."""
    source = dataset.load()
    pool, labels, names = source.pool, source.pool.labels, source.schema.classes
    counts = pool.counts()
    if (counts == 0).any():
        empty = names[int(np.argmin(counts))]
        raise DataError(f"class {empty!r} has no samples; leave it out with dataset.classes")
    official = source.test is not None
    n_train = split.train_counts(counts, official)
    share = split.valid / (split.train + split.valid) if official else split.valid
    n_valid = split.n_valid or round(share * len(pool))
    n_fit = int(n_train.sum()) + n_valid
    fixed = official or len(pool) >= 3 * n_fit
    free = np.ones(len(pool), bool)
    redraw = np.random.default_rng(derive(seed, "repeat", repeat, "split"))

    def draw(what: str, wanted: Ints, rng: Any) -> SampleSet:
        return pool.take(_draw(what, labels, free, wanted, names, rng))

    rng = np.random.default_rng(derive(seed, "test"))
    if source.test is not None:
        n_test = _n_test(split, dataset, len(source.test), "the official test set has")
        unused = np.ones(len(source.test), bool)
        wanted = apportion(n_test, source.test.counts())
        test = source.test.take(_draw("test", source.test.labels, unused, wanted, names, rng))
    elif fixed:
        n_test = _n_test(split, dataset, len(pool) // 2, "half of the pool is")
        test = draw("test", apportion(n_test, counts), rng)
    n_pool = int(free.sum())
    train = draw("train", n_train, redraw)
    shares = counts if fixed else _left(labels, free, len(counts))
    valid = draw("valid", apportion(n_valid, shares), redraw)
    if not fixed:
        n_test = split.n_test or max(round(split.test * len(pool)), 1)
        left = int(free.sum())
        if 0 < left < n_test <= left + 2:  # two rows may have gone in rounding the other parts
            n_test = left
        test = draw("test", apportion(n_test, _left(labels, free, len(counts))), redraw)
    n_reserve = split.reserve
    if n_reserve is None:  # rows that nobody else needs
        n_reserve = len(train) if fixed and free.sum() >= 2 * len(train) else 0
    reserve = draw("reserve", apportion(n_reserve, _left(labels, free, len(counts))), redraw)
    seen = set(concatenate([train, valid, reserve]).fingerprints())
    facts = SplitFacts(
        regime="fixed_test" if fixed else "small_pool",
        n_pool=n_pool,
        n_train=len(train),
        n_valid=len(valid),
        n_test=len(test),
        n_reserve=len(reserve),
        duplicates=sum(print_ in seen for print_ in test.fingerprints()),
        train_counts=tuple(int(n) for n in n_train),
    )
    Splits(train, valid, test, reserve, facts).save(place.folder)


@dataclass(frozen=True)
class SplitParts:
    """The four parts of a stored split.

    Each has a key of its own: an arm depends on the rows that it uses, not on the others.
    """

    train: Artifact[SampleSet]
    valid: Artifact[SampleSet]
    test: Artifact[SampleSet]
    reserve: Artifact[SampleSet]

    @staticmethod
    def of(splits: Artifact[Splits]) -> SplitParts:
        return SplitParts(
            *(splits.part(name, SampleSet.load) for name in ("train", "valid", "test", "reserve"))
        )
