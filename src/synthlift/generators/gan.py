"""The recipe of a conditional GAN: what is trained, against what, for how long.

The loop is in `loop.py`, one step in `training.py`, what runs them in `fitting.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from synthlift.core.schema import Code, Schema
from synthlift.generators.augmenting import CriticAugmentation
from synthlift.generators.conditioning import ByLabel, Conditioning
from synthlift.generators.ema import Ema
from synthlift.generators.losses import Loss
from synthlift.generators.optimizers import Optimizer
from synthlift.generators.penalties import Penalty
from synthlift.generators.schedules import Constant, FromTheStart, LabelRamp, RateSchedule
from synthlift.generators.selection import Selection
from synthlift.generators.trained import Drawer, TrainedGenerator

if TYPE_CHECKING:
    from synthlift.generators.critic import Critic
    from synthlift.generators.loop import Training


class Network(Drawer, Protocol):
    """A pair of networks for one another.

    critic_norm: what the layers of the critic are normalised by: none, batch, layer or spectral.
    """

    @property
    def critic_norm(self) -> str: ...

    def critic(self, code: Code, n_classes: int, n_rows: int) -> Critic:
        """(codes, condition) to scores, high for real. n_rows: train rows that there are."""
        ...


@dataclass(frozen=True, kw_only=True)
class ConditionalGan(TrainedGenerator):
    """One conditional GAN.

    augmentation: of everything the critic sees, real and fake alike. label_ramp: how strongly
    labels are shown, step by step. conditioning: how real rows and labels are drawn. rate_schedule:
    of both optimisers. n_critic: updates of the critic in a step; the generator has one. The rest
    is explained at `TrainedGenerator`.
    """

    network: Network
    loss: Loss
    penalty: Penalty
    augmentation: CriticAugmentation
    label_ramp: LabelRamp = field(default_factory=FromTheStart)
    conditioning: Conditioning = field(default_factory=ByLabel)
    generator_optimizer: Optimizer
    critic_optimizer: Optimizer
    rate_schedule: RateSchedule = field(default_factory=Constant)
    n_critic: int = 1
    ema: Ema
    steps: int
    batch_size: int | None
    largest_batch: int = 256
    precision: Literal["32-true", "bf16-mixed"]
    log_every: int
    checkpoint_every: int
    selection: Selection | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_critic < 1:
            raise ValueError(
                f"generator.n_critic is {self.n_critic}, but the critic has to be trained: it is "
                "at least 1 update a step"
            )
        self._check_pack()
        self._check_slope()

    @property
    def _pack(self) -> int:
        """Rows that the critic judges together, where there are enough (table_networks.py)."""
        return getattr(self.network, "pack", 1)

    def _check_pack(self) -> None:
        pack, batch = self._pack, self.batch_size or self.largest_batch
        if batch % pack:
            key = "batch_size" if self.batch_size else "largest_batch"
            raise ValueError(
                f"generator.network.pack={pack} does not divide a batch of {batch} rows; "
                f"make generator.{key} a multiple of it, as {max(batch // pack, 1) * pack}"
            )

    def _check_slope(self) -> None:
        """Refuse what can't be bounded, and what has to be."""
        name, norm = type(self.penalty).__name__, self.network.critic_norm
        if self.penalty.bounds_slope and norm == "batch":
            raise ValueError(
                f"generator.penalty: {name} bounds the slope of the critic at each sample, but "
                "batch norm mixes the samples of a batch; use generator.network.critic_norm=layer "
                "(or spectral, or none), or generator/penalty=none"
            )
        if self.loss.needs_slope_bound and norm != "spectral" and not self.penalty.bounds_slope:
            raise ValueError(
                f"generator.loss: {type(self.loss).__name__} has no minimum unless the slope of "
                f"the critic is bounded, and {name} does not; use "
                "generator/penalty=gradient_penalty, or another loss, as generator/loss=hinge"
            )

    def check(self, schema: Schema) -> str | None:
        return super().check(schema) or self.augmentation.check(schema)

    def rows_per_batch(self, n_rows: int) -> int:
        """The same, in whole packs where the critic judges rows in packs."""
        rows, pack = super().rows_per_batch(n_rows), self._pack
        return rows - rows % pack if rows > pack else rows

    def rows_together(self, n_rows: int) -> int:
        """A pack, where the critic judges rows in packs."""
        return self._pack if self.rows_per_batch(n_rows) % self._pack == 0 else 1

    def training(self) -> type[Training]:
        from synthlift.generators.training import GanTraining

        return GanTraining
