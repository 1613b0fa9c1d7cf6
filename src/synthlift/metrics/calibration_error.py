"""Calibration error: is a classifier as often right as it is sure?

Guo, Pleiss, Sun and Weinberger 2017, On calibration of modern neural networks, arXiv 1706.04599,
equation 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthlift.core.samples import Ints
from synthlift.metrics.base import Floats, Probabilities, correct
from synthlift.metrics.confidence import confidence_bins
from synthlift.metrics.jackknife import pseudo_values


@dataclass(frozen=True)
class CalibrationError:
    """Mean over rows of |accuracy - confidence| of the row's bin, 0..1; lower is better.

    Confidence is the largest probability; n_bins are equally wide. Not a mean over rows: its rows
    are jackknife pseudo-values. Chance alone makes it larger the fewer the rows: compare arms on
    the same rows.
    """

    name: ClassVar[str] = "calibration_error"
    higher_is_better: ClassVar[bool] = False

    n_bins: int = 15

    def __post_init__(self) -> None:
        if self.n_bins < 1:
            raise ValueError(f"calibration_error needs n_bins of 1 at least, not {self.n_bins}")

    def score(self, p: Probabilities, labels: Ints) -> float:
        gaps, bins = self._gaps(p, labels)
        return float(np.abs(np.bincount(bins, gaps)).sum() / len(gaps))

    def rows(self, p: Probabilities, labels: Ints) -> Floats:
        gaps, bins = self._gaps(p, labels)
        n, total = len(gaps), np.bincount(bins, gaps)
        whole = np.abs(total).sum()
        without = whole - np.abs(total)[bins] + np.abs(total[bins] - gaps)
        return pseudo_values(float(whole / n), without / max(n - 1, 1))

    def _gaps(self, p: Probabilities, labels: Ints) -> tuple[Floats, Ints]:
        """Each row's correctness less its confidence, and its bin, both `(n,)`."""
        confidence = p.max(axis=1).astype(np.float64)
        return correct(p, labels) - confidence, confidence_bins(confidence, self.n_bins)
