"""Optimisers by recipe, so that a configuration names no torch class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch
    from torch import nn


class Optimizer(Protocol):
    """Makes the torch optimiser of a parameter list."""

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer: ...


@dataclass(frozen=True)
class Adam:
    """Fused Adam. rate: learning rate. betas: decay of the first and second moment."""

    rate: float
    betas: tuple[float, float]

    def __post_init__(self) -> None:
        if self.rate <= 0 or len(self.betas) != 2 or not all(0 <= b < 1 for b in self.betas):
            raise ValueError("generator: an Adam needs rate > 0 and two betas in [0, 1)")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        import torch

        first, second = self.betas
        return torch.optim.Adam(parameters, self.rate, (float(first), float(second)), fused=True)
