"""A dense network on the flattened pixels."""

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

    def network(self, schema: Schema) -> nn.Module:
        from torch import nn

        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(prod(schema.shape), self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, self.hidden),
            nn.ReLU(),
            nn.Dropout(self.dropout),
            nn.Linear(self.hidden, schema.n_classes),
        )
