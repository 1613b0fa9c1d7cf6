"""Which state of a training is kept: the one whose samples are most useful for the valid rows.

GANs swing while they train and their losses do not say which state is good. How well a classifier
does that has seen the samples alone comes closest to what the samples are for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import Ints

Codes = npt.NDArray[np.float32]


class Selection(Protocol):
    """Scores a state by the samples that it draws; the best is kept, of equals the last.

    every: steps from one score to the next; the last step is always scored. n_per_class: samples
    drawn for a score.
    """

    @property
    def every(self) -> int: ...

    @property
    def n_per_class(self) -> int: ...

    def score(self, codes: Codes, labels: Ints, valid: Codes, truth: Ints, seed: int) -> float:
        """How useful samples are, higher is better.

        codes, labels: the samples, encoded `(n, width)`, categories as 0 and 1. valid, truth: the
        valid rows. The same arguments give the same score.
        """
        ...


@dataclass(frozen=True)
class KeepBest:
    """Balanced accuracy on the valid rows of a random forest that has seen the samples alone.

    trees: of the forest, which is fitted on codes.
    """

    every: int
    n_per_class: int
    trees: int

    def __post_init__(self) -> None:
        if min(self.every, self.n_per_class, self.trees) < 1:
            raise ValueError("generator.selection: every, n_per_class and trees are at least 1")

    def score(self, codes: Codes, labels: Ints, valid: Codes, truth: Ints, seed: int) -> float:
        from sklearn.ensemble import RandomForestClassifier

        forest = RandomForestClassifier(self.trees, random_state=seed % 2**32, n_jobs=1)
        said = forest.fit(codes, labels).predict(valid)
        return float(np.mean([(said[truth == k] == k).mean() for k in np.unique(truth)]))
