"""Real rows plus reserve rows: the ceiling, what more labels would give."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation
from synthlift.core.results import ArmKind
from synthlift.core.samples import TrainingSet, concatenate
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class MoreReal:
    """augmentation: applied on line, or None."""

    augmentation: Any
    baseline: str = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "ceiling"
    needs: ClassVar[tuple[str, ...]] = ("reserve",)
    primary: ClassVar[bool] = False
    members: ClassVar[int] = 1

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return None if facts.n_reserve else "no real rows are held back (split.reserve=0)"

    def assemble(self, given: Ingredients) -> TrainingSet:
        assert given.reserve is not None
        rows = concatenate([given.train, given.reserve])
        return TrainingSet(rows, np.ones(len(rows), np.float32), augmentation=self.augmentation)
