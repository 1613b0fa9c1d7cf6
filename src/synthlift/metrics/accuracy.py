"""Accuracy: the share of rows whose most probable class is their label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from synthlift.core.samples import Ints
from synthlift.metrics.base import Floats, Probabilities, correct


@dataclass(frozen=True)
class Accuracy:
    """Share of correct rows, 0..1."""

    name: ClassVar[str] = "accuracy"
    higher_is_better: ClassVar[bool] = True

    def score(self, p: Probabilities, labels: Ints) -> float:
        return float(self.rows(p, labels).mean())

    def rows(self, p: Probabilities, labels: Ints) -> Floats:
        return correct(p, labels)
