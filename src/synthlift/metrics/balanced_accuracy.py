"""Balanced accuracy: the mean of the classes' recalls (Brodersen et al. 2010)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthlift.core.samples import Ints
from synthlift.metrics.base import Floats, Probabilities, correct


@dataclass(frozen=True)
class BalancedAccuracy:
    """Mean recall over the classes that the labels hold, 0..1; a class that is absent is left out.

    As a mean over rows: a correct row counts n / (classes present x rows of its class).
    """

    name: ClassVar[str] = "balanced_accuracy"
    higher_is_better: ClassVar[bool] = True

    def score(self, p: Probabilities, labels: Ints) -> float:
        return float(self.rows(p, labels).mean())

    def rows(self, p: Probabilities, labels: Ints) -> Floats:
        counts = np.bincount(labels)
        weight = len(labels) / (np.count_nonzero(counts) * counts[labels])
        return correct(p, labels) * weight
