"""A dense network on the flattened pixels of images, or on the vectors of a table."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from synthlift.classifiers.net import NetClassifier
from synthlift.core.schema import Schema

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Mlp(NetClassifier):
    """hidden: width of its two layers."""

    hidden: int

    def check(self, schema: Schema) -> str | None:
        return None

    def network(self, shape: tuple[int, ...], n_classes: int) -> nn.Module:
        from torch import nn

        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(prod(shape), self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, self.hidden),
            nn.ReLU(),
            nn.Dropout(self.dropout),
            nn.Linear(self.hidden, n_classes),
        )
