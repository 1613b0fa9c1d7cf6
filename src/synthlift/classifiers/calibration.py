"""Probabilities for classifiers that give decision values only: temperature scaling.

The softmax of the decision values divided by one temperature, which is chosen on rows held out
(Guo et al. 2017, arXiv 1706.04599). The most probable class stays the classifier's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from synthlift.classifiers.rows import Weights
from synthlift.core.columns import Floats
from synthlift.core.samples import SYNTHETIC, Ints

N_FOLDS = 5
COLDEST, HOTTEST = -5.0, 5.0  # natural logarithms of the temperatures tried


def soften(decision: Floats, temperature: float) -> Floats:
    """Probabilities `(n, n_classes)` of decision values, `(n,)` for two classes."""
    return np.asarray(softmax(_logits(decision) / temperature, axis=1))


def _logits(decision: Floats) -> Floats:
    decision = np.asarray(decision, np.float64)
    return np.stack([-decision, decision], axis=1) if decision.ndim == 1 else decision


def fit_temperature(
    fit: Callable[[Floats, Ints, Weights], Any],
    x: Floats,
    y: Ints,
    weight: Weights,
    origin: Ints,
    seed: int,
) -> float:
    """The temperature of least weighted log loss on rows that the fit has not seen.

    Copies of one real row (same origin) stand on one side of every fold. The targets are smoothed
    by one part in n + 2 (Platt 1999), so that rows without an error give no certainty. 1 where no
    class has two rows to hold one out.
    """
    fold = deal_folds(y, origin, seed)
    held = np.flatnonzero(fold >= 0)
    if not len(held):
        return 1.0
    classes, target = np.unique(y, return_inverse=True)
    logits = np.zeros((len(y), len(classes)))
    for i in range(N_FOLDS):
        now = fold == i
        if now.any():
            logits[now] = _logits(fit(x[~now], y[~now], weight[~now]).decision_function(x[now]))
    missed = 1 / (len(held) + 2)
    wanted = np.full((len(y), len(classes)), missed / (len(classes) - 1))
    wanted[np.arange(len(y)), target] = 1 - missed

    def log_loss(log_temperature: float) -> float:
        p = log_softmax(logits[held] / np.exp(log_temperature), axis=1)
        return float(-(weight[held] * (wanted[held] * p).sum(1)).sum())

    return float(
        np.exp(
            minimize_scalar(
                log_loss, (COLDEST, HOTTEST), method="bounded", bounds=(COLDEST, HOTTEST)
            ).x
        )
    )


def deal_folds(labels: Ints, origin: Ints, seed: int) -> Ints:
    """The fold of each row, `(n,)`: classes dealt evenly, -1 for the one real row of a class.

    Every class of the rows is among those outside any fold.
    """
    row = np.where(origin == SYNTHETIC, -1 - np.arange(len(origin)), origin)
    _, first, unit = np.unique(row, return_index=True, return_inverse=True)
    fold = np.full(len(first), -1)
    rng = np.random.default_rng(seed)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels[first] == label))
        if len(members) > 1:
            fold[members] = np.arange(len(members)) % N_FOLDS
    return np.asarray(fold[unit], dtype=np.int64)
