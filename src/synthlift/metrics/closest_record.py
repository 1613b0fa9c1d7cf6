"""Closest record: are synthetic samples nearer to what was trained on than to what was not?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthlift.core.samples import Ints, SampleSet
from synthlift.metrics.base import Probabilities
from synthlift.metrics.neighbours import as_vectors, nearest

MOST_ROWS = 1000
FEWEST_VOTES = 3.0  # rows


@dataclass(frozen=True)
class ClosestRecord:
    """Share of synthetic samples nearer to a training row than to a held-out row, sizes evened out.

    About 0.5 for fresh draws, 1 for copies. Of n training and h held-out rows, the nearest to a
    fresh draw is a training row with chance n / (n + h), so a training row votes 1 / n, a held-out
    row 1 / h, and a tie is shared by size. At most 1,000 samples are asked. A diagnostic of
    copying, not a privacy proof. None without samples or without held-out rows, and where nearly
    all samples have the same few real rows nearest, because they are far off or all alike: which
    side those stand on is chance, unless at least 3 of so many would be held-out rows.
    """

    name: ClassVar[str] = "closest_record"

    def measure(
        self,
        real: SampleSet,
        synthetic: SampleSet,
        held_out: SampleSet | None,
        p: Probabilities,
        seed: int,
    ) -> float | None:
        if held_out is None or not len(held_out) or not len(synthetic):
            return None
        rows = np.random.default_rng(seed).permutation(len(synthetic))[:MOST_ROWS]
        asked = as_vectors(synthetic.take(rows), like=real)
        to_train, train_row = nearest(asked, as_vectors(real, like=real))
        to_held_out, held_out_row = nearest(asked, as_vectors(held_out, like=real))
        ties = np.isclose(to_train, to_held_out, rtol=1e-6, atol=1e-9)
        n_train, n_held_out = len(real), len(held_out)
        voters = np.where(to_train <= to_held_out, train_row, n_train + held_out_row)
        if _count_voters(voters) * n_held_out / (n_train + n_held_out) < FEWEST_VOTES:
            return None
        tied = ties.sum() / (n_train + n_held_out)  # share of the vote per row of either side
        train = (~ties & (to_train < to_held_out)).sum() / n_train + tied
        other = (~ties & (to_train > to_held_out)).sum() / n_held_out + tied
        return float(train / (train + other))


def _count_voters(rows: Ints) -> float:
    """How many rows have votes, those with few counting less (the inverse Simpson index).

    >>> round(_count_voters(np.array([0, 0, 1, 1])), 3)
    2.0
    """
    share = np.unique(rows, return_counts=True)[1] / len(rows)
    return float(1 / (share**2).sum())
