"""The synthetic slot filled by SMOTE, the rival that needs no generator.

A made row lies between a train row and one of its five nearest neighbours of the same class
(Chawla et al. 2002, arXiv 1106.1813).
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from synthlift.arms.base import Ingredients, check_augmentation
from synthlift.arms.slot import check_share
from synthlift.arms.tuning import read_grid
from synthlift.core.columns import NUMBERS, Floats, from_matrix, to_matrix
from synthlift.core.results import ArmKind
from synthlift.core.samples import SYNTHETIC, Ints, SampleSet, TrainingSet
from synthlift.core.schema import Column, Schema, TableSchema
from synthlift.core.seeds import derive
from synthlift.core.splits import SplitFacts

NEIGHBOURS = 5


@dataclass(frozen=True)
class Smote:
    """As many made rows of each class as real_synthetic has synthetic ones, at its weight.

    weight: share of the loss that falls to the slot; 0 is real rows alone. tune: a grid over it,
    tried on valid. Numbers, dates and ordinal ranks are
    standardised and interpolated, other columns take the most frequent level of the neighbours:
    SMOTE, SMOTENC or SMOTEN by what the columns are. A missing number counts as its median among
    the distances, and whether the made one is missing is a level like others. A class of one row
    is repeated. The random draws follow from which rows are the train rows, so they differ
    between repeats.
    """

    weight: float
    augmentation: Any
    baseline: str = field(metadata={"key": False})
    tune: Mapping[str, Any] | None = field(metadata={"key": False})
    kind: ClassVar[ArmKind] = "real"
    needs: ClassVar[tuple[str, ...]] = ("plan",)
    primary: ClassVar[bool] = False
    members: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_share("weight", self.weight)
        object.__setattr__(self, "tune", read_grid(self))

    def check(self, schema: Schema) -> str | None:
        if schema.modality != "table":
            return f"it interpolates columns, but the dataset is {schema}; take it out of arm=[...]"
        return check_augmentation(self.augmentation, schema)

    def absent(self, facts: SplitFacts) -> str | None:
        return None

    def assemble(self, given: Ingredients) -> TrainingSet:
        assert given.plan is not None
        wanted = given.plan.counts(given.train.counts())
        slot = _make_rows(given.train, wanted) if self.weight else None
        weight = np.ones(len(given.train), np.float32)
        return TrainingSet(given.train, weight, slot, self.weight, self.augmentation)


def _make_rows(train: SampleSet, wanted: Ints) -> SampleSet:
    """Made rows, wanted[c] of each class c that has train rows, class by class."""
    assert isinstance(train.schema, TableSchema)
    columns = train.schema.columns
    space = _Space.fit(to_matrix(train.table, columns), columns)
    digest = hashlib.sha256(np.ascontiguousarray(train.origin).tobytes()).hexdigest()
    made, labels = [], []
    for label, n in enumerate(wanted):
        rows = np.flatnonzero(train.labels == label)
        if not len(rows):
            continue
        if len(rows) == 1:
            new = np.repeat(space.points[rows], n, axis=0)
        else:
            seed = derive(0, "smote", digest, label) % 2**32
            new = _interpolate(space.points, train.labels, label, int(n), space.nominal, seed)
        made.append(space.decode(new))
        labels.append(np.full(len(new), label, np.int64))
    table = from_matrix(np.concatenate(made), columns)
    origin = np.full(len(table), SYNTHETIC, np.int64)
    made_with = np.array(train.origin)
    return SampleSet(train.schema, table, np.concatenate(labels), origin, learnt_from=made_with)


def _interpolate(
    points: Floats,
    labels: Ints,
    label: int,
    n: int,
    nominal: npt.NDArray[np.bool_],
    seed: int,
) -> Floats:
    """Points between those of a class that has at least two, `(n, width)`."""
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    n_rows = int((labels == label).sum())
    how = {
        "sampling_strategy": {label: n_rows + n},
        "k_neighbors": min(NEIGHBOURS, n_rows - 1),
        "random_state": seed,
    }
    if nominal.all():
        sampler = SMOTEN(**how)
    elif nominal.any():
        sampler = SMOTENC(np.flatnonzero(nominal).tolist(), **how)
    else:
        sampler = SMOTE(**how)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a class becomes larger than the largest is meant
        grown, _ = sampler.fit_resample(points, labels)
    return np.asarray(grown[len(points) :], np.float64)


@dataclass(frozen=True, eq=False)
class _Space:
    """Train rows as complete points: a column each, then an indicator per column with missing ones.

    middle, spread: of the columns, `(n_columns,)`. indicated: the columns that have an indicator.
    nominal: bool `(width,)`, positions that hold levels.
    """

    points: Floats
    middle: Floats
    spread: Floats
    indicated: Ints
    nominal: npt.NDArray[np.bool_]

    @staticmethod
    def fit(values: Floats, columns: tuple[Column, ...]) -> _Space:
        """values: `(n, n_columns)`, NaN where missing."""
        levels = np.array([c.kind not in (*NUMBERS, "ordinal") for c in columns])
        missing = np.isnan(values)
        middle, spread = np.zeros(len(columns)), np.ones(len(columns))
        filled = values.copy()
        for i, is_level in enumerate(levels):
            known = values[~missing[:, i], i]
            if is_level:
                filled[missing[:, i], i] = -1  # a level like others
            elif len(known):
                filled[missing[:, i], i] = np.median(known)
                middle[i], spread[i] = filled[:, i].mean(), filled[:, i].std() or 1.0
            else:
                filled[:, i] = 0
        indicated = np.flatnonzero(missing.any(0) & ~levels)
        points = np.hstack([(filled - middle) / spread, missing[:, indicated].astype(np.float64)])
        nominal = np.concatenate([levels, np.ones(len(indicated), bool)])
        return _Space(points, middle, spread, indicated, nominal)

    def decode(self, points: Floats) -> Floats:
        """Rows `(n, n_columns)` in the units of the table, NaN where missing."""
        n_columns = len(self.middle)
        values = points[:, :n_columns] * self.spread + self.middle
        is_level = self.nominal[:n_columns]
        values[:, is_level] = np.where(values[:, is_level] < 0, np.nan, values[:, is_level])
        for j, i in enumerate(self.indicated):
            values[points[:, n_columns + j] > 0, i] = np.nan
        return values
