"""ADA at work: its probability, and what moves it, lie on the device and in the checkpoints."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from synthlift.generators.ada import Ada
from synthlift.generators.image_policies import CHANGES, Change


class AdaptiveAugmenting(nn.Module):
    """The augmentation of `ada.Ada`.

    p: probability of each change for each sample. signs: sum of the mean signs of real scores since
    p was moved. calls: steps so far.
    """

    p: Tensor
    signs: Tensor
    calls: Tensor

    def __init__(self, recipe: Ada) -> None:
        super().__init__()
        self.recipe = recipe
        classical: Any = recipe.transform  # of images: `Ada.check` has refused others
        self.changes: list[Change] = [classical, *(CHANGES[name] for name in recipe.policies)]
        self.register_buffer("p", torch.zeros(()))
        self.register_buffer("signs", torch.zeros(()))
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))

    def forward(self, seen: Tensor, rng: torch.Generator) -> Tensor:
        """Changed samples `(n, C, H, W)`."""
        for change in self.changes:
            chance = torch.rand(len(seen), 1, 1, 1, generator=rng, device=seen.device)
            seen = torch.where(chance < self.p, change(seen, rng), seen)
        return seen

    @torch.no_grad()
    def learn(self, margin: Tensor) -> None:
        """Move p by the sign of (mean sign of the last steps - target), when it is due."""
        recipe = self.recipe
        self.calls += 1
        self.signs += margin.sign().mean()
        due = self.calls % recipe.every == 0
        move = (self.signs / recipe.every - recipe.target).sign()
        move = move * (len(margin) * recipe.every / recipe.images)
        self.p.add_(move * due).clamp_(0, recipe.largest_p)
        self.signs *= ~due
