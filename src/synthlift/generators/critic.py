"""What every critic is: a network that scores samples beside what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Judged:
    """What a critic says of a batch of real samples and of one of fake ones.

    real, fake: scores float32 `(n,)`, high for real. critic_cost, generator_cost: scalars to add to
    the losses of the two networks beside the adversarial one, as of an auxiliary classifier; None
    where there is none.
    """

    real: Tensor
    fake: Tensor
    critic_cost: Tensor | None = None
    generator_cost: Tensor | None = None


class Critic(nn.Module):
    """Maps (codes `(n, *shape)`, condition) to scores `(n,)`, in `forward` of a subclass."""

    def judge(self, seen: Tensor, condition: Tensor) -> Judged:
        """Scores of a step, in one pass. seen: `(2 n, *shape)`, real samples, then fake ones."""
        real, fake = self(seen, condition).float().chunk(2)
        return Judged(real, fake)


class BatchNormCritic(Critic):
    """One with batch norm: real and fake samples are normalised apart, each by their own.

    Together, the statistics of a batch would tell them apart (Radford et al. 2016, arXiv
    1511.06434, train so).
    """

    def judge(self, seen: Tensor, condition: Tensor) -> Judged:
        batches = zip(seen.chunk(2), condition.chunk(2), strict=True)
        real, fake = (self(x, c).float() for x, c in batches)
        return Judged(real, fake)
