"""Regularisers of the critic: objects of one signature, added to its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn


class Penalty(Protocol):
    """Called at every step.

    real, fake: encoded samples that the critic has just seen, each `(n, *code)`. condition: of the
    real ones. step: updates done so far.
    """

    def __call__(
        self, critic: nn.Module, real: Tensor, fake: Tensor, condition: Tensor, step: int
    ) -> Tensor | None:
        """The scalar to add to the critic's loss, or None at steps without one."""
        ...


@dataclass(frozen=True)
class R1:
    """Lazy R1: every * gamma / 2 * E[|grad_x D(x)|^2] on real samples, at each `every`-th step.

    gamma = weight * pixels / batch, as in StyleGAN2-ADA (Karras et al. 2020, arXiv 2006.06676,
    appendix C; the penalty is that of Mescheder et al. 2018, arXiv 1801.04406); of tables, the
    width of the code stands for the pixels. In fp32 whatever the precision of the training. Where a
    critic judges packs of samples, one gradient is that of a whole pack.
    """

    weight: float
    every: int

    def __post_init__(self) -> None:
        if self.weight < 0 or self.every < 1:
            raise ValueError("generator.penalty: weight is at least 0, every at least 1")

    def __call__(
        self, critic: nn.Module, real: Tensor, fake: Tensor, condition: Tensor, step: int
    ) -> Tensor | None:
        import torch

        if step % self.every:
            return None
        pixels = real[0, 0].numel() if real.dim() > 2 else real.shape[1]
        gamma = self.weight * pixels / len(real)
        with torch.autocast(real.device.type, enabled=False):
            scores, slope = _slope(critic, real.detach().float(), condition)
            squares = slope.reshape(len(scores), -1).square().sum(1)  # (n / pack,)
            return self.every * gamma / 2 * squares.mean()


@dataclass(frozen=True)
class GradientPenalty:
    """WGAN-GP: every * weight * E[(|grad_x D(x)| - 1)^2] between real and fake samples.

    Gulrajani et al. 2017, arXiv 1704.00028, algorithm 1: x lies at a uniform place on the line from
    a fake to a real sample. At each `every`-th step, in fp32 whatever the precision. Where a critic
    judges packs of samples, one gradient is that of a whole pack.
    """

    weight: float
    every: int

    def __post_init__(self) -> None:
        if self.weight < 0 or self.every < 1:
            raise ValueError("generator.penalty: weight is at least 0, every at least 1")

    def __call__(
        self, critic: nn.Module, real: Tensor, fake: Tensor, condition: Tensor, step: int
    ) -> Tensor | None:
        import torch

        if step % self.every:
            return None
        with torch.autocast(real.device.type, enabled=False):
            between = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device)
            x = torch.lerp(fake.detach().float(), real.detach().float(), between)
            scores, slope = _slope(critic, x, condition)
            norm = slope.reshape(len(scores), -1).norm(2, dim=1)  # (n / pack,)
            cost: Tensor = self.every * self.weight * (norm - 1).square().mean()
            return cost


@dataclass(frozen=True)
class NoPenalty:
    """Spectral normalisation alone keeps the critic smooth."""

    def __call__(
        self, critic: nn.Module, real: Tensor, fake: Tensor, condition: Tensor, step: int
    ) -> Tensor | None:
        return None


def _slope(critic: nn.Module, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
    """Scores of x and their gradient, `(n, *code)`, itself differentiable."""
    import torch

    x = x.requires_grad_()
    scores = critic(x, condition)
    (slope,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return scores, slope
