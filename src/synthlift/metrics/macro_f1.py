"""Macro-F1: the mean over classes of 2 TP / (2 TP + FP + FN)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthlift.core.samples import Ints
from synthlift.metrics.base import Floats, Probabilities
from synthlift.metrics.jackknife import pseudo_values


@dataclass(frozen=True)
class MacroF1:
    """Mean F1 over the classes that the labels hold, 0..1; a class that is absent is left out.

    Not a mean over rows: its rows are jackknife pseudo-values.
    """

    name: ClassVar[str] = "macro_f1"
    higher_is_better: ClassVar[bool] = True

    def score(self, p: Probabilities, labels: Ints) -> float:
        return _macro_f1(_confusion(p, labels))

    def rows(self, p: Probabilities, labels: Ints) -> Floats:
        confusion = _confusion(p, labels)
        without = _without_one(confusion)[labels, p.argmax(axis=1)]
        return pseudo_values(_macro_f1(confusion), without)


def _confusion(p: Probabilities, labels: Ints) -> Floats:
    """Rows by label and guess, `(K, K)`."""
    k = p.shape[1]
    cells = np.bincount(labels * k + p.argmax(axis=1), minlength=k * k)
    return cells.reshape(k, k).astype(np.float64)


def _macro_f1(confusion: Floats) -> float:
    f1 = _ratio(2 * confusion.diagonal(), confusion.sum(axis=1) + confusion.sum(axis=0))
    return float(f1[confusion.sum(axis=1) > 0].mean())


def _without_one(confusion: Floats) -> Floats:
    """Macro-F1 without one row of a cell `(K, K)`: only the F1 of its label and guess change."""
    k = len(confusion)
    hits, true, both = (
        confusion.diagonal(),
        confusion.sum(axis=1),
        confusion.sum(axis=1) + confusion.sum(axis=0),
    )
    present = true > 0
    f1 = np.where(present, _ratio(2 * hits, both), 0.0)
    missed = _ratio(2 * hits, both - 1) * present  # of a class that one mistake less touches
    change_label = np.where(true > 1, missed, 0.0) - f1
    change_guess = missed - f1
    change = change_label[:, None] + change_guess[None, :]
    hit = np.where(true > 1, _ratio(2 * (hits - 1), both - 2), 0.0)
    change[np.arange(k), np.arange(k)] = hit - f1
    n_present = present.sum() - (true == 1)  # the last row of a class takes the class with it
    return _ratio(f1.sum() + change, np.broadcast_to(n_present[:, None], (k, k)))


def _ratio(a: Floats, b: Floats) -> Floats:
    """Quotient a / b, and 0 where b is 0 or less."""
    quotient: Floats = np.divide(a, b, out=np.zeros(np.shape(a)), where=b > 0)
    return quotient
