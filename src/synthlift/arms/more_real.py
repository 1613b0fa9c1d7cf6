"""Real rows plus reserve rows: the ceiling, what more labels would give."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation
from synthlift.arms.subset import first_rows
from synthlift.arms.tuning import Grid
from synthlift.core.results import ArmKind
from synthlift.core.samples import TrainingSet, concatenate
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class MoreReal:
    """Train rows and more from the reserve, as far as it has so many.

    times: reserve rows of each class for each train row. augmentation: applied on line, or None.
    """

    times: float
    augmentation: Any
    baseline: str = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "ceiling"
    needs: ClassVar[tuple[str, ...]] = ("reserve",)
    primary: ClassVar[bool] = False
    members: ClassVar[int] = 1
    tune: ClassVar[Grid] = ()

    def __post_init__(self) -> None:
        if self.times <= 0:
            raise ValueError(f"arm: times is above 0, not {self.times}")

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        wanted = round(self.times * facts.n_train)
        if not facts.n_reserve:
            return "no real rows are held back (split.reserve=0)"
        if 2 * facts.n_reserve <= wanted:
            return f"it takes {wanted} real rows more, and only {facts.n_reserve} are held back"
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        assert given.reserve is not None
        wanted = np.floor(self.times * given.train.counts() + 0.5).astype(np.int64)
        rows = concatenate([given.train, first_rows(given.reserve, wanted)])
        return TrainingSet(rows, np.ones(len(rows), np.float32), augmentation=self.augmentation)
