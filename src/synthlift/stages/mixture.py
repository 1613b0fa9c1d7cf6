"""Weighted sums of scores on the same rows, many of them from the same few scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthlift.core.results import Floats
from synthlift.stages.ruler import Judged


@dataclass(frozen=True, eq=False)
class Mixture:
    """K scores: scores `(K, R)`, and rows `(K, R, n)`, None where one of them has none.

    n_real: real rows that each trains on, `(K,)`, as in Judged.
    """

    scores: Floats
    rows: Floats | None
    n_real: Floats

    @staticmethod
    def of(judged: Sequence[Judged]) -> Mixture:
        rows = [one.rows for one in judged if one.rows is not None]
        scores = np.stack([one.scores for one in judged])
        n_real = np.array([one.n_real for one in judged])
        return Mixture(scores, np.stack(rows) if len(rows) == len(judged) else None, n_real)

    def one(self, k: int) -> Judged:
        rows = None if self.rows is None else self.rows[k]
        return Judged(self.scores[k], rows, float(self.n_real[k]))

    @property
    def means(self) -> Floats:
        """The mean of each score over repeats `(K,)`."""
        means: Floats = self.scores.mean(axis=1)
        return means

    def sum(self, weights: Floats, constant: float = 0.0) -> Judged:
        """The sum of all of them, weights `(K,)`, plus a constant; it knows no n_real."""
        rows = None if self.rows is None else np.tensordot(weights, self.rows, 1) + constant
        return Judged(weights @ self.scores + constant, rows)
