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
from synthlift.core.text import printable


@dataclass(frozen=True, eq=False)
class Source:
    """All samples of a dataset.

    pool: what splits are drawn from. test: the official test set, or None; where samples come in
    groups, those of both are numbered together.
    notes: what the reader of the report has to know about how the files were read.
    """

    pool: SampleSet
    test: SampleSet | None = None
    notes: tuple[str, ...] = ()

    @property
    def schema(self) -> Schema:
        return self.pool.schema

    def save(self, folder: Path) -> None:
        """Write everything but the files themselves: `load` gives it back without decoding."""
        self.pool.save(folder / "pool")
        if self.test is not None:
            self.test.save(folder / "test")
        (folder / "notes.json").write_text(json.dumps(self.notes))

    @staticmethod
    def load(folder: Path) -> Source:
        pool = SampleSet.load(folder / "pool")
        test = SampleSet.load(folder / "test") if (folder / "test").is_dir() else None
        notes = tuple(json.loads((folder / "notes.json").read_text()))
        return Source(pool, test, notes)


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
    new_label = relabelling(samples.schema.classes, wanted)
    labels = new_label[samples.labels]
    kept = np.flatnonzero(labels >= 0)
    narrowed = replace(samples.schema, classes=tuple(wanted))
    subset = samples.take(kept)
    return SampleSet(narrowed, subset.features, labels[kept], subset.origin, subset.group)


def relabelling(names: Sequence[str], wanted: Sequence[str] | None) -> Ints:
    """The new label of each class, `(n_classes,)`; -1 for those that are not wanted."""
    if wanted is None:
        return np.arange(len(names), dtype=np.int64)
    if not wanted:
        raise DataError("dataset.classes is empty; name some, or set it to null for all")
    if len(set(wanted)) < len(wanted):
        raise DataError(f"dataset.classes names a class twice: {', '.join(wanted)}")
    place = {name: label for label, name in enumerate(names)}
    for name in wanted:
        if name not in place:
            raise DataError(
                f"dataset.classes names {name!r}; "
                f"the classes are {', '.join(map(printable, names))}"
            )
    new_label = np.full(len(names), -1, np.int64)
    new_label[[place[name] for name in wanted]] = np.arange(len(wanted))
    return new_label


def check_counts(names: Sequence[str], pool: Ints, test: Ints | None, of: str = "images") -> None:
    """A DataError if a class has no samples to learn from, or none to be tested on.

    pool, test: samples of each class, `(n_classes,)`; test is None without an official test set.
    of: what they are.
    """
    for label, name in enumerate(names):
        if test is None and not pool[label]:
            wrong = f"has no {of}"
        elif test is not None and not pool[label]:
            wrong = f"has {test[label]} {of}, all in the test set" if test[label] else "is empty"
        elif test is not None and not test[label]:
            wrong = f"has no {of} in the test set"
        else:
            continue
        raise DataError(
            f"class {name!r} {wrong}; add some, or leave it out by naming the others with "
            "dataset.classes=[...]"
        )
