"""Rows of rare classes repeated until all classes are equally large.

The other cheap rival under imbalance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation, repeat_evenly, without_imbalance
from synthlift.arms.tuning import Grid
from synthlift.core.results import ArmKind
from synthlift.core.samples import TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class Oversampled:
    """augmentation: applied on line, so that repeated rows differ, or None."""

    augmentation: Any
    baseline: str = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "real"
    needs: ClassVar[tuple[str, ...]] = ()
    primary: ClassVar[bool] = False
    members: ClassVar[int] = 1
    tune: ClassVar[Grid] = ()

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return without_imbalance(facts)

    def assemble(self, given: Ingredients) -> TrainingSet:
        counts = given.train.counts()
        present = np.flatnonzero(counts)
        rows = [
            repeat_evenly(np.flatnonzero(given.train.labels == c), counts.max()) for c in present
        ]
        repeated = given.train.take(np.concatenate(rows))
        weight = np.ones(len(repeated), np.float32)
        return TrainingSet(repeated, weight, augmentation=self.augmentation)
