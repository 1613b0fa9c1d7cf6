"""Diversity: do the samples of a class differ from one another as much as the real ones do?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthlift.core.samples import Ints, SampleSet
from synthlift.metrics.base import Probabilities
from synthlift.metrics.neighbours import as_vectors, nearest_other

MAX_BLOCKS = 10


@dataclass(frozen=True)
class Diversity:
    """Mean over classes of the mean distance to the nearest other sample, synthetic over real.

    About 1 for draws from the same law, 0 for a generator that draws one sample per class.
    Distances shrink as samples get many, so blocks of one size are compared: as many samples as
    the smaller side has, up to 10 disjoint blocks averaged. Classes with fewer than 2 samples on
    a side, or without spread among the real ones, are left out; None if that leaves none.
    """

    name: ClassVar[str] = "diversity"

    def measure(
        self,
        real: SampleSet,
        synthetic: SampleSet,
        held_out: SampleSet | None,
        p: Probabilities,
        seed: int,
    ) -> float | None:
        rng = np.random.default_rng(seed)
        ratios = []
        for label in range(real.schema.n_classes):
            ours = rng.permutation(np.flatnonzero(synthetic.labels == label))
            theirs = rng.permutation(np.flatnonzero(real.labels == label))
            size = min(len(ours), len(theirs))
            if size < 2:
                continue
            spread = _spread(real, theirs, size, real)
            if spread > 0:
                ratios.append(_spread(synthetic, ours, size, real) / spread)
        return float(np.mean(ratios)) if ratios else None


def _spread(samples: SampleSet, rows: Ints, size: int, like: SampleSet) -> float:
    """Mean distance to the nearest other sample of its block, over disjoint blocks."""
    n_blocks = min(len(rows) // size, MAX_BLOCKS)
    blocks = rows[: n_blocks * size].reshape(n_blocks, size)
    means = [nearest_other(as_vectors(samples.take(b), like))[0].mean() for b in blocks]
    return float(np.mean(means))
