"""Regularisers of the critic: objects of one signature, added to its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn


class Penalty(Protocol):
    """Called at every step.

    `real` are the encoded real samples that the critic has just seen, `(n, *code)`.
    """

    def __call__(self, critic: nn.Module, real: Tensor, labels: Tensor, step: int) -> Tensor | None:
        """The scalar to add to the critic's loss, or None at steps without one."""
        ...


@dataclass(frozen=True)
class R1:
    """Lazy R1: every * gamma / 2 * E[|grad_x D(x)|^2] on real samples, at each `every`-th step.

    gamma = weight * pixels / batch, as in StyleGAN2-ADA (Karras et al. 2020, arXiv 2006.06676,
    appendix C; the penalty is that of Mescheder et al. 2018, arXiv 1801.04406). In fp32 whatever
    the precision of the training.
    """

    weight: float
    every: int

    def __post_init__(self) -> None:
        if self.weight < 0 or self.every < 1:
            raise ValueError("generator.penalty: weight is at least 0, every at least 1")

    def __call__(self, critic: nn.Module, real: Tensor, labels: Tensor, step: int) -> Tensor | None:
        import torch

        if step % self.every:
            return None
        gamma = self.weight * real[0, 0].numel() / len(real)
        with torch.autocast(real.device.type, enabled=False):
            x = real.detach().float().requires_grad_()
            (slope,) = torch.autograd.grad(critic(x, labels).sum(), x, create_graph=True)
            return self.every * gamma / 2 * slope.square().flatten(1).sum(1).mean()


@dataclass(frozen=True)
class NoPenalty:
    """Spectral normalisation alone keeps the critic smooth."""

    def __call__(self, critic: nn.Module, real: Tensor, labels: Tensor, step: int) -> Tensor | None:
        return None
