"""What every dataset gives: a pool of real samples, an official test set where there is one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import Schema


@dataclass(frozen=True, eq=False)
class Source:
    """All samples of a dataset.

    pool: what splits are drawn from. test: the official test set, or None.
    groups, test_groups: int64 `(n,)`, numbered together; rows of one group (a patient, a
    photographer) never stand on both sides of a split. None: every row is its own group.
    notes: what the reader of the report has to know about how the files were read.
    """

    pool: SampleSet
    test: SampleSet | None = None
    groups: Ints | None = None
    test_groups: Ints | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_groups("groups", self.groups, self.pool)
        _check_groups("test_groups", self.test_groups, self.test)

    @property
    def schema(self) -> Schema:
        return self.pool.schema

    def save(self, folder: Path) -> None:
        """Write everything but the files themselves: `load` gives it back without decoding."""
        replace(self.pool, group=self.groups).save(folder / "pool")
        if self.test is not None:
            replace(self.test, group=self.test_groups).save(folder / "test")
        (folder / "notes.json").write_text(json.dumps(self.notes))

    @staticmethod
    def load(folder: Path) -> Source:
        pool = SampleSet.load(folder / "pool")
        test = SampleSet.load(folder / "test") if (folder / "test").is_dir() else None
        notes = tuple(json.loads((folder / "notes.json").read_text()))
        return Source(pool, test, pool.group, test.group if test is not None else None, notes)


def _check_groups(name: str, groups: Ints | None, samples: SampleSet | None) -> None:
    if groups is None:
        return
    n = len(samples) if samples is not None else 0
    if groups.shape != (n,) or groups.dtype != np.int64:
        raise DataError(
            f"{name} must be int64 ({n},), one for each sample, got {groups.dtype} {groups.shape}"
        )


class Dataset(Protocol):
    """A recipe for real samples; its key is what the files hold, never where they lie."""

    @property
    def name(self) -> str: ...

    @property
    def n_test(self) -> int | None:
        """Size of the fixed test set drawn from the pool, if the dataset has a customary one."""
        ...

    @property
    def augmentation(self) -> Any:
        """The classical augmentation that keeps its labels, or None."""
        ...

    def fingerprint(self) -> str:
        """sha256 over the data; a DataError when they are absent."""
        ...

    def load(self) -> Source: ...


def check_n_test(n_test: int | None) -> None:
    """A ValueError for a size of the fixed test set that can't be."""
    if n_test is not None and n_test < 1:
        raise ValueError(f"dataset.n_test is at least 1, or null, not {n_test}")


def keep_classes(samples: SampleSet, wanted: Sequence[str]) -> SampleSet:
    """The samples of the wanted classes, relabelled in the order given."""
    schema = samples.schema
    if len(set(wanted)) < len(wanted):
        raise DataError(f"dataset.classes names a class twice: {', '.join(wanted)}")
    unknown = [name for name in wanted if name not in schema.classes]
    if unknown:
        raise DataError(
            f"dataset.classes names {unknown[0]!r}; the classes are {', '.join(schema.classes)}"
        )
    new_label = np.full(schema.n_classes, -1, np.int64)
    new_label[[schema.classes.index(name) for name in wanted]] = np.arange(len(wanted))
    labels = new_label[samples.labels]
    kept = np.flatnonzero(labels >= 0)
    narrowed = replace(schema, classes=tuple(wanted))
    assert not isinstance(samples.features, list)
    subset = samples.take(kept)
    return SampleSet(narrowed, subset.features, labels[kept], subset.origin)
