"""What a downstream classifier is: a recipe that fits, and the fitted thing that predicts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import SampleSet, TrainingSet
from synthlift.core.schema import Schema

if TYPE_CHECKING:
    import torch

Probabilities = npt.NDArray[np.float32]


class FittedClassifier(Protocol):
    """One trained classifier."""

    def predict(self, samples: SampleSet) -> Probabilities:
        """Class probabilities, float32 `(n, n_classes)`; rows sum to 1."""
        ...

    def save(self, folder: Path) -> None:
        """Write what `load` needs; nothing where that were a pickle: then it is fitted again."""
        ...


class Classifier(Protocol):
    """A recipe; what it learns depends on the training set, its own fields and the seed alone."""

    def check(self, schema: Schema) -> str | None:
        """Why it can't take such samples, with the remedy; None if it can."""
        ...

    def fit(
        self,
        training: TrainingSet,
        seed: int,
        device: torch.device,
        progress: Callable[[int, int], None],
    ) -> FittedClassifier: ...

    def load(
        self, folder: Path, schema: Schema, training: Callable[[], TrainingSet], seed: int
    ) -> FittedClassifier:
        """What was saved; training, seed: what it was fitted on and with, to fit it again."""
        ...
