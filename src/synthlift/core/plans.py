"""How many synthetic samples of each class are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthlift.core.samples import Ints


@dataclass(frozen=True)
class Plan:
    """The same number of every class: `n_per_class`, or in all `ratio` times the train rows."""

    n_per_class: int | None
    ratio: float | None

    def __post_init__(self) -> None:
        if (self.n_per_class is None) == (self.ratio is None):
            raise ValueError("generation: give n_per_class or ratio, and leave the other null")
        if (self.n_per_class or self.ratio or 0) <= 0:
            raise ValueError("generation: n_per_class or ratio is above 0")

    def counts(self, train: Ints) -> Ints:
        """Synthetic samples of each class for train rows with these counts; both `(n_classes,)`.

        >>> Plan(None, 2.0).counts(np.array([30, 10]))
        array([40, 40])
        """
        n = self.n_per_class
        if n is None:
            assert self.ratio is not None
            n = max(round(self.ratio * int(train.sum()) / len(train)), 1)
        return np.full(len(train), n, np.int64)
