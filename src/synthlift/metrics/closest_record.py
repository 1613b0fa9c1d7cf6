"""Closest record: are synthetic samples nearer to what was trained on than to what was not?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthlift.core.samples import SampleSet
from synthlift.metrics.base import Probabilities
from synthlift.metrics.neighbours import as_vectors, nearest

MOST_ROWS = 1000


@dataclass(frozen=True)
class ClosestRecord:
    """Share of synthetic samples nearer to a training row than to a held-out row, sizes evened out.

    About 0.5 for fresh draws, 1 for copies. Of n training and h held-out rows, the nearest to a
    fresh draw is a training row with chance n / (n + h), so a training row votes 1 / n, a held-out
    row 1 / h, and a tie is shared by size. Samples far from every real row vote for the same few
    and mean little. At most 1,000 samples are asked. A diagnostic of copying, not a privacy proof.
    None without samples or without held-out rows.
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
        to_train = nearest(asked, as_vectors(real, like=real))[0]
        to_held_out = nearest(asked, as_vectors(held_out, like=real))[0]
        ties = np.isclose(to_train, to_held_out, rtol=1e-6, atol=1e-9)
        n_train, n_held_out = len(real), len(held_out)
        tied = ties.sum() / (n_train + n_held_out)  # share of the vote per row of either side
        train = (~ties & (to_train < to_held_out)).sum() / n_train + tied
        other = (~ties & (to_train > to_held_out)).sum() / n_held_out + tied
        return float(train / (train + other))
