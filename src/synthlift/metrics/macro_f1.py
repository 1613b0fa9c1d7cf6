"""Macro-F1: the mean over classes of 2 TP / (2 TP + FP + FN)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthlift.core.samples import Ints
from synthlift.metrics.base import Floats, Probabilities


@dataclass(frozen=True)
class MacroF1:
    """Mean F1 over the classes that the labels hold, 0..1; a class that is absent is left out.

    Not a mean over rows, so it has none.
    """

    name: ClassVar[str] = "macro_f1"
    higher_is_better: ClassVar[bool] = True

    def score(self, p: Probabilities, labels: Ints) -> float:
        k, guess = p.shape[1], p.argmax(axis=1)
        true = np.bincount(labels, minlength=k)
        guessed = np.bincount(guess, minlength=k)
        hits = np.bincount(labels[guess == labels], minlength=k)
        present = true > 0
        return float((2 * hits[present] / (true + guessed)[present]).mean())

    def rows(self, p: Probabilities, labels: Ints) -> Floats | None:
        return None
