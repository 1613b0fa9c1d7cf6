"""The recipe of a conditional GAN: what is trained, against what, for how long.

The loop is in `loop.py`, one step in `training.py`, what runs them in `fitting.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from synthlift.core.schema import Code
from synthlift.generators.conditioning import ByLabel, Conditioning
from synthlift.generators.ema import Ema
from synthlift.generators.losses import Loss
from synthlift.generators.optimizers import Optimizer
from synthlift.generators.penalties import Penalty
from synthlift.generators.selection import Selection
from synthlift.generators.trained import LARGEST_BATCH, Drawer, TrainedGenerator

if TYPE_CHECKING:
    from torch import nn

    from synthlift.generators.loop import Training


class Network(Drawer, Protocol):
    """A pair of networks for one another."""

    def critic(self, code: Code, n_classes: int, n_rows: int) -> nn.Module:
        """(codes, condition) to scores, high for real. n_rows: train rows that there are."""
        ...


@dataclass(frozen=True)
class ConditionalGan(TrainedGenerator):
    """One conditional GAN.

    augmentation: of everything the critic sees, real and fake alike, or None. conditioning: how
    real rows and labels are drawn. The rest is explained at `TrainedGenerator`.
    """

    network: Network
    loss: Loss
    penalty: Penalty
    augmentation: Any
    generator_optimizer: Optimizer
    critic_optimizer: Optimizer
    ema: Ema
    steps: int
    batch_size: int | None
    precision: Literal["32-true", "bf16-mixed"]
    log_every: int
    checkpoint_every: int
    conditioning: Conditioning = field(default_factory=ByLabel)
    selection: Selection | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        pack, batch = getattr(self.network, "pack", 1), self.batch_size or LARGEST_BATCH
        if batch % pack:
            raise ValueError(
                f"generator.network.pack={pack} does not divide a batch of {batch} rows; "
                f"make generator.batch_size a multiple of it, as {max(batch // pack, 1) * pack}"
            )

    def training(self) -> type[Training]:
        from synthlift.generators.training import GanTraining

        return GanTraining
