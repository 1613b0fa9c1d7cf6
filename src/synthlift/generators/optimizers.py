"""Optimisers by recipe, so that a configuration names no torch class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch
    from torch import nn


class Optimizer(Protocol):
    """Makes the torch optimiser of a parameter list. rate: learning rate."""

    @property
    def rate(self) -> float: ...

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer: ...


@dataclass(frozen=True)
class Adam:
    """Fused Adam. rate: learning rate. betas: decay of the first and second moment.

    Kingma and Ba 2015, arXiv 1412.6980.
    """

    rate: float
    betas: tuple[float, float]

    def __post_init__(self) -> None:
        if self.rate <= 0 or len(self.betas) != 2 or not all(0 <= b < 1 for b in self.betas):
            raise ValueError(
                "generator: Adam takes a rate above 0 and two betas in [0, 1), not "
                f"rate={self.rate} and betas={list(self.betas)}"
            )

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        import torch

        first, second = self.betas
        return torch.optim.Adam(parameters, self.rate, (float(first), float(second)), fused=True)


@dataclass(frozen=True)
class RMSprop:
    """Steps divided by the root of the moving average of squared gradients; that of WGAN.

    Tieleman and Hinton 2012, lecture 6e. rate: learning rate. decay: of the average.
    """

    rate: float
    decay: float

    def __post_init__(self) -> None:
        if self.rate <= 0 or not 0 <= self.decay < 1:
            raise ValueError(
                "generator: RMSprop takes a rate above 0 and a decay in [0, 1), not "
                f"rate={self.rate} and decay={self.decay}"
            )

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        import torch

        return torch.optim.RMSprop(parameters, self.rate, self.decay, foreach=True)


@dataclass(frozen=True)
class Sgd:
    """Fused stochastic gradient descent. rate: learning rate. momentum: 0 has none."""

    rate: float
    momentum: float

    def __post_init__(self) -> None:
        if self.rate <= 0 or not 0 <= self.momentum < 1:
            raise ValueError(
                "generator: Sgd takes a rate above 0 and a momentum in [0, 1), not "
                f"rate={self.rate} and momentum={self.momentum}"
            )

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        import torch

        return torch.optim.SGD(parameters, self.rate, self.momentum, fused=True)
