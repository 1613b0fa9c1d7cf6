"""ADA: changes of images, the more the critic has learnt the real ones by heart.

Karras et al. 2020, arXiv 2006.06676, section 3; what it does in a training is in `adapting.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthlift.core.schema import Schema
from synthlift.generators.augmenting import Augmenting, Transform, refuse_rows
from synthlift.generators.diffaugment import check_policies


@dataclass(frozen=True)
class Ada:
    """Each change befalls each sample with probability p, which follows the critic.

    transform: the classical augmentation of the dataset, the only one that may mirror. policies: of
    DiffAugment, each a change of its own. target: the mean sign of real scores, from -1 to 1, that
    p is moved towards; above it the critic is too sure, and p grows. every: steps between two
    moves. images: real ones after which p has gone from 0 to 1 if it always grows. largest_p: p
    stays at most there; above .8 changes leak into the samples (section 2 of the paper).
    """

    transform: Transform
    policies: tuple[str, ...]
    target: float
    every: int
    images: int
    largest_p: float

    def __post_init__(self) -> None:
        check_policies(self.policies)
        if not -1 < self.target < 1:
            raise ValueError(
                f"generator.augmentation.target lies in (-1, 1), not {self.target}: the mean sign "
                "of the scores of real samples"
            )
        if self.every < 1 or self.images < 1:
            raise ValueError(
                "generator.augmentation: every and images are at least 1, not "
                f"{self.every} and {self.images}"
            )
        if not 0 < self.largest_p <= 1:
            raise ValueError(
                f"generator.augmentation.largest_p is a probability above 0, not {self.largest_p}"
            )

    def check(self, schema: Schema) -> str | None:
        return refuse_rows(schema) or self.transform.check(schema)

    def start(self) -> Augmenting:
        from synthlift.generators.adapting import AdaptiveAugmenting

        return AdaptiveAugmenting(self)
