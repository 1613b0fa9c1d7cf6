"""The synthetic slot filled with real rows of the same classes at the same weight.

Shows what mere repetition does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation, repeat_evenly
from synthlift.core.results import ArmKind
from synthlift.core.samples import TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class Placebo:
    """weight: share of the loss that falls to the slot, as in the arm it is the control of."""

    weight: float
    augmentation: Any
    baseline: str = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "control"
    needs: ClassVar[tuple[str, ...]] = ("plan",)
    primary: ClassVar[bool] = False
    members: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise ValueError(f"arm: the placebo's weight lies in [0, 1], not {self.weight}")

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        train = given.train
        assert given.plan is not None
        wanted = given.plan.counts(train.counts())
        rows = [
            repeat_evenly(np.flatnonzero(train.labels == c), n) for c, n in enumerate(wanted) if n
        ]
        weight = np.ones(len(train), np.float32)
        slot = train.take(np.concatenate(rows))
        return TrainingSet(train, weight, slot, self.weight, self.augmentation)
