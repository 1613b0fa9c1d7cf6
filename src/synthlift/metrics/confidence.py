"""Bins of confidence, the largest probability of a row, for calibration error and diagram."""

from __future__ import annotations

import numpy as np

from synthlift.core.samples import Ints
from synthlift.metrics.base import Floats


def confidence_bins(confidence: Floats, n_bins: int) -> Ints:
    """Which of n_bins equal parts of 0..1 each confidence lies in; an edge belongs to the lower.

    >>> confidence_bins(np.array([0.05, 0.1, 0.11, 1.0]), 10)
    array([0, 0, 1, 9])
    """
    bins: Ints = np.ceil(confidence * n_bins).astype(np.int64) - 1
    return np.clip(bins, 0, n_bins - 1)
