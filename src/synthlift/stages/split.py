"""Draw train, valid, test and reserve rows, stratified by class.

There are two regimes (PROTOCOL 3). fixed test: an official test set, or one drawn once per study
from a pool of at least 3 (n_train + n_valid) rows; every repeat redraws train and valid from the
rest. small pool: everything redrawn in every repeat. Where samples come in groups, whole groups go
to one part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints, SampleSet, concatenate
from synthlift.core.seeds import derive
from synthlift.core.splits import PARTS, SplitFacts, Splits
from synthlift.core.store import Artifact, Place, stage
from synthlift.datasets.base import Source
from synthlift.stages.pool import Pool


@dataclass(frozen=True)
class Split:
    """How many labels a study may use.

    n_per_class: train rows of each class; None takes the fraction `train` of the pool instead.
    n_valid, n_test: rows; None means the fractions `valid` and `test` (n_test: the dataset's own
    first). reserve: real rows held back for the arms `more_real`; None takes twice as many as train
    of those that are left over under a fixed test, and none in a small pool. imbalance: None, train
    rows per class as a list, or the ratio of the largest to the smallest class, which then shrink
    geometrically in class order. test_seed: draws the fixed test set, so that studies of other
    seeds are judged on the same rows.
    """

    n_per_class: int | None
    train: float
    n_valid: int | None
    valid: float
    n_test: int | None
    test: float
    reserve: int | None
    imbalance: tuple[int, ...] | float | None
    test_seed: int

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


def _n_test(split: Split, customary: int | None, most: int, source: str) -> int:
    """Rows of a fixed test set; asking for more than there are is a DataError."""
    if split.n_test and split.n_test > most:
        raise DataError(
            f"split.n_test={split.n_test} asks for too many rows: {source} {most}; lower it, or "
            "leave it null"
        )
    return split.n_test or min(customary or most, most)


@stage(version=4, read=lambda folder, *inputs: Splits.load(folder))
def make_splits(
    source: Source, n_test: int | None, split: Split, seed: int, repeat: int, *, place: Place
) -> None:
    """Draw the rows of one repeat and keep them."""
    draw_splits(source, n_test, split, seed, repeat).save(place.folder)


def draw_splits(source: Source, n_test: int | None, split: Split, seed: int, repeat: int) -> Splits:
    """The rows of one repeat; the fixed test set depends on split.test_seed alone.

    n_test: the customary size of the dataset's fixed test set, if it has one.
    """
    samples, names = source.pool, source.schema.classes
    counts = samples.counts()
    if (counts == 0).any():
        empty = names[int(np.argmin(counts))]
        raise DataError(f"class {empty!r} has no samples; leave it out with dataset.classes")
    official = source.test is not None
    pool = Pool(samples, source.test.group if source.test is not None else None)
    n_barred = int((~pool.free).sum())
    n_train = split.train_counts(pool.left(), official)
    share = split.valid / (split.train + split.valid) if official else split.valid
    n_valid = split.n_valid or round(share * int(pool.free.sum()))
    fixed = official or len(samples) >= 3 * (int(n_train.sum()) + n_valid)
    redraw = np.random.default_rng(derive(seed, "repeat", repeat, "split"))
    rng = np.random.default_rng(derive(split.test_seed, "test"))
    if source.test is not None:
        n_rows = _n_test(split, n_test, len(source.test), "the official test set has")
        test = Pool(source.test).draw("test", apportion(n_rows, source.test.counts()), rng)
    elif fixed:
        n_rows = _n_test(split, n_test, len(samples) // 2, "half of the pool is")
        test = pool.draw("test", apportion(n_rows, counts), rng)
    n_pool = int(pool.free.sum())
    train = pool.draw("train", n_train, redraw, split.n_per_class is None)
    of_valid = apportion(n_valid, counts if fixed else pool.left())
    if split.n_valid is None:  # a fraction: rounding may ask for a row more than a class has
        of_valid = np.minimum(of_valid, pool.left())
    valid = pool.draw("valid", of_valid, redraw, split.n_valid is None)
    if not fixed:
        test = _draw_own_test(pool, split, len(samples), redraw)
    n_reserve = split.reserve
    if n_reserve is None:  # rows that nobody else needs
        n_reserve = min(2 * len(train), int(pool.free.sum())) if fixed else 0
    reserve = pool.draw("reserve", apportion(n_reserve, pool.left()), redraw, split.reserve is None)
    parts = (train, valid, test, reserve)
    seen = set(concatenate([train, valid, reserve]).fingerprints())
    facts = SplitFacts(
        regime="fixed_test" if fixed else "small_pool",
        n_pool=n_pool,
        n_train=len(train),
        n_valid=len(valid),
        n_test=len(test),
        n_reserve=len(reserve),
        duplicates=sum(print_ in seen for print_ in test.fingerprints()),
        train_counts=tuple(int(n) for n in train.counts()),
        n_groups=_count_groups(parts),
        n_barred=n_barred,
        notes=source.notes,
    )
    return Splits(*parts, facts)


def _draw_own_test(pool: Pool, split: Split, n: int, rng: np.random.Generator) -> SampleSet:
    """The test rows of one repeat of a small pool of n rows."""
    n_rows = split.n_test or max(round(split.test * n), 1)
    left = int(pool.free.sum())
    if 0 < left < n_rows <= left + 2:  # two rows may have gone in rounding the other parts
        n_rows = left
    return pool.draw("test", apportion(n_rows, pool.left()), rng, split.n_test is None)


def _count_groups(parts: Sequence[SampleSet]) -> int | None:
    groups = [part.group for part in parts if part.group is not None]
    return len(np.unique(np.concatenate(groups))) if groups else None


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
        return SplitParts(*(splits.part(name, SampleSet.load) for name in PARTS))
