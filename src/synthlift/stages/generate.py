"""Draw labelled samples from a trained generator.

They are streamed to disk, so memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthlift.core.plans import Plan
from synthlift.core.samples import Ints, SampleSet, write_samples
from synthlift.core.seeds import derive
from synthlift.core.store import Place, stage
from synthlift.generators.base import FittedGenerator
from synthlift.stages.compute import Compute

if TYPE_CHECKING:
    import torch

CHUNK = 4096
BLOCK = 128  # larger is hardly faster, and a network of many classes needs no more memory


@dataclass(frozen=True)
class Generation:
    """How the samples are drawn.

    n_per_class, ratio: how many (core.plans.Plan). latent_scale: spread of z.
    """

    n_per_class: int | None
    ratio: float | None
    latent_scale: float

    def __post_init__(self) -> None:
        Plan(self.n_per_class, self.ratio)
        if self.latent_scale <= 0:
            raise ValueError(f"generation.latent_scale is above 0, not {self.latent_scale}")

    @property
    def plan(self) -> Plan:
        return Plan(self.n_per_class, self.ratio)


def draw_labels(counts: Ints) -> Ints:
    """The labels to draw, classes taking turns, so that any prefix is as balanced as can be.

    >>> draw_labels(np.array([3, 1, 2]))
    array([0, 1, 2, 0, 2, 0])
    """
    labels = np.repeat(np.arange(len(counts)), counts)
    turn = np.concatenate([np.arange(n) for n in counts])
    return labels[np.lexsort((labels, turn))].astype(np.int64)


@stage(version=2, read=lambda folder, *inputs: SampleSet.load(folder))
def generate(
    generator: FittedGenerator,
    learnt_from: Ints,
    train: SampleSet,
    generation: Generation,
    seed: int,
    *,
    place: Place,
    compute: Compute,
) -> None:
    """Draw what the plan asks for, given the class counts of the train rows.

    learnt_from: origins of the rows that made the generator; the samples carry them along.
    """
    labels = draw_labels(generation.plan.counts(train.counts()))

    def chunks(device: torch.device) -> Iterator[SampleSet]:
        for i, start in enumerate(range(0, len(labels), CHUNK)):
            place.progress(start, len(labels))
            yield generator.sample(
                labels[start : start + CHUNK],
                derive(seed, "chunk", i),
                generation.latent_scale,
                device,
            )

    with compute.use() as device:
        write_samples(place.folder, generator.schema, len(labels), chunks(device))
    np.save(place.folder / "learnt_from.npy", learnt_from, allow_pickle=False)


def stream(
    generator: FittedGenerator, n_per_class: int, seed: int, scale: float, device: torch.device
) -> Iterator[SampleSet]:
    """Draw any number of samples in blocks, classes taking turns; nothing is kept.

    Every block but the last is of one size, and the last is drawn whole and cut: a network's last
    bits depend on the size of its batch, so only then is a short stream, byte for byte, the
    beginning of a longer one. seed, scale: as in FittedGenerator.sample.
    """
    n_classes = generator.schema.n_classes
    rounds = max(BLOCK // n_classes, 1)
    labels = np.tile(np.arange(n_classes, dtype=np.int64), rounds)
    for i, start in enumerate(range(0, n_per_class, rounds)):
        block = generator.sample(labels, derive(seed, "block", i), scale, device)
        left = n_per_class - start
        yield block if left >= rounds else block.take(np.arange(left * n_classes))
