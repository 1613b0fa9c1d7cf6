"""Regularisers of the critic: objects of one signature, added to its loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class Seen:
    """What a critic has just seen, and what it said.

    real, fake: encoded samples, augmented, each `(n, *code)`. condition: of the real ones. d_real,
    d_fake: their scores `(n,)`, or `(n / pack,)`. Where several devices share out a batch these are
    the rows of one of them. batch: real rows on all of them, None is n. whole: from values of own
    rows to those of all rows, without gradients (sharing.py).
    """

    real: Tensor
    fake: Tensor
    condition: Tensor
    d_real: Tensor
    d_fake: Tensor
    batch: int | None = None
    whole: Callable[[Tensor], Tensor] = lambda values: values


class Penalizing(Protocol):
    """At work in a training; an `nn.Module` where it has a state, so that checkpoints hold it."""

    def __call__(self, critic: nn.Module, seen: Seen, step: int) -> Tensor | None:
        """The scalar to add to the critic's loss, or None at steps without one.

        step: updates of the critic done so far.
        """
        ...


class Penalty(Protocol):
    """The recipe of one."""

    @property
    def bounds_slope(self) -> bool:
        """Whether it bounds the slope at each sample, which batch norm would mix with others'."""
        ...

    def start(self) -> Penalizing: ...


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
    bounds_slope: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check_dose(self.weight, self.every)

    def start(self) -> Penalizing:
        return self

    def __call__(self, critic: nn.Module, seen: Seen, step: int) -> Tensor | None:
        import torch

        if step % self.every:
            return None
        real = seen.real
        pixels = real[0, 0].numel() if real.dim() > 2 else real.shape[1]
        gamma = self.weight * pixels / (seen.batch or len(real))
        with torch.autocast(real.device.type, enabled=False):
            scores, slope = _slope(critic, real.detach().float(), seen.condition)
            squares = slope.reshape(len(scores), -1).square().sum(1)  # (n / pack,)
            return self.every * gamma / 2 * squares.mean()


@dataclass(frozen=True)
class GradientPenalty:
    """WGAN-GP: every * weight * E[(|grad_x D(x)| - 1)^2] between real and fake samples.

    Gulrajani et al. 2017, arXiv 1704.00028, algorithm 1: x lies at a uniform place on the line from
    a fake to a real sample, and is judged under the label of the real one (the fake one may have
    been asked for another). At each `every`-th step, in fp32 whatever the precision. Where a critic
    judges packs of samples, one gradient is that of a whole pack.
    """

    weight: float
    every: int
    bounds_slope: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check_dose(self.weight, self.every)

    def start(self) -> Penalizing:
        return self

    def __call__(self, critic: nn.Module, seen: Seen, step: int) -> Tensor | None:
        import torch

        if step % self.every:
            return None
        real, fake = seen.real, seen.fake
        with torch.autocast(real.device.type, enabled=False):
            between = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device)
            x = torch.lerp(fake.detach().float(), real.detach().float(), between)
            scores, slope = _slope(critic, x, seen.condition)
            return self.every * self.weight * _excess(scores, slope)


@dataclass(frozen=True)
class Dragan:
    """DRAGAN: every * weight * E[(|grad_x D(x + delta)| - 1)^2] around real samples.

    Kodali et al. 2017, arXiv 1705.07215: delta ~ N(0, c I), here with the standard
    deviation `spread` times that of the real batch, so that the unit of the data does not matter.
    At each `every`-th step, in fp32 whatever the precision. Where a critic judges packs of samples,
    one gradient is that of a whole pack.
    """

    weight: float
    spread: float
    every: int
    bounds_slope: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check_dose(self.weight, self.every)
        if self.spread <= 0:
            raise ValueError(
                f"generator.penalty.spread is above 0, not {self.spread}: how far around real "
                "samples it looks, in standard deviations of the batch"
            )

    def start(self) -> Penalizing:
        return self

    def __call__(self, critic: nn.Module, seen: Seen, step: int) -> Tensor | None:
        import torch

        if step % self.every:
            return None
        real = seen.real.detach()
        with torch.autocast(real.device.type, enabled=False):
            real = real.float()
            deviation = seen.whole(real).std()
            around = real + self.spread * deviation * torch.randn_like(real)
            scores, slope = _slope(critic, around, seen.condition)
            return self.every * self.weight * _excess(scores, slope)


@dataclass(frozen=True)
class LeCam:
    """LeCam: weight * (E[(D(x) - a_fake)^2] + E[(D(G(z)) - a_real)^2]), for few rows.

    Tseng et al. 2021, arXiv 2104.03310: a_real and a_fake are moving averages of the
    mean scores; each side is drawn to where the other one is. decay: of the averages, in updates of
    the critic. They start at the first scores (divided by 1 - decay^updates, as in Adam), so it
    holds from the first update on.
    """

    weight: float
    decay: float
    bounds_slope: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _check_dose(self.weight)
        if not 0 <= self.decay < 1:
            raise ValueError(f"generator.penalty.decay lies in [0, 1), not {self.decay}")

    def start(self) -> Penalizing:
        from synthlift.generators.lecam import AnchoredScores

        return AnchoredScores(self.weight, self.decay)


@dataclass(frozen=True)
class NoPenalty:
    """Nothing holds the critic back beside its layers."""

    bounds_slope: ClassVar[bool] = False

    def start(self) -> Penalizing:
        return self

    def __call__(self, critic: nn.Module, seen: Seen, step: int) -> Tensor | None:
        return None


def _check_dose(weight: float, every: int = 1) -> None:
    if weight < 0:
        raise ValueError(
            f"generator.penalty.weight is at least 0, not {weight}; for none at all, use "
            "generator/penalty=none"
        )
    if every < 1:
        raise ValueError(
            f"generator.penalty.every is at least 1, not {every}: the updates of the critic from "
            "one penalty to the next"
        )


def _slope(critic: nn.Module, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
    """Scores of x and their gradient, `(n, *code)`, itself differentiable."""
    import torch

    x = x.requires_grad_()
    scores = critic(x, condition)
    (slope,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return scores, slope


def _excess(scores: Tensor, slope: Tensor) -> Tensor:
    """Mean squared distance of the length of each gradient from 1."""
    norm = slope.reshape(len(scores), -1).norm(2, dim=1)  # (n / pack,)
    excess: Tensor = (norm - 1).square().mean()
    return excess
