"""Adversarial losses.

Objects of one signature, from the critic's scores of real and of fake samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class Loss(Protocol):
    """Scores are `(n,)`, high for real; `critic` and `generator` return the scalar to minimise."""

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

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return (1 - real).relu().mean() + (1 + fake).relu().mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -fake.mean()

    def threshold(self, real: Tensor, fake: Tensor) -> Tensor | float:
        return 0.0


@dataclass(frozen=True)
class NonSaturating:
    """Cross-entropy on logits: -E[log s(D(x))] - E[log(1 - s(D(G(z))))] and -E[log s(D(G(z)))].

    s is the logistic function. Goodfellow et al. 2014, arXiv 1406.2661, section 3.
    """

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        from torch.nn.functional import softplus

        return softplus(-real).mean() + softplus(fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        from torch.nn.functional import softplus

        return softplus(-fake).mean()

    def threshold(self, real: Tensor, fake: Tensor) -> Tensor | float:
        return 0.0


@dataclass(frozen=True)
class Wasserstein:
    """The Wasserstein loss: E[D(G(z))] - E[D(x)] and -E[D(G(z))]; it needs a gradient penalty.

    Arjovsky et al. 2017, arXiv 1701.07875. Scores have no zero: the middle between the mean of the
    real and the mean of the fake ones is the threshold.
    """

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -fake.mean()

    def threshold(self, real: Tensor, fake: Tensor) -> Tensor | float:
        return (real.mean() + fake.mean()) / 2
