"""Pair similarity: do columns hang together as they do in the real rows?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from synthlift.core.samples import SampleSet
from synthlift.metrics.associations import associations
from synthlift.metrics.base import Probabilities
from synthlift.metrics.matching import same_mix

MOST_ROWS = 5000


@dataclass(frozen=True)
class PairSimilarity:
    """Mean over pairs of columns, the label one of them, of 1 - |difference of association|.

    0..1; associations.py says which association. Against the training rows, in their mix of
    classes, at most 5,000 rows of each. None for images, without samples, and where no two columns
    vary.
    """

    name: ClassVar[str] = "pair_similarity"

    def measure(
        self,
        real: SampleSet,
        synthetic: SampleSet,
        held_out: SampleSet | None,
        p: Probabilities,
        seed: int,
    ) -> float | None:
        real, synthetic = same_mix(real, synthetic, MOST_ROWS, seed)
        found = associations(real, synthetic) if len(synthetic) else None
        return found.similarity if found else None
