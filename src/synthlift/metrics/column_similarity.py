"""Column similarity: is each column, taken by itself, like the real one?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from synthlift.core.samples import SampleSet
from synthlift.metrics.base import Probabilities
from synthlift.metrics.columns import likeness
from synthlift.metrics.matching import same_mix

MOST_ROWS = 5000


@dataclass(frozen=True)
class ColumnSimilarity:
    """Mean over columns of 1 - Kolmogorov-Smirnov (numbers, dates) or 1 - total variation (levels).

    0..1, missing values counted. Images: over the intensities of all pixels, a channel a column.
    Against the training rows, in their mix of classes, at most 5,000 rows of each. Few rows alone
    keep it below 1. None without samples of a class that there is.
    """

    name: ClassVar[str] = "column_similarity"

    def measure(
        self,
        real: SampleSet,
        synthetic: SampleSet,
        held_out: SampleSet | None,
        p: Probabilities,
        seed: int,
    ) -> float | None:
        real, synthetic = same_mix(real, synthetic, MOST_ROWS, seed)
        return float(likeness(real, synthetic).mean()) if len(synthetic) else None
