"""How much two samples of one column are alike: Kolmogorov-Smirnov for numbers, else variation.

A missing value counts: it stands below every number, and beside the levels as one more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import Column
from synthlift.metrics.base import Floats

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("numeric", "integer", "datetime")
DAY = 86_400.0


def is_number(column: Column) -> bool:
    """Whether the values of a column have distances: numbers and dates."""
    return column.kind in NUMBERS


def as_numbers(values: pd.Series, column: Column) -> Floats:
    """The values of a number column, float64 (n,), NaN where missing; dates in days since 1970."""
    if column.kind == "datetime":
        import pandas as pd

        return np.asarray((values - pd.Timestamp(0)).dt.total_seconds() / DAY, dtype=np.float64)
    return values.to_numpy(np.float64, na_value=np.nan)


def as_codes(a: pd.Series, b: pd.Series) -> tuple[Ints, Ints, list[str]]:
    """Two columns of levels as positions in a list of the levels that either has; -1 is missing."""
    import pandas as pd

    texts = [part.astype(object).where(part.notna(), None) for part in (a, b)]
    codes, levels = pd.factorize(np.concatenate([t.to_numpy(object) for t in texts]))
    codes = codes.astype(np.int64)
    return codes[: len(a)], codes[len(a) :], [str(level) for level in levels]


def column_likeness(column: Column, real: pd.Series, synthetic: pd.Series) -> float:
    """1 for columns of one law, 0 for columns without a value in common; both of n >= 1."""
    if is_number(column):
        return number_likeness(as_numbers(real, column), as_numbers(synthetic, column))
    a, b, levels = as_codes(real, synthetic)
    return 1 - total_variation(a, b, len(levels))


def number_likeness(a: Floats, b: Floats) -> float:
    """1 minus the largest gap between the distribution functions of a (n,) and b (m,).

    The two-sample Kolmogorov-Smirnov statistic, with NaN below every number.

    >>> number_likeness(np.array([1.0, 2.0]), np.array([2.0, np.nan]))
    0.5
    """
    a, b = (np.sort(np.where(np.isnan(x), -np.inf, x)) for x in (a, b))
    at = np.concatenate([a, b])
    gap = np.searchsorted(a, at, "right") / len(a) - np.searchsorted(b, at, "right") / len(b)
    return float(1 - np.abs(gap).max())


def total_variation(a: Ints, b: Ints, n_levels: int) -> float:
    """Half the sum of the differences of the shares of codes -1..n_levels-1, 0 to 1."""
    counts = (np.bincount(x + 1, minlength=n_levels + 1) / len(x) for x in (a, b))
    p, q = counts
    return float(np.abs(p - q).sum() / 2)


def likeness(real: SampleSet, synthetic: SampleSet) -> Floats:
    """How much each column of a table, or channel of images, is alike; none of them empty."""
    if isinstance(real.features, np.ndarray):
        return np.array(
            [channel_likeness(real.images[:, c], synthetic.images[:, c]) for c in _channels(real)]
        )
    return np.array(
        [
            column_likeness(column, real.table[column.name], synthetic.table[column.name])
            for column in real.schema.columns  # type: ignore[union-attr]
        ]
    )


def _channels(samples: SampleSet) -> range:
    return range(samples.images.shape[1])


def channel_likeness(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    """1 minus the Kolmogorov-Smirnov distance of the intensities of all pixels, uint8."""
    cumulative = (np.cumsum(np.bincount(x.ravel(), minlength=256)) / x.size for x in (a, b))
    p, q = cumulative
    return float(1 - np.abs(p - q).max())
