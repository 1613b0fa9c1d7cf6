"""How tightly two columns hang together, for every pair of a table, its label a column too.

Numbers with numbers: Spearman's rank correlation, -1..1. Levels with levels: Cramer's V, corrected
for chance (Bergsma 2013). Numbers with levels: the correlation ratio of the ranks, corrected for
chance (Kelley 1935). The latter two are 0..1, 0 for what chance explains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import TableSchema
from synthlift.metrics.base import Floats
from synthlift.metrics.columns import as_codes, as_numbers, is_number

MOST_LEVELS = 20  # rarer levels are one
MOST_COLUMNS = 200


@dataclass(frozen=True, eq=False)
class Associations:
    """Square matrices over columns (positions in the schema, the label last, as -1).

    NaN where a column is constant among the real rows.
    """

    columns: tuple[int, ...]
    real: Floats
    synthetic: Floats

    @property
    def similarity(self) -> float | None:
        """Mean over pairs of 1 - |difference|, never below 0 each; None without a pair."""
        gaps = np.abs(self.synthetic - self.real)[np.triu_indices(len(self.columns), 1)]
        gaps = gaps[~np.isnan(gaps)]
        return float(1 - np.minimum(gaps, 1).mean()) if len(gaps) else None


def associations(real: SampleSet, synthetic: SampleSet) -> Associations | None:
    """Of the first 200 columns and the label; None for images. Neither table is empty."""
    if not isinstance(real.schema, TableSchema):
        return None
    numbers: dict[int, tuple[Floats, Floats]] = {}
    levels: dict[int, tuple[Ints, Ints]] = {}
    for i, column in enumerate(real.schema.columns[:MOST_COLUMNS]):
        a, b = real.table[column.name], synthetic.table[column.name]
        if is_number(column):
            numbers[i] = as_numbers(a, column), as_numbers(b, column)
        else:
            x, y, _ = as_codes(a, b)
            levels[i] = _few(x, y)
    levels[-1] = _few(real.labels, synthetic.labels)
    columns = np.array([*numbers, *levels])
    order = np.argsort(columns % (len(real.schema.columns) + 1))  # -1 comes last
    theirs, ours = (
        matrix([x[side] for x in numbers.values()], [x[side] for x in levels.values()])
        for side in (0, 1)
    )
    ours = np.where(np.isnan(ours) & ~np.isnan(theirs), 0.0, ours)  # a collapsed column
    block = np.ix_(order, order)
    return Associations(tuple(columns[order].tolist()), theirs[block], ours[block])


def _few(a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Codes 0.. of the most frequent levels of a, missing a level too, the others in one."""
    found, counts = np.unique(a, return_counts=True)
    kept = np.sort(found[np.argsort(-counts, kind="stable")[:MOST_LEVELS]])
    return _coded(a, kept), _coded(b, kept)


def _coded(codes: Ints, kept: Ints) -> Ints:
    at = np.minimum(np.searchsorted(kept, codes), len(kept) - 1)
    return np.where(kept[at] == codes, at, len(kept))


def matrix(numbers: list[Floats], levels: list[Ints]) -> Floats:
    """Associations of all pairs, numbers (n,) first, then codes (n,) >= 0; NaN where undefined."""
    n_numbers, size = len(numbers), len(numbers) + len(levels)
    found = np.full((size, size), np.nan)
    np.fill_diagonal(found, 1.0)
    ranks = np.stack([rank(x) for x in numbers], axis=1) if numbers else None
    if ranks is not None:
        found[:n_numbers, :n_numbers] = correlations(ranks)
    for j, codes in enumerate(levels, start=n_numbers):
        if ranks is not None:
            found[:n_numbers, j] = found[j, :n_numbers] = correlation_ratios(ranks, codes)
        for k, others in enumerate(levels[: j - n_numbers], start=n_numbers):
            found[j, k] = found[k, j] = cramers_v(codes, others)
    return found


def rank(values: Floats) -> Floats:
    """Ranks of the known values, equal ones share their mean; NaN stays."""
    from scipy.stats import rankdata

    ranks = np.full(len(values), np.nan)
    known = ~np.isnan(values)
    ranks[known] = rankdata(values[known])
    return ranks


def correlations(x: Floats) -> Floats:
    """Pearson's r of all pairs of columns of x (n, d), over the rows that know both."""
    known = (~np.isnan(x)).astype(np.float64)
    mean = np.nansum(x, axis=0) / np.maximum(known.sum(axis=0), 1)
    x = np.where(known > 0, x - mean, 0.0)
    n, total, square = known.T @ known, x.T @ known, (x * x).T @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = x.T @ x - total * total.T / n
        spread = np.maximum(square - total**2 / n, 0.0)
        r = covariance / np.sqrt(spread * spread.T)
    return np.where((spread > 1e-9) & (spread.T > 1e-9), np.clip(r, -1, 1), np.nan)


def correlation_ratios(x: Floats, codes: Ints) -> Floats:
    """Kelley's epsilon of each column of x (n, d) by groups: eta corrected for chance, (d,)."""
    known = (~np.isnan(x)).astype(np.float64)
    group = np.eye(codes.max() + 1)[codes]  # (n, levels)
    n = known.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(known > 0, x - np.nansum(x, axis=0) / n, 0.0)
        sizes, sums = group.T @ known, group.T @ x  # (levels, d)
        whole = (x * x).sum(axis=0)
        between = np.where(sizes > 0, sums**2 / sizes, 0.0).sum(axis=0)
        n_groups = (sizes > 0).sum(axis=0)
        ratio = 1 - (1 - between / whole) * (n - 1) / (n - n_groups)
    defined = (whole > 1e-9) & (n_groups > 1) & (n > n_groups)
    return np.where(defined, np.sqrt(np.clip(ratio, 0, 1)), np.nan)


def cramers_v(a: Ints, b: Ints) -> float:
    """Bergsma's bias-corrected V of two columns of codes (n,); NaN if one of them is constant."""
    n, width = len(a), int(b.max()) + 1
    counts = np.bincount(a * width + b, minlength=(int(a.max()) + 1) * width).astype(np.float64)
    table = counts.reshape(-1, width)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    r, k = table.shape
    if min(r, k) < 2:
        return float("nan")
    expected = table.sum(axis=1)[:, None] * table.sum(axis=0) / n
    phi2 = ((table - expected) ** 2 / expected).sum() / n
    phi2 = max(0.0, phi2 - (r - 1) * (k - 1) / (n - 1))
    smaller = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return float(min(1.0, np.sqrt(phi2 / smaller))) if smaller > 0 else float("nan")
