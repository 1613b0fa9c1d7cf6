"""Real rows plus synthetic ones: the question that synthlift exists for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation
from synthlift.arms.slot import (
    at_strength,
    check_selection,
    check_share,
    check_strength,
    needs_of,
    select,
)
from synthlift.arms.tuning import read_grid
from synthlift.core.results import ArmKind
from synthlift.core.samples import TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class RealSynthetic:
    """The arm of real and synthetic rows.

    weight: share of the loss that falls to the synthetic half of each batch, in [0, 1]; 0 uses
    none, and is trained as real rows alone. ratio, threshold: which samples (arms.slot.select).
    strength: the augmentation's ranges times this. tune: a grid over these four, tried on valid.
    """

    weight: float
    ratio: float | None
    threshold: float
    strength: float
    augmentation: Any
    baseline: str = field(metadata={"key": False})
    tune: Mapping[str, Any] | None = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "synthetic"
    primary: ClassVar[bool] = True
    members: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_share("synthetic weight", self.weight)
        check_selection(self.ratio, self.threshold)
        check_strength(self.augmentation, self.strength)
        object.__setattr__(self, "tune", read_grid(self))

    @property
    def needs(self) -> tuple[str, ...]:
        return needs_of(self.threshold)

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        weight = np.ones(len(given.train), np.float32)
        slot = select(given, self.ratio, self.threshold) if self.weight else None
        augmentation = at_strength(self.augmentation, self.strength)
        return TrainingSet(given.train, weight, slot, self.weight if slot else 0.0, augmentation)
