"""Adversarial losses.

Objects of one signature, from the critic's scores of real and of fake samples. In their formulas s
is the logistic function, a the label smoothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class Loss(Protocol):
    """Scores are `(n,)`, high for real; `critic` and `generator` return the scalar to minimise.

    needs_slope_bound: whether it has no minimum unless something bounds the slope of the critic.
    """

    @property
    def needs_slope_bound(self) -> bool: ...

    def critic(self, real: Tensor, fake: Tensor) -> Tensor: ...

    def generator(self, fake: Tensor) -> Tensor: ...

    def threshold(self, real: Tensor, fake: Tensor) -> Tensor | float:
        """The score above which the critic says real; its accuracy is counted by it."""
        ...


@dataclass(frozen=True)
class Hinge:
    """The hinge loss: E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))] and -E[D(G(z))].

    Lim and Ye 2017, arXiv 1705.02894.
    """

    needs_slope_bound: ClassVar[bool] = False

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return (1 - real).relu().mean() + (1 + fake).relu().mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -fake.mean()

    def threshold(self, real: Tensor, fake: Tensor) -> Tensor | float:
        return 0.0


@dataclass(frozen=True)
class NonSaturating:
    """Cross-entropy on logits: -E[log s(D(x))] - E[log(1 - s(D(G(z))))] and -E[log s(D(G(z)))].

    Goodfellow et al. 2014, arXiv 1406.2661, section 3. smoothing: the critic's target for real
    samples is 1 - a instead of 1, that for fake ones stays 0 (one-sided label smoothing, Salimans
    et al. 2016, arXiv 1606.03498, section 3.4).
    """

    smoothing: float
    needs_slope_bound: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _check_smoothing(self.smoothing)

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        from torch.nn.functional import softplus

        of_real = softplus(-real) + self.smoothing * real  # (1-a) softplus(-d) + a softplus(d)
        return of_real.mean() + softplus(fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        from torch.nn.functional import softplus

        return softplus(-fake).mean()

    def threshold(self, real: Tensor, fake: Tensor) -> Tensor | float:
        """Where the best critic says (1 - a) / 2: real and fake samples are equally dense there."""
        return log((1 - self.smoothing) / (1 + self.smoothing))


@dataclass(frozen=True)
class Minimax(NonSaturating):
    """The game of the textbook: both play for E[log s(D(x))] + E[log(1 - s(D(G(z))))].

    Goodfellow et al. 2014, arXiv 1406.2661, equation 1: the generator lowers E[log(1 - s(D(G(z))))]
    and learns hardly anything while the critic is sure (it saturates). The critic, and smoothing,
    are those of `NonSaturating`.
    """

    def generator(self, fake: Tensor) -> Tensor:
        from torch.nn.functional import logsigmoid

        return logsigmoid(-fake).mean()


@dataclass(frozen=True)
class LeastSquares:
    """Least squares: E[(D(x) - b)^2] / 2 + E[D(G(z))^2] / 2 and E[(D(G(z)) - b)^2] / 2.

    Mao et al. 2017, arXiv 1611.04076, equation 9. smoothing: b is 1 - a instead of 1, for both
    networks: the generator aims at what real samples are scored.
    """

    smoothing: float
    needs_slope_bound: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _check_smoothing(self.smoothing)

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return (real - self._target).square().mean() / 2 + fake.square().mean() / 2

    def generator(self, fake: Tensor) -> Tensor:
        return (fake - self._target).square().mean() / 2

    def threshold(self, real: Tensor, fake: Tensor) -> Tensor | float:
        return self._target / 2

    @property
    def _target(self) -> float:
        return 1 - self.smoothing


@dataclass(frozen=True)
class Wasserstein:
    """The Wasserstein loss: E[D(G(z))] - E[D(x)] and -E[D(G(z))]; it needs a gradient penalty.

    Arjovsky et al. 2017, arXiv 1701.07875. Scores have no zero: the middle between the mean of the
    real and the mean of the fake ones is the threshold.
    """

    needs_slope_bound: ClassVar[bool] = True

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -fake.mean()

    def threshold(self, real: Tensor, fake: Tensor) -> Tensor | float:
        return (real.mean() + fake.mean()) / 2


def _check_smoothing(smoothing: float) -> None:
    if not 0 <= smoothing < 0.5:
        raise ValueError(
            f"generator.loss.smoothing lies in [0, 0.5), not {smoothing}: the critic's target for "
            "real samples is 1 - smoothing, as 0.9 with 0.1; 0 smooths nothing"
        )
