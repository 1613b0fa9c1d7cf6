"""Nearest neighbours among samples in natural units, for whatever measures distances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import TableSchema
from synthlift.metrics.base import Floats
from synthlift.metrics.columns import as_numbers, is_number

if TYPE_CHECKING:
    import pandas as pd

Vectors = npt.NDArray[np.float32]

MOST_LEVELS = 256
CHUNK = 4096  # rows at a time: memory does not grow with the number of samples


def nearest(a: Vectors, b: Vectors) -> tuple[Floats, Ints]:
    """Euclidean distance and row of the nearest of b `(n, d)`, for each row of a `(m, d)`."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(b)
    parts = np.arange(CHUNK, len(a), CHUNK)
    rows = [search.kneighbors(part, return_distance=False)[:, 0] for part in np.split(a, parts)]
    return _distances(a, b, np.concatenate(rows))


def nearest_other(a: Vectors) -> tuple[Floats, Ints]:
    """Euclidean distance and row of the nearest other row, for each row of a `(n, d)`, n >= 2."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(a)
    return _distances(a, a, search.kneighbors(return_distance=False)[:, 0])


def _distances(a: Vectors, b: Vectors, rows: Ints) -> tuple[Floats, Ints]:
    """Exact: scikit-learn's |a|^2 - 2ab + |b|^2 leaves equal rows a small distance apart."""
    distance = np.empty(len(a))
    for start in range(0, len(a), CHUNK):
        part = slice(start, start + CHUNK)
        distance[part] = np.linalg.norm(a[part].astype(np.float64) - b[rows[part]], axis=1)
    return distance, rows


def as_vectors(samples: SampleSet, like: SampleSet) -> Vectors:
    """Samples as rows `(n, d)`: pixels / 255, or table columns in the units of the table `like`.

    Numbers and dates are standardised with the mean and sd of `like`; a missing one is put at its
    mean, and where `like` misses some, one more position says so. All else is one-hot over its 256
    most frequent values in `like`; a value that is none of them is no level at all.
    """
    if not isinstance(samples.schema, TableSchema):
        return samples.images.reshape(len(samples), -1).astype(np.float32) / np.float32(255)
    parts: list[npt.NDArray[Any]] = []
    for column in samples.schema.columns:
        values, reference = samples.table[column.name], like.table[column.name]
        if is_number(column):
            parts += _standardised(as_numbers(values, column), as_numbers(reference, column))
        else:
            parts.append(_one_hot(values, reference))
    return np.hstack([part.astype(np.float32) for part in parts])


def _standardised(values: Floats, reference: Floats) -> list[Floats]:
    known = reference[~np.isnan(reference)]
    mean, sd = (known.mean(), known.std()) if len(known) else (0.0, 0.0)
    standard = np.nan_to_num((values - mean) / (sd or 1.0))[:, None]
    if len(known) == len(reference):
        return [standard]
    return [standard, np.isnan(values).astype(np.float64)[:, None]]


def _one_hot(values: pd.Series, reference: pd.Series) -> npt.NDArray[np.bool_]:
    import pandas as pd

    counts = reference.dropna().astype(object).value_counts(sort=False)
    frequent = counts.sort_values(ascending=False, kind="stable").index[:MOST_LEVELS]
    codes = pd.Index(frequent, dtype=object).get_indexer(pd.Index(values.astype(object)))
    return np.asarray(codes[:, None] == np.arange(len(frequent)))
