"""Copies: does a generator hand out its training rows (PROTOCOL section 4)?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthlift.core.samples import SampleSet
from synthlift.metrics.base import Probabilities
from synthlift.metrics.neighbours import CHUNK, as_vectors, nearest, nearest_other

PERCENTILE = 1.0


@dataclass(frozen=True)
class Copies:
    """Share of synthetic samples nearer to a training row than 99 % of those are to one another.

    Fresh draws from the same law score about 0.01. The limit, the 1st percentile of the distance
    of a real row to its nearest other one, is taken over different rows: repeated ones would make
    it 0, and a near copy would pass. A diagnostic of copying, not a privacy proof. None without
    samples, or with fewer than two different real rows.
    """

    name: ClassVar[str] = "copies"

    def measure(
        self,
        real: SampleSet,
        synthetic: SampleSet,
        held_out: SampleSet | None,
        p: Probabilities,
        seed: int,
    ) -> float | None:
        _, first = np.unique(real.fingerprints(), return_index=True)
        different = real.take(first)
        if len(different) < 2 or not len(synthetic):
            return None
        vectors = as_vectors(different, like=real)
        limit = np.percentile(nearest_other(vectors)[0], PERCENTILE)
        n_copies = 0
        for rows in np.split(np.arange(len(synthetic)), range(CHUNK, len(synthetic), CHUNK)):
            distance, _ = nearest(as_vectors(synthetic.take(rows), like=real), vectors)
            n_copies += int((distance <= limit).sum())
        return n_copies / len(synthetic)
