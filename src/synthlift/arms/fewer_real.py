"""A part of the real rows: a point of the real-only learning curve."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation
from synthlift.arms.subset import first_rows
from synthlift.arms.tuning import Grid
from synthlift.core.results import ArmKind
from synthlift.core.samples import Ints, TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class FewerReal:
    """share: of the train rows of each class, in (0, 1). augmentation: applied on line, or None."""

    share: float
    augmentation: Any
    baseline: str = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "curve"
    needs: ClassVar[tuple[str, ...]] = ()
    primary: ClassVar[bool] = False
    members: ClassVar[int] = 1
    tune: ClassVar[Grid] = ()

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"arm: share lies between 0 and 1, not {self.share}")

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        if self._counts(np.array(facts.train_counts)).min() < 1:
            return f"a share of {self.share} leaves a class of {min(facts.train_counts)} no row"
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        rows = first_rows(given.train, self._counts(given.train.counts()))
        return TrainingSet(rows, np.ones(len(rows), np.float32), augmentation=self.augmentation)

    def _counts(self, counts: Ints) -> Ints:
        return np.asarray(np.floor(self.share * counts + 0.5), np.int64)
