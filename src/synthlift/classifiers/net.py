"""Classifiers that are neural networks.

One-cycle AdamW on a step budget, which is the same for every arm.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthlift.core.samples import TrainingSet
from synthlift.core.schema import Schema

if TYPE_CHECKING:
    import torch
    from torch import nn

    from synthlift.classifiers.training import FittedNet


@dataclass(frozen=True)
class NetClassifier(ABC):
    """Base of the networks; a subclass says what the network is.

    steps: optimiser steps, whatever the arm. batch_size: samples per step; an arm with a synthetic
    slot fills half of each batch from it. rate: peak of the one-cycle schedule. weight_decay: of
    AdamW. dropout: before the last layer.
    """

    steps: int
    batch_size: int
    rate: float
    weight_decay: float
    dropout: float

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 2 or self.rate <= 0:
            raise ValueError("classifier: steps >= 1, batch_size >= 2 and rate > 0 are needed")
        if not 0 <= self.dropout < 1 or self.weight_decay < 0:
            raise ValueError("classifier: dropout lies in [0, 1), weight_decay is at least 0")

    @abstractmethod
    def network(self, shape: tuple[int, ...], n_classes: int) -> nn.Module:
        """The untrained network.

        It maps float images in [-1, 1], `(n, *shape)` with shape `(C, H, W)`, or the vectors of a
        table, shape `(width,)`, to logits `(n, n_classes)`.
        """

    @abstractmethod
    def check(self, schema: Schema) -> str | None: ...

    def fit(
        self,
        training: TrainingSet,
        seed: int,
        device: torch.device,
        progress: Callable[[int, int], None],
    ) -> FittedNet:
        """Train for exactly `steps` steps; the initial weights depend on the seed alone."""
        from synthlift.classifiers.training import fit_net

        return fit_net(self, training, seed, device, progress)

    def load(
        self, folder: Path, schema: Schema, training: Callable[[], TrainingSet], seed: int
    ) -> FittedNet:
        from synthlift.classifiers.training import load_net

        return load_net(self, folder, schema)
