"""The synthetic slot filled with real rows of the same classes at the same weight.

Shows what mere repetition does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthlift.arms.base import Ingredients, check_augmentation, repeat_evenly
from synthlift.arms.slot import at_strength, check_share, check_strength
from synthlift.arms.tuning import read_grid
from synthlift.core.results import ArmKind
from synthlift.core.samples import SampleSet, TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts


@dataclass(frozen=True)
class Placebo:
    """The control of an arm with synthetic samples.

    weight: share of the loss that falls to the slot, as in that arm; 0 is real rows alone.
    strength: the augmentation's ranges times this. tune: a grid over both, tried on valid.
    """

    weight: float
    strength: float
    augmentation: Any
    baseline: str = field(metadata={"key": False})
    tune: Mapping[str, Any] | None = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "control"
    needs: ClassVar[tuple[str, ...]] = ("plan",)
    primary: ClassVar[bool] = False
    members: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_share("placebo's weight", self.weight)
        check_strength(self.augmentation, self.strength)
        object.__setattr__(self, "tune", read_grid(self))

    def check(self, schema: Schema) -> str | None:
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        weight = np.ones(len(given.train), np.float32)
        slot = _repeat_rows(given) if self.weight else None
        augmentation = at_strength(self.augmentation, self.strength)
        return TrainingSet(given.train, weight, slot, self.weight, augmentation)


def _repeat_rows(given: Ingredients) -> SampleSet:
    """As many train rows of each class as there are synthetic ones, each as often as the others."""
    train = given.train
    assert given.plan is not None
    wanted = given.plan.counts(train.counts())
    rows = [repeat_evenly(np.flatnonzero(train.labels == c), n) for c, n in enumerate(wanted) if n]
    return train.take(np.concatenate(rows))
