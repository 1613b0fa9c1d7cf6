"""Changes of everything that the critic sees, real and fake alike, drawn by one law.

Without them a critic learns few rows by heart (Karras et al. 2020, arXiv 2006.06676; Zhao et al.
2020, arXiv 2006.10738). Gradients pass through. Nothing here changes what the label of a sample is:
a mirror and a turn are left to the dataset's own classical augmentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from synthlift.core.schema import Schema

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Transform(Protocol):
    """The classical augmentation of a dataset; that of images maps `(images, rng)` to images."""

    def check(self, schema: Schema) -> str | None: ...


class Augmenting(Protocol):
    """At work in a training; an `nn.Module` where it has a state, so that checkpoints hold it."""

    def __call__(self, seen: Tensor, rng: torch.Generator) -> Tensor:
        """Changed samples of the same shape `(n, *code.shape)`; all draws come from rng."""
        ...

    def learn(self, margin: Tensor) -> None:
        """How far the scores of real samples just were above the threshold of the loss, `(n,)`."""
        ...


class CriticAugmentation(Protocol):
    """The recipe of one."""

    def check(self, schema: Schema) -> str | None:
        """Why it can't change such samples, with the remedy; None if it can."""
        ...

    def start(self) -> Augmenting: ...


@dataclass(frozen=True)
class NoAugmentation:
    """The critic sees samples as they are."""

    def check(self, schema: Schema) -> str | None:
        return None

    def start(self) -> Augmenting:
        return self

    def __call__(self, seen: Tensor, rng: torch.Generator) -> Tensor:
        return seen

    def learn(self, margin: Tensor) -> None:
        pass


@dataclass(frozen=True)
class Classical:
    """The classical augmentation of the dataset, of every sample."""

    transform: Transform

    def check(self, schema: Schema) -> str | None:
        return refuse_rows(schema) or self.transform.check(schema)

    def start(self) -> Augmenting:
        return self

    def __call__(self, seen: Tensor, rng: torch.Generator) -> Tensor:
        transform: Any = self.transform
        changed: Tensor = transform(seen, rng)
        return changed

    def learn(self, margin: Tensor) -> None:
        pass


def refuse_rows(schema: Schema) -> str | None:
    """Why what moves pixels can't change such samples; None of images."""
    if schema.modality == "image":
        return None
    return (
        f"its augmentation changes images that the critic sees, but the dataset is {schema}; use "
        "generator/augmentation=none"
    )
