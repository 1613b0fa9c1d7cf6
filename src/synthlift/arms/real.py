"""Real rows only: the baseline.

With classical augmentation it is the cheap rival, with several members the ensemble.
"""

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
class Real:
    """The arm of real rows only.

    augmentation: applied on line, or None. members: classifiers averaged, each with its own seed.
    """

    augmentation: Any
    members: int = field(metadata={"key": False})
    baseline: str = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "real"
    needs: ClassVar[tuple[str, ...]] = ()
    primary: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.members < 1:
            raise ValueError(f"arm: members is at least 1, not {self.members}")

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        weight = np.ones(len(given.train), np.float32)
        return TrainingSet(given.train, weight, augmentation=self.augmentation)
