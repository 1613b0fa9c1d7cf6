"""DiffAugment: changes of images by named policies (Zhao et al. 2020, arXiv 2006.10738).

What each of them does is in `image_policies.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthlift.core.schema import Schema
from synthlift.generators.augmenting import Augmenting, refuse_rows

if TYPE_CHECKING:
    import torch
    from torch import Tensor

POLICIES = ("color", "translation", "cutout")


@dataclass(frozen=True)
class DiffAugment:
    """Every sample is changed by each of the policies, in this order."""

    policies: tuple[str, ...]

    def __post_init__(self) -> None:
        check_policies(self.policies)
        if not self.policies:
            raise ValueError(
                "generator.augmentation.policies is empty; name at least one of "
                f"{', '.join(POLICIES)}, or use generator/augmentation=none"
            )

    def check(self, schema: Schema) -> str | None:
        return refuse_rows(schema)

    def start(self) -> Augmenting:
        return self

    def __call__(self, seen: Tensor, rng: torch.Generator) -> Tensor:
        from synthlift.generators.image_policies import CHANGES

        for name in self.policies:
            seen = CHANGES[name](seen, rng)
        return seen

    def learn(self, margin: Tensor) -> None:
        pass


def check_policies(names: tuple[str, ...]) -> None:
    """Refuse a policy that there is not, and one that is named twice."""
    for name in names:
        if name not in POLICIES:
            raise ValueError(
                f"generator.augmentation.policies: there is no {name!r}; there are "
                f"{', '.join(POLICIES)}"
            )
        if list(names).count(name) > 1:
            raise ValueError(f"generator.augmentation.policies: {name!r} is named twice")
