"""Real rows plus synthetic ones: the question that synthlift exists for."""

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
class RealSynthetic:
    """The arm of real and synthetic rows.

    weight: share of the loss that falls to the synthetic half of each batch, in [0, 1]; 0 uses
    none.
    """

    weight: float
    augmentation: Any
    baseline: str = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "synthetic"
    needs: ClassVar[tuple[str, ...]] = ("synthetic",)
    primary: ClassVar[bool] = True
    members: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise ValueError(f"arm: the synthetic weight lies in [0, 1], not {self.weight}")

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        weight = np.ones(len(given.train), np.float32)
        return TrainingSet(given.train, weight, given.synthetic, self.weight, self.augmentation)
