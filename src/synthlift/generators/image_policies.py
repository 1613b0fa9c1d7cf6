"""The policies of DiffAugment: differentiable changes of images that keep their labels.

Zhao et al. 2020, arXiv 2006.10738. Images are float `(n, C, H, W)` in [-1, 1]; each is
changed by draws of its own, all from rng. What moves in from outside is 0, mid-grey, as there.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Change = Callable[[Tensor, torch.Generator], Tensor]
"""(images, rng) to changed images of the same shape."""

TRANSLATION = 1 / 8  # largest shift, as a share of the side
CUTOUT = 1 / 2  # side of the hole, as a share of that of the image


def color(images: Tensor, rng: torch.Generator) -> Tensor:
    """Brightness +-.5 (of a range of 2), saturation 0 to 2 where RGB, contrast .5 to 1.5."""
    images = images + _uniform(images, rng) - 0.5
    if images.shape[1] == 3:
        grey = images.mean(1, keepdim=True)
        images = torch.lerp(grey, images, 2 * _uniform(images, rng))
    level = images.mean((1, 2, 3), keepdim=True)
    return torch.lerp(level, images, _uniform(images, rng) + 0.5)


def translation(images: Tensor, rng: torch.Generator) -> Tensor:
    """Whole pixels up or down, left or right, up to an eighth of the side."""
    for dim in (2, 3):
        side = images.shape[dim]
        most = int(side * TRANSLATION + 0.5)
        by = _integers(-most, most, images, rng)
        source = torch.arange(side, device=images.device) - by[:, None]  # (n, side)
        inside = (source >= 0) & (source < side)
        along = [len(images), 1, 1, 1]
        along[dim] = side
        index = source.clamp(0, side - 1).view(along).expand_as(images)
        images = images.gather(dim, index) * inside.view(along)
    return images


def cutout(images: Tensor, rng: torch.Generator) -> Tensor:
    """A square of half the side becomes 0; it may lie partly outside."""
    hole = torch.ones(1, dtype=torch.bool, device=images.device)
    for dim in (2, 3):
        side = images.shape[dim]
        size = int(side * CUTOUT + 0.5)
        first = _integers(0, side - size % 2, images, rng) - size // 2
        place = torch.arange(side, device=images.device) - first[:, None]  # (n, side)
        along = [len(images), 1, 1, 1]
        along[dim] = side
        hole = hole & ((place >= 0) & (place < size)).view(along)
    return images * ~hole


CHANGES: dict[str, Change] = {"color": color, "translation": translation, "cutout": cutout}


def _uniform(images: Tensor, rng: torch.Generator) -> Tensor:
    """One number in [0, 1) per image, `(n, 1, 1, 1)`."""
    return torch.rand(len(images), 1, 1, 1, generator=rng, device=images.device)


def _integers(low: int, high: int, images: Tensor, rng: torch.Generator) -> Tensor:
    """One whole number from low to high, both included, per image, `(n,)`."""
    return torch.randint(low, high + 1, (len(images),), generator=rng, device=images.device)
