"""Train, valid, test and reserve rows of one repeat: disjoint by construction."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet

Regime = Literal["fixed_test", "small_pool"]
PARTS = ("train", "valid", "test", "reserve")


@dataclass(frozen=True)
class SplitFacts:
    """What the report has to know about a split.

    regime: which interval applies (PROTOCOL 3). n_pool: rows that train and valid were drawn from.
    duplicates: test rows whose features also stand in train, valid or reserve. n_groups: in all
    parts, None without groups; no group stands in two. n_barred: rows of the pool left out because
    their group is in the official test set. notes: how the dataset's files were read.
    """

    regime: Regime
    n_pool: int
    n_train: int
    n_valid: int
    n_test: int
    n_reserve: int
    duplicates: int
    train_counts: tuple[int, ...]
    n_groups: int | None = None
    n_barred: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Splits:
    """Four disjoint sets of rows; the test rows reach nothing but the final score."""

    train: SampleSet
    valid: SampleSet
    test: SampleSet
    reserve: SampleSet
    facts: SplitFacts

    def __post_init__(self) -> None:
        for a, b in combinations(PARTS, 2):
            one, other = getattr(self, a), getattr(self, b)
            shared = np.intersect1d(one.origin, other.origin)
            if len(shared):
                raise DataError(
                    f"{len(shared)} rows are in both {a} and {b}, row {shared[0]} first"
                )
            if one.group is not None and other.group is not None:
                crossing = np.intersect1d(one.group, other.group)
                if len(crossing):
                    raise DataError(f"{len(crossing)} groups are in both {a} and {b}")

    def save(self, folder: Path) -> None:
        for name in PARTS:
            getattr(self, name).save(folder / name)
        (folder / "facts.json").write_text(json.dumps(asdict(self.facts)))

    @staticmethod
    def load(folder: Path) -> Splits:
        train, valid, test, reserve = (SampleSet.load(folder / name) for name in PARTS)
        return Splits(train, valid, test, reserve, load_facts(folder))


def load_facts(folder: Path) -> SplitFacts:
    """The facts of saved splits, without their rows."""
    fields = json.loads((folder / "facts.json").read_text())
    return SplitFacts(**fields | {k: tuple(fields[k]) for k in ("train_counts", "notes")})
