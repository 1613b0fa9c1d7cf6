"""Rare classes weighted up: the cheap rival under imbalance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation, without_imbalance
from synthlift.arms.tuning import Grid
from synthlift.core.results import ArmKind
from synthlift.core.samples import TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class Balanced:
    """Every class has the same total weight in the loss."""

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
        counts = np.maximum(given.train.counts(), 1)
        weight = len(given.train) / (len(counts) * counts[given.train.labels])
        return TrainingSet(given.train, weight.astype(np.float32), augmentation=self.augmentation)
