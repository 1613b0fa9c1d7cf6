"""Label adherence: does a generator draw what it was asked for (PROTOCOL section 4)?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from synthlift.core.samples import SampleSet
from synthlift.metrics.base import Probabilities, correct


@dataclass(frozen=True)
class LabelAdherence:
    """Share of synthetic samples to which the teacher gives their label; None without samples."""

    name: ClassVar[str] = "label_adherence"

    def measure(
        self,
        real: SampleSet,
        synthetic: SampleSet,
        held_out: SampleSet | None,
        p: Probabilities,
        seed: int,
    ) -> float | None:
        return float(correct(p, synthetic.labels).mean()) if len(synthetic) else None
