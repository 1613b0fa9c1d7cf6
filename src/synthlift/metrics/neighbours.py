"""Nearest neighbours among samples in natural units, for copies and diversity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import TableSchema
from synthlift.metrics.base import Floats

if TYPE_CHECKING:
    import pandas as pd

Vectors = npt.NDArray[np.float32]

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

    Numbers and dates are standardised with the mean and sd of `like` (a missing one is put at its
    mean), all else is one-hot over its values; a value that `like` lacks is no level at all.
    """
    if not isinstance(samples.schema, TableSchema):
        return samples.images.reshape(len(samples), -1).astype(np.float32) / np.float32(255)
    assert not isinstance(samples.features, np.ndarray)
    assert not isinstance(like.features, np.ndarray)
    columns = []
    for column in samples.schema.columns:
        values, reference = samples.features[column.name], like.features[column.name]
        if column.kind in ("numeric", "integer", "datetime"):
            columns.append(_standardised(values, reference))
        else:
            columns.append(_one_hot(values, reference))
    return np.hstack(columns).astype(np.float32)


def _standardised(values: pd.Series, reference: pd.Series) -> Floats:
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(reference):
        first = reference.min()
        values, reference = (
            (values - first).dt.total_seconds(),
            (reference - first).dt.total_seconds(),
        )
    known = reference.dropna().to_numpy(np.float64)
    mean, sd = (known.mean(), known.std()) if len(known) else (0.0, 0.0)
    standard = (values.to_numpy(np.float64, na_value=np.nan) - mean) / (sd or 1.0)
    return np.nan_to_num(standard)[:, None]


def _one_hot(values: pd.Series, reference: pd.Series) -> Floats:
    import pandas as pd

    levels = pd.Index(reference.dropna().astype(object).unique())
    codes = levels.get_indexer(pd.Index(values.astype(object)))
    return np.asarray(codes[:, None] == np.arange(len(levels)), dtype=np.float64)
