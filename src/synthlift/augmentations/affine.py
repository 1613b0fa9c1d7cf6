"""Small random affine maps of images.

Rotation, scale, shift and, where it keeps the label, a mirror.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthlift.core.samples import SampleSet
from synthlift.core.schema import Schema

if TYPE_CHECKING:
    import torch
    from torch import Tensor

CHUNK = 1024  # images turned at a time


@dataclass(frozen=True)
class Affine:
    """One map per image, drawn afresh at each call; differentiable, edges continued outwards.

    rotation: largest angle, radians. scale: largest relative change of size. shift: largest move,
    as a share of the side. flip: mirror half of the images from left to right. copies: varied
    copies of each image for a classifier that has no batches to change on line.
    """

    rotation: float
    scale: float
    shift: float
    flip: bool
    copies: ClassVar[int] = 4

    def __post_init__(self) -> None:
        if min(self.rotation, self.shift) < 0 or not 0 <= self.scale < 1:
            raise ValueError(
                "augmentation: rotation and shift are at least 0, scale lies in [0, 1)"
            )

    def check(self, schema: Schema) -> str | None:
        """Why it can't change such samples, or None."""
        if schema.modality != "image":
            return f"its augmentation moves pixels, but the dataset is {schema}"
        return None

    def times(self, factor: float) -> Affine:
        """The same with all ranges times this; a change of size ends short of 1."""
        rotation, scale, shift = (factor * r for r in (self.rotation, self.scale, self.shift))
        return replace(self, rotation=rotation, scale=min(scale, 0.95), shift=shift)

    def __call__(self, images: Tensor, rng: torch.Generator) -> Tensor:
        """Images float `(n, C, H, W)` to the same shape; random draws come from rng alone."""
        import torch
        from torch.nn.functional import affine_grid, grid_sample

        n = len(images)
        u = torch.rand(5, n, generator=rng, device=images.device) * 2 - 1  # (5, n) in [-1, 1)
        angle, size = u[0] * self.rotation, 1 + u[1] * self.scale
        mirror = torch.where(u[4] < 0, -1.0, 1.0) if self.flip else torch.ones_like(angle)
        cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
        # grid_sample reads the source at theta @ (x, y, 1), in units of half the side
        first = torch.stack([mirror * cos, -sin, u[2] * 2 * self.shift], dim=1)
        second = torch.stack([mirror * sin, cos, u[3] * 2 * self.shift], dim=1)
        theta = torch.stack([first, second], dim=1)  # (n, 2, 3)
        grid = affine_grid(theta, list(images.shape), align_corners=False).to(images.dtype)
        return grid_sample(images, grid, padding_mode="border", align_corners=False)

    def vary(self, samples: SampleSet, seed: int) -> SampleSet:
        """One varied copy of every image, in its order, with its label and origin."""
        import torch

        rng = torch.Generator().manual_seed(seed)
        varied = np.empty_like(samples.images)
        for start in range(0, len(samples), CHUNK):
            pixels = torch.from_numpy(np.array(samples.images[start : start + CHUNK])).float()
            turned = self(pixels, rng).round().clamp(0, 255)
            varied[start : start + CHUNK] = turned.to(torch.uint8).numpy()
        return replace(samples, features=varied)
