"""What an arm is: one recipe for a training set, never shown valid or test rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from synthlift.arms.tuning import Grid
from synthlift.core.confidence import Confidence
from synthlift.core.plans import Plan
from synthlift.core.results import ArmKind
from synthlift.core.samples import Ints, SampleSet, TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts
from synthlift.core.store import Artifact


@dataclass(frozen=True, eq=False)
class Ingredients:
    """What an arm may build from; what it does not name in `needs` is None."""

    train: SampleSet
    reserve: SampleSet | None = None
    synthetic: SampleSet | None = None
    confidence: Confidence | None = None
    plan: Plan | None = None


class Arm(Protocol):
    """One way to make a training set.

    kind: what it tells (results.ArmKind). baseline: the arm it is asked to lift. primary: whether
    that is a primary question. members: how many classifiers are averaged. needs: Ingredients it
    uses beside train. tune: settings to try on valid rows, none for an empty grid.
    """

    @property
    def kind(self) -> ArmKind: ...
    @property
    def needs(self) -> tuple[str, ...]: ...
    @property
    def baseline(self) -> str: ...
    @property
    def primary(self) -> bool: ...
    @property
    def members(self) -> int: ...
    @property
    def tune(self) -> Grid: ...

    def check(self, schema: Schema) -> str | None:
        """Why this arm can't take such samples, or None."""
        ...

    def absent(self, facts: SplitFacts) -> str | None:
        """Why this arm has nothing to say about such a split, or None."""
        ...

    def assemble(self, given: Ingredients) -> TrainingSet: ...


def check_augmentation(augmentation: Any, schema: Schema) -> str | None:
    """Why an arm can't augment such samples, or None; one without a check takes all."""
    check = getattr(augmentation, "check", None)
    return check(schema) if check else None


def without_imbalance(facts: SplitFacts) -> str | None:
    """Why a cure for imbalance has nothing to say about such a split, or None."""
    return "all classes have equally many rows" if len(set(facts.train_counts)) == 1 else None


def repeat_evenly(rows: Ints, n: int) -> Ints:
    """Take n of these rows, each as often as the others; what is left over is spread over all.

    Rows stand in the order of the file, so the first ones may be of one kind.

    >>> repeat_evenly(np.array([1, 2, 3, 4]), 6), repeat_evenly(np.array([1, 2, 3, 4]), 2)
    (array([1, 2, 3, 4, 1, 3]), array([1, 3]))
    """
    times, left = divmod(n, len(rows))
    return np.concatenate([np.tile(rows, times), rows[np.arange(left) * len(rows) // max(left, 1)]])


@dataclass(frozen=True)
class TrainingRecipe:
    """A training set not yet built.

    Its key costs nothing, and names only the ingredients that the arm needs.
    """

    arm: Arm
    train: Artifact[SampleSet]
    reserve: Artifact[SampleSet] | None
    synthetic: Artifact[SampleSet] | None
    confidence: Artifact[Confidence] | None
    plan: Plan | None

    def read(self) -> TrainingSet:
        given = Ingredients(
            self.train.read(),
            self.reserve.read() if self.reserve else None,
            self.synthetic.read() if self.synthetic else None,
            self.confidence.read() if self.confidence else None,
            self.plan,
        )
        return self.arm.assemble(given)


def build(
    arm: Arm,
    train: Artifact[SampleSet],
    reserve: Artifact[SampleSet] | None = None,
    synthetic: Artifact[SampleSet] | None = None,
    confidence: Artifact[Confidence] | None = None,
    plan: Plan | None = None,
) -> TrainingRecipe:
    """The training set of an arm, over just those ingredients that it needs."""
    given: dict[str, Any] = {
        "reserve": reserve,
        "synthetic": synthetic,
        "confidence": confidence,
        "plan": plan,
    }
    needed = {name: value if name in arm.needs else None for name, value in given.items()}
    return TrainingRecipe(arm, train, **needed)
