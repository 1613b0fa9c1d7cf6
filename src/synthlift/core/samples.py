"""Labelled samples in natural form (SampleSet), what a classifier is fitted on (TrainingSet)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import DataError
from synthlift.core.schema import ImageSchema, Schema, TableSchema, schema_from_json
from synthlift.core.tables import conform, misfit

if TYPE_CHECKING:  # pandas costs most of a second, and images need none
    import pandas as pd

    Features = npt.NDArray[np.uint8] | pd.DataFrame

Ints = npt.NDArray[np.int64]

SYNTHETIC = -1
OPTIONAL = ("group", "learnt_from")


@dataclass(frozen=True, eq=False)
class SampleSet:
    """Labelled samples, immutable.

    features: images uint8 `(n, C, H, W)`, or a table as a DataFrame of n rows.
    labels: int64 `(n,)` in 0..n_classes-1. origin: int64 `(n,)`, row in the source, -1 = synthetic.
    group: int64 `(n,)`, samples of one group (a patient, a photographer) stand on one side of every
    split; None where each is its own. learnt_from: int64, origins of the real rows that whatever
    made synthetic samples was fitted on or chosen by; None where nothing was made. Like origin, it
    makes leakage visible.
    """

    schema: Schema
    features: Features
    labels: Ints
    origin: Ints
    group: Ints | None = None
    learnt_from: Ints | None = None

    def __post_init__(self) -> None:
        n = len(self.features)
        names = ("labels", "origin") if self.group is None else ("labels", "origin", "group")
        for name in names:
            array = getattr(self, name)
            if array.shape != (n,) or array.dtype != np.int64:
                raise DataError(
                    f"{name} must be int64 ({n},), one for each sample, "
                    f"got {array.dtype} {array.shape}"
                )
        if n and not (self.labels.min() >= 0 and self.labels.max() < self.schema.n_classes):
            raise DataError(
                f"labels must lie in 0..{self.schema.n_classes - 1}, "
                f"got {self.labels.min()}..{self.labels.max()}"
            )
        if isinstance(self.schema, ImageSchema):
            shape, dtype = self.features.shape[1:], getattr(self.features, "dtype", None)
            if shape != self.schema.shape or dtype != np.uint8:
                raise DataError(f"images must be uint8 {self.schema.shape}, got {dtype} {shape}")
        else:
            columns = [column.name for column in self.schema.columns]
            found = list(getattr(self.features, "columns", []))
            if found != columns:
                raise DataError(f"the table has the columns {found}, its schema says {columns}")
            if wrong := misfit(self.table, self.schema.columns):
                raise DataError(wrong)
        made = () if self.learnt_from is None else ("learnt_from",)
        for name in ("features", *names, *made):
            object.__setattr__(self, name, _frozen(getattr(self, name)))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def images(self) -> npt.NDArray[np.uint8]:
        """The features of an image set, `(n, C, H, W)`; a TypeError for a table."""
        if not isinstance(self.features, np.ndarray):
            raise TypeError(f"images were asked for, but this is {self.schema}")
        return self.features

    @property
    def table(self) -> pd.DataFrame:
        """The features of a table, n rows; a TypeError for images."""
        if isinstance(self.features, np.ndarray):
            raise TypeError(f"a table was asked for, but these are {self.schema}")
        return self.features

    def take(self, rows: npt.NDArray[Any]) -> SampleSet:
        """The samples at these positions (or under this mask), in this order."""
        if isinstance(self.features, np.ndarray):
            features: Features = self.features[rows]
        else:
            chosen = self.features.iloc[np.arange(len(self))[rows]]
            features = chosen.reset_index(drop=True)
        group = None if self.group is None else self.group[rows]
        labels, origin = self.labels[rows], self.origin[rows]
        return SampleSet(self.schema, features, labels, origin, group, self.learnt_from)

    def chosen_by(self, rows: npt.NDArray[np.bool_], learnt_from: Ints) -> SampleSet:
        """The samples under a mask that was made with what these real rows taught."""
        known = learnt_from if self.learnt_from is None else self.learnt_from
        return replace(self.take(rows), learnt_from=np.union1d(learnt_from, known))

    def counts(self) -> Ints:
        """Number of samples of each class, `(n_classes,)`."""
        return np.bincount(self.labels, minlength=self.schema.n_classes)

    def fingerprints(self) -> npt.NDArray[np.object_]:
        """One hash per sample over its features alone: equal for duplicates."""
        if not isinstance(self.features, np.ndarray):
            import pandas as pd

            return np.asarray(pd.util.hash_pandas_object(self.features, index=False), dtype=object)
        hashes = [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in self.images]
        return np.array(hashes, dtype=object)

    def save(self, folder: Path) -> None:
        write_samples(folder, self.schema, len(self), [self])
        for name in OPTIONAL:
            if (values := getattr(self, name)) is not None:
                np.save(folder / f"{name}.npy", values, allow_pickle=False)

    @staticmethod
    def load(folder: Path) -> SampleSet:
        """Read what `save` or `write_samples` wrote; images stay on disk until they are touched."""
        schema = schema_from_json(json.loads((folder / "schema.json").read_text()))
        if (folder / "features.parquet").exists():
            import pandas as pd

            assert isinstance(schema, TableSchema)
            read = pd.read_parquet(folder / "features.parquet")
            features: Features = conform(read, schema.columns)
        else:
            features = np.load(folder / "features.npy", mmap_mode="r", allow_pickle=False)
        labels = np.load(folder / "labels.npy", allow_pickle=False)
        origin = np.load(folder / "origin.npy", allow_pickle=False)
        paths = [folder / f"{name}.npy" for name in OPTIONAL]
        more = [np.load(p, allow_pickle=False) if p.exists() else None for p in paths]
        return SampleSet(schema, features, labels, origin, *more)


def _frozen(values: Any) -> Any:
    """The same values, out of reach of whoever else holds them; numpy arrays refuse every write."""
    if not isinstance(values, np.ndarray):
        return values.copy(deep=False)  # pandas copies on write
    if values.flags.writeable:
        if values.base is not None:  # a view could be changed through its base
            values = values.copy()
        values.setflags(write=False)
    return values


def concatenate(sets: Sequence[SampleSet]) -> SampleSet:
    """All samples of sets that share a schema, in this order; groups stay if all sets have them."""
    if any(s.schema != sets[0].schema for s in sets):
        raise DataError(f"{' and '.join(str(s.schema) for s in sets)} can't be joined")
    sets = [s for s in sets if len(s)] or sets[:1]
    tables = [s.features for s in sets if not isinstance(s.features, np.ndarray)]
    if tables:
        import pandas as pd

        features: Features = pd.concat(tables, ignore_index=True)
    else:
        features = np.concatenate([s.images for s in sets])
    labels, origin = (np.concatenate([getattr(s, k) for s in sets]) for k in ("labels", "origin"))
    groups = [s.group for s in sets if s.group is not None]
    group = np.concatenate(groups) if len(groups) == len(sets) else None
    made = [s.learnt_from for s in sets if s.learnt_from is not None]
    learnt_from = np.unique(np.concatenate(made)) if made else None
    return SampleSet(sets[0].schema, features, labels, origin, group, learnt_from)


def write_samples(folder: Path, schema: Schema, n: int, chunks: Iterable[SampleSet]) -> None:
    """Stream n samples to a folder chunk by chunk, so that memory does not grow with n."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schema.json").write_text(json.dumps(asdict(schema)))
    if isinstance(schema, ImageSchema):
        labels, origin = _write_images(folder / "features.npy", schema, n, iter(chunks))
    else:
        whole = concatenate(list(chunks))
        assert not isinstance(whole.features, np.ndarray)
        _check_written(len(whole), n)
        whole.features.reset_index(drop=True).to_parquet(folder / "features.parquet")
        labels, origin = whole.labels, whole.origin
    np.save(folder / "labels.npy", labels, allow_pickle=False)
    np.save(folder / "origin.npy", origin, allow_pickle=False)


