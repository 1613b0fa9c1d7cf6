"""LeCam at work: moving averages of the scores, and the cost of straying from them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from synthlift.generators.penalties import Seen


class AnchoredScores(nn.Module):
    """The penalty of `penalties.LeCam`; the sums of its averages are buffers of the checkpoint."""

    real: Tensor
    fake: Tensor

    def __init__(self, weight: float, decay: float) -> None:
        super().__init__()
        self.weight, self.decay = weight, decay
        self.register_buffer("real", torch.zeros(()))
        self.register_buffer("fake", torch.zeros(()))

    def forward(self, critic: nn.Module, seen: Seen, step: int) -> Tensor:
        """The scalar to add to the critic's loss; the averages hold its scores already."""
        self._follow(seen)
        share = 1 - self.decay ** (step + 1)  # of the weights that have a score so far
        a_real, a_fake = self.real / share, self.fake / share
        away = (seen.d_real - a_fake).square().mean() + (seen.d_fake - a_real).square().mean()
        return self.weight * away

    @torch.no_grad()
    def _follow(self, seen: Seen) -> None:
        for average, scores in ((self.real, seen.d_real), (self.fake, seen.d_fake)):
            average.lerp_(seen.whole(scores).mean(), 1 - self.decay)
