"""What a metric is: a Score judges predictions, a Fidelity judges synthetic samples.

Metrics are frozen dataclasses without torch, one per file, built from conf/metric/<name>.yaml.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import Ints, SampleSet

Floats = npt.NDArray[np.float64]
Probabilities = npt.NDArray[np.float32]


class Score(Protocol):
    """How good the probabilities p `(n, K)` of a classifier are for labels `(n,)`, n >= 1.

    `rows` gives one value per row, `(n,)`, with mean(rows) == score, or None where the score is not
    a mean over rows: only a score with rows has an interval under a fixed test set.
    """

    name: ClassVar[str]
    higher_is_better: ClassVar[bool]

    def score(self, p: Probabilities, labels: Ints) -> float: ...

    def rows(self, p: Probabilities, labels: Ints) -> Floats | None: ...


class Fidelity(Protocol):
    """One number on synthetic samples, or None where it can't be computed.

    real: the training rows. held_out: real rows that no training has seen (valid rows, never test
    rows), or None. p: the teacher's probabilities for the synthetic samples, `(m, K)`. The same
    seed gives the same number.
    """

    name: ClassVar[str]

    def measure(
        self,
        real: SampleSet,
        synthetic: SampleSet,
        held_out: SampleSet | None,
        p: Probabilities,
        seed: int,
    ) -> float | None: ...


def correct(p: Probabilities, labels: Ints) -> Floats:
    """1 where the most probable class is the label, else 0, `(n,)`; the first of equals counts."""
    return np.asarray(p.argmax(axis=1) == labels, dtype=np.float64)