def _write_images(
    path: Path, schema: ImageSchema, n: int, chunks: Iterator[SampleSet]
) -> tuple[Ints, Ints]:
    labels, origin = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    header = {"descr": "|u1", "fortran_order": False, "shape": (n, *schema.shape)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for chunk in chunks:
            file.write(np.ascontiguousarray(chunk.images).tobytes())
            labels.append(chunk.labels)
            origin.append(chunk.origin)
    _check_written(sum(map(len, labels)), n)
    return np.concatenate(labels), np.concatenate(origin)


def _check_written(written: int, n: int) -> None:
    if written != n:
        raise ValueError(f"{n} samples were announced, {written} were written")


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What a classifier is fitted on: real rows, and a slot that half of each batch comes from.

    slot: synthetic samples (or a control in their place) with `slot_weight`, the share of the loss
    that falls to them; None where an arm has none. weight: float32 `(n_main,)`, the loss weight of
    each row of `main`, mean 1. augmentation: applied on line to every batch, or None.
    """

    main: SampleSet
    weight: npt.NDArray[np.float32]
    slot: SampleSet | None = None
    slot_weight: float = 0.0
    augmentation: Any = None

    def __post_init__(self) -> None:
        if self.weight.shape != (len(self.main),):
            raise DataError(f"{len(self.main)} rows, but weights of shape {self.weight.shape}")
        object.__setattr__(self, "weight", _frozen(self.weight))

    @property
    def schema(self) -> Schema:
        return self.main.schema

    @property
    def sets(self) -> list[SampleSet]:
        return [self.main] if self.slot is None else [self.main, self.slot]

    @property
    def origin(self) -> Ints:
        """The different real rows in it, however often each is repeated."""
        origin = np.unique(np.concatenate([s.origin for s in self.sets]))
        return np.asarray(origin[origin != SYNTHETIC], np.int64)

    @property
    def learnt_from(self) -> Ints:
        """The real rows that its synthetic ones were made with."""
        made = [s.learnt_from for s in self.sets if s.learnt_from is not None]
        return np.unique(np.concatenate([np.empty(0, np.int64), *made]))

    @property
    def n_real(self) -> int:
        return len(self.origin)

    @property
    def n_synthetic(self) -> int:
        return sum(int((s.origin == SYNTHETIC).sum()) for s in self.sets)
