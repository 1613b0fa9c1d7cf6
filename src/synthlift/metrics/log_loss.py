"""Log-loss: minus the mean log probability of the label, in nats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthlift.core.samples import Ints
from synthlift.metrics.base import Floats, Probabilities

SMALLEST = 1e-7  # about the float32 resolution at 1: one sure mistake costs 16 nats, not infinity


@dataclass(frozen=True)
class LogLoss:
    """Mean -log p of the label, clipped at 1e-7; lower is better."""

    name: ClassVar[str] = "log_loss"
    higher_is_better: ClassVar[bool] = False

    def score(self, p: Probabilities, labels: Ints) -> float:
        return float(self.rows(p, labels).mean())

    def rows(self, p: Probabilities, labels: Ints) -> Floats:
        p_label = p[np.arange(len(labels)), labels].astype(np.float64)
        return np.asarray(-np.log(np.clip(p_label, SMALLEST, 1.0)), dtype=np.float64)
