"""Reliability: how often an arm is right when it is so sure, for the calibration plot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthlift.core.findings import Reliability, ReliabilityBin, Score
from synthlift.core.results import Floats, Trial
from synthlift.core.samples import Ints
from synthlift.metrics.base import correct
from synthlift.metrics.confidence import confidence_bins
from synthlift.stages.lineup import Arms
from synthlift.stages.ruler import Ruler, by_group, mean_real, sum_cells
from synthlift.statistics.intervals import Interval, flat_half

N_BINS = 10


def find_reliability(arms: Arms, classifier: str, ruler: Ruler) -> list[Reliability]:
    """Ten equal bins of confidence, the largest probability, over the test rows of all repeats.

    Bins without rows and arms of kind curve are left out.
    """
    return [
        Reliability(name, classifier, tuple(_bins(arm, ruler)))
        for name, arm in arms.items()
        if arm[0].kind != "curve"
    ]


def _bins(trials: Sequence[Trial], ruler: Ruler) -> list[ReliabilityBin]:
    """Shares and means weigh repeats alike, as scores do, should their test rows differ in number.

    A bin's accuracy is a ratio of two means, hits and rows in the bin; its interval is that of the
    ratio's linear part, (correct - accuracy) in the bin / share of the bin, a value per row.
    """
    p = np.concatenate([t.test.p for t in trials])
    sure = p[np.arange(len(p)), p.argmax(axis=1)].astype(np.float64)  # faster than p.max(axis=1)
    right = correct(p, np.concatenate([t.test.labels for t in trials]))
    bins = confidence_bins(sure, N_BINS)
    ends = np.cumsum([len(t.test.labels) for t in trials])
    which = np.split(bins, ends[:-1])
    counts, *sums = (sum_cells(which, values, N_BINS) for values in (None, right, sure))
    held = np.flatnonzero(counts.any(axis=0))
    n_rows = counts.sum(axis=1, keepdims=True)
    shares, hits, sureness = (of_all[:, held] / n_rows for of_all in (counts, *sums))  # (R, bins)
    share = shares.mean(axis=0)
    accuracy = hits.mean(axis=0) / share
    confidence = sureness.mean(axis=0) / share
    scores = ((hits - accuracy * shares) / share).T
    rows = None
    if ruler.regime == "fixed_test":  # the same rows in every repeat
        shape = len(trials), len(trials[0].test.labels)
        rows = _linear_part(right.reshape(shape), bins.reshape(shape), held, accuracy, share)
        if trials[0].test.group is not None:
            rows = np.stack(
                [
                    [by_group(row, t.test.group) for row, t in zip(table, trials, strict=True)]
                    for table in rows
                ]
            )
    found = []
    for i, interval in enumerate(ruler.intervals(scores, rows, 0.95, mean_real(trials))):
        k = int(held[i])
        found.append(
            ReliabilityBin(
                k / N_BINS,
                (k + 1) / N_BINS,
                float(share[i]),
                float(confidence[i]),
                _accuracy(float(accuracy[i]), interval, float(counts[:, k].sum())),
            )
        )
    return found


def _linear_part(right: Floats, which: Ints, held: Ints, accuracy: Floats, share: Floats) -> Floats:
    """Values `(bins, R, n)` with mean 0; right and which `(R, n)`, all else by bin."""
    in_bin = which == held[:, None, None]
    values: Floats = in_bin * (right - accuracy[:, None, None]) / share[:, None, None]
    return values


def _accuracy(accuracy: float, linear: Interval, n_cases: float) -> Score:
    """Accuracy with its 95 % interval within 0..1; n_cases: in the bin, of all repeats."""
    if linear.low is None or linear.high is None:
        return Score(accuracy, None, None)
    half = flat_half(n_cases) if linear.is_flat else (linear.high - linear.low) / 2
    return Score(accuracy, max(0.0, accuracy - half), min(1.0, accuracy + half))
