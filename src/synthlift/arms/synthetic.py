"""Synthetic rows only (train on synthetic, test on real): is the generator any good?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation
from synthlift.core.results import ArmKind
from synthlift.core.samples import TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class Synthetic:
    """augmentation: applied on line, or None."""

    augmentation: Any
    baseline: str = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "synthetic"
    needs: ClassVar[tuple[str, ...]] = ("synthetic",)
    primary: ClassVar[bool] = False
    members: ClassVar[int] = 1

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        assert given.synthetic is not None
        weight = np.ones(len(given.synthetic), np.float32)
        return TrainingSet(given.synthetic, weight, augmentation=self.augmentation)
