"""Samples and labels as a Python user holds them, and samples of ours: one into the other and back.

given_images.py says what images are taken, given_tables.py what tables.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Schema
from synthlift.given_images import read_images


@dataclass(frozen=True, eq=False)
class GivenRows:
    """Samples from memory as an input of a stage; their key is what they hold."""

    samples: SampleSet = field(metadata={"key": False})

    def fingerprint(self) -> str:
        facts = json.dumps(asdict(self.samples.schema)).encode()
        features = self.samples.features
        held = features if isinstance(features, np.ndarray) else self._hashes()
        return hashlib.sha256(facts + held.tobytes() + self.samples.labels.tobytes()).hexdigest()

    def _hashes(self) -> npt.NDArray[np.uint64]:
        return self.samples.fingerprints().astype(np.uint64)

    def read(self) -> SampleSet:
        return self.samples


class Form(Protocol):
    """How samples were given."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one sample."""
        ...

    def features(self, X: Any) -> Any:
        """The features of a SampleSet."""
        ...

    def schema(self, features: Any, classes: tuple[str, ...], flips: bool) -> Schema:
        """What these features are; flips: whether a mirrored image has the same class."""
        ...

    def given(self, features: Any) -> Any:
        """Features of ours in the form of what was given."""
        ...


def read_form(X: Any, image_shape: Sequence[int] | None) -> Form:
    """How X holds samples; a DataError for what holds none.

    Rows are a table, unless image_shape says which images their pixels are.
    """
    if image_shape is None and (hasattr(X, "columns") or _has_rows(X)):
        from synthlift.given_tables import read_table  # pandas: most of a second

        return read_table(X)
    return read_images(X, image_shape)


def _has_rows(X: Any) -> bool:
    try:
        return np.ndim(X) == 2
    except ValueError:  # a ragged list
        return False


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels as they were given: any values that can be sorted.

    classes: the different ones, sorted. numbers: int64 (n,), position of each label in them.
    dtype, name: of the Series that held them; dtype is None if none did.
    """

    classes: npt.NDArray[Any]
    numbers: npt.NDArray[np.int64]
    dtype: Any
    name: Any

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(str(value) for value in self.classes)

    def given(self, numbers: npt.NDArray[np.int64]) -> Any:
        """Labels of ours in the form of what was given."""
        values = self.classes[numbers]
        if self.dtype is None:
            return values
        import pandas as pd

        return pd.Series(values, name=self.name).astype(self.dtype)


def read_labels(y: Any, n: int) -> Labels:
    """The n labels of y; a DataError for what can't be labels."""
    array = np.asarray(y)
    if array.ndim != 1:
        raise DataError(f"y has the shape {array.shape}; give a label for each sample: (n,)")
    if len(array) != n:
        raise DataError(f"X holds {n} samples, and y {len(array)} labels")
    if any(value is None or value != value for value in array.tolist()):
        raise DataError("y holds missing labels; leave these samples out")
    try:
        classes, numbers = np.unique(array, return_inverse=True)
    except TypeError as error:
        raise DataError(f"y holds labels of several types ({error}); make them all text") from error
    dtype = y.dtype if hasattr(y, "iloc") else None
    labels = Labels(classes, numbers.astype(np.int64), dtype, getattr(y, "name", None))
    if len(set(labels.names)) < len(labels.names):
        raise DataError("two labels of y read alike as text; rename one")
    return labels


def given_rows(form: Form, labels: Labels, X: Any, flip_keeps_label: bool) -> GivenRows:
    """The samples and labels as the train rows of a generator."""
    features = form.features(X)
    schema = form.schema(features, labels.names, flip_keeps_label)
    origin = np.arange(len(features), dtype=np.int64)
    return GivenRows(SampleSet(schema, features, labels.numbers, origin))


def appended(real: Any, synthetic: Any) -> Any:
    """Real ones, unchanged, then synthetic ones; both arrays, or both of pandas."""
    if hasattr(real, "iloc"):
        import pandas as pd

        return pd.concat([real, synthetic], ignore_index=True)
    real = np.asarray(real)
    return np.concatenate([real, synthetic.astype(real.dtype, copy=False)])
