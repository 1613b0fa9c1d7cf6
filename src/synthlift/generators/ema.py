"""Moving average of the generator's weights with a ramp-up.

Karras et al. 2020, arXiv 2006.06676, appendix C.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Ema:
    """A moving average that forgets by half-lives.

    half_life: steps after which an old weight counts half. ramp: at most this share of the steps so
    far.
    """

    half_life: int
    ramp: float

    def __post_init__(self) -> None:
        if self.half_life < 1 or not 0 < self.ramp <= 1:
            raise ValueError("generator.ema: half_life is at least 1 step, ramp lies in (0, 1]")

    def update(self, average: list[Tensor], current: list[Tensor], step: int) -> None:
        """Move the average towards the current weights, after `step` steps (1 is the first)."""
        import torch

        beta = 0.5 ** (1 / max(min(self.half_life, self.ramp * step), 1e-8))
        with torch.no_grad():
            torch._foreach_lerp_(average, current, 1 - beta)
