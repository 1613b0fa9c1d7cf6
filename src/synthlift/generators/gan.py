"""The recipe of a conditional GAN: what is trained, against what, for how long.

The loop is in `training.py`, what runs it in `fitting.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from synthlift.core.codec import Codec
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Code, ImageSchema, Schema
from synthlift.core.store import Place
from synthlift.generators.ema import Ema
from synthlift.generators.losses import Loss
from synthlift.generators.optimizers import Optimizer
from synthlift.generators.penalties import Penalty

if TYPE_CHECKING:
    import torch
    from torch import nn

    from synthlift.generators.fitted import FittedGan


class Network(Protocol):
    """A pair of networks for one another.

    `sizes` are the sides of the squares that it draws, in pixels.
    """

    @property
    def latent_dim(self) -> int: ...
    @property
    def sizes(self) -> tuple[int, ...]: ...
    def check(self, schema: Schema) -> str | None: ...
    def generator(self, code: Code, n_classes: int) -> nn.Module: ...
    def critic(self, code: Code, n_classes: int) -> nn.Module: ...


@dataclass(frozen=True)
class ConditionalGan:
    """One conditional GAN.

    augmentation: of everything the critic sees, real and fake alike, or None. steps: updates of
    both networks. log_every: steps per row of training.csv. checkpoint_every: steps between
    checkpoints and sample grids.
    """

    network: Network
    loss: Loss
    penalty: Penalty
    augmentation: Any
    generator_optimizer: Optimizer
    critic_optimizer: Optimizer
    ema: Ema
    steps: int
    batch_size: int
    precision: Literal["32-true", "bf16-mixed"]
    log_every: int
    checkpoint_every: int

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"generator.steps is at least 1, not {self.steps}")
        if self.batch_size < 2:
            raise ValueError(f"generator.batch_size is at least 2, not {self.batch_size}")
        if self.precision not in ("32-true", "bf16-mixed"):
            raise ValueError(
                f"generator.precision is 32-true or bf16-mixed, not {self.precision!r}"
            )
        if self.log_every < 1 or self.checkpoint_every < 1:
            raise ValueError("generator.log_every and generator.checkpoint_every are at least 1")

    def check(self, schema: Schema) -> str | None:
        largest = max(self.sizes)
        if isinstance(schema, ImageSchema) and max(schema.height, schema.width) > largest:
            return (
                f"it draws images of up to {largest} pixels, but the dataset has {schema}; "
                f"make them smaller, as with dataset.size={largest}"
            )
        return self.network.check(schema)

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.network.sizes

    @property
    def needs_valid(self) -> bool:
        return False

    def fit(
        self,
        train: SampleSet,
        valid: SampleSet | None,
        codec: Codec,
        seed: int,
        place: Place,
        device: torch.device,
    ) -> None:
        from synthlift.generators.fitting import fit_gan

        fit_gan(self, train, codec, seed, place, device)

    def load(self, folder: Path, codec: Codec) -> FittedGan:
        from synthlift.generators.fitted import FittedGan

        return FittedGan.load(folder, codec, self.network)
