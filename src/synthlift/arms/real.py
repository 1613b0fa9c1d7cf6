"""Real rows only: the baseline.

With classical augmentation it is the cheap rival, with several members the ensemble.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation
from synthlift.arms.slot import at_strength, check_strength
from synthlift.arms.tuning import read_grid
from synthlift.core.results import ArmKind
from synthlift.core.samples import TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class Real:
    """The arm of real rows only.

    augmentation: applied on line, or None. strength: its ranges times this. members: classifiers
    averaged, each with its own seed. tune: a grid over strength, tried on valid.
    """

    strength: float
    augmentation: Any
    members: int = field(metadata={"key": False})
    baseline: str = field(metadata={"key": False})
    tune: Mapping[str, Any] | None = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "real"
    needs: ClassVar[tuple[str, ...]] = ()
    primary: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.members < 1:
            raise ValueError(f"arm: members is at least 1, not {self.members}")
        check_strength(self.augmentation, self.strength)
        object.__setattr__(self, "tune", read_grid(self))

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        weight = np.ones(len(given.train), np.float32)
        augmentation = at_strength(self.augmentation, self.strength)
        return TrainingSet(given.train, weight, augmentation=augmentation)
