"""The rows of a dataset that a split may still draw from, by class and in whole groups."""

from __future__ import annotations

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints, SampleSet


class Pool:
    """Rows that are still free; whole groups leave it, where there are groups."""

    def __init__(self, samples: SampleSet, barred: Ints | None = None) -> None:
        """barred: groups whose rows may not be drawn."""
        self.samples = samples
        self.free = np.ones(len(samples), bool)
        if samples.group is not None and barred is not None:
            self.free &= ~np.isin(samples.group, barred)

    def left(self) -> Ints:
        """Free rows of each class, `(n_classes,)`."""
        labels = self.samples.labels[self.free]
        return np.bincount(labels, minlength=self.samples.schema.n_classes)

    def draw(
        self, what: str, wanted: Ints, rng: np.random.Generator, by_fraction: bool = False
    ) -> SampleSet:
        """Take `wanted[c]` free rows of each class c; a DataError if there are too few.

        With groups, every row of a group that gives one leaves the pool with it, so a part whose
        size is a fraction may be smaller.
        """
        grouped = self.samples.group is not None
        if grouped:
            rows, enough = self._in_groups(wanted, rng), by_fraction
        else:
            rows, enough = self._one_by_one(wanted, rng), False
        found = np.bincount(self.samples.labels[rows], minlength=len(wanted))
        short = np.flatnonzero(found < wanted)
        if len(short) and not (enough and len(rows)):
            label, whole = int(short[0]), " in whole groups" if grouped else ""
            raise DataError(
                f"split asks for {wanted[label]} {what} samples of class "
                f"{self.samples.schema.classes[label]!r}, the dataset has {found[label]} "
                f"left{whole}; lower split.n_per_class, split.n_valid or split.reserve, "
                "or leave the class out with dataset.classes"
            )
        self.free[rows] = False
        if self.samples.group is not None:
            self.free &= ~np.isin(self.samples.group, self.samples.group[rows])
        return self.samples.take(np.sort(rows))

    def _one_by_one(self, wanted: Ints, rng: np.random.Generator) -> Ints:
        found = []
        for label, n in enumerate(wanted):
            candidates = np.flatnonzero(self.free & (self.samples.labels == label))
            found.append(rng.choice(candidates, min(n, len(candidates)), replace=False))
        return np.concatenate(found)

    def _in_groups(self, wanted: Ints, rng: np.random.Generator) -> Ints:
        """Rows of random groups until every class has enough, or no group is left."""
        free = np.flatnonzero(self.free)
        assert self.samples.group is not None
        _, group = np.unique(self.samples.group[free], return_inverse=True)
        place = rng.permutation(group.max(initial=-1) + 1)[group]  # groups in random order
        order = np.lexsort((rng.random(len(free)), place))
        taken, missing = [], wanted.copy()
        for rows in np.split(free[order], np.flatnonzero(np.diff(place[order])) + 1):
            if not missing.any():
                break
            for row in rows:
                label = self.samples.labels[row]
                if missing[label]:
                    missing[label] -= 1
                    taken.append(row)
        return np.array(taken, np.int64)
