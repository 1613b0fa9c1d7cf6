"""Synthetic rows only (train on synthetic, test on real): is the generator any good?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation
from synthlift.arms.slot import check_selection, needs_of, select
from synthlift.arms.tuning import read_grid
from synthlift.core.errors import TrainingError
from synthlift.core.results import ArmKind
from synthlift.core.samples import TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class Synthetic:
    """ratio, threshold: which samples (arms.slot.select). augmentation: applied on line, or None.

    tune: a grid over ratio and threshold, tried on valid.
    """

    ratio: float | None
    threshold: float
    augmentation: Any
    baseline: str = field(metadata={"key": False})
    tune: Mapping[str, Any] | None = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "synthetic"
    primary: ClassVar[bool] = False
    members: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_selection(self.ratio, self.threshold)
        object.__setattr__(self, "tune", read_grid(self))

    @property
    def needs(self) -> tuple[str, ...]:
        return needs_of(self.threshold)

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        samples = select(given, self.ratio, self.threshold)
        if samples is None:
            raise TrainingError(
                f"no synthetic sample has its label from the teacher with a probability of "
                f"{self.threshold} or more; lower the arm's threshold"
            )
        weight = np.ones(len(samples), np.float32)
        return TrainingSet(samples, weight, augmentation=self.augmentation)
