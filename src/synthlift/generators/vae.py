"""The recipe of a conditional variational autoencoder; one step of it is in `vae_training.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from synthlift.core.schema import Code
from synthlift.generators.conditioning import Conditioning
from synthlift.generators.ema import Ema
from synthlift.generators.optimizers import Optimizer
from synthlift.generators.selection import Selection
from synthlift.generators.trained import Drawer, TrainedGenerator

if TYPE_CHECKING:
    from synthlift.generators.dense import Decoder, Encoder
    from synthlift.generators.loop import Training


class Autoencoder(Drawer, Protocol):
    """A pair of networks for one another."""

    def generator(self, code: Code, n_classes: int) -> Decoder: ...

    def encoder(self, code: Code, n_classes: int) -> Encoder: ...


@dataclass(frozen=True, kw_only=True)
class ConditionalVae(TrainedGenerator):
    """One conditional variational autoencoder.

    reconstruction_weight: of the reconstruction's share of the loss; above 1 samples are sharper
    and follow the data more closely. The rest is explained at `TrainedGenerator`.
    """

    network: Autoencoder
    conditioning: Conditioning
    reconstruction_weight: float
    optimizer: Optimizer
    ema: Ema
    steps: int
    batch_size: int | None
    largest_batch: int
    precision: Literal["32-true", "bf16-mixed"]
    log_every: int
    checkpoint_every: int
    selection: Selection | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.reconstruction_weight <= 0:
            raise ValueError(
                f"generator.reconstruction_weight is above 0, not {self.reconstruction_weight}"
            )

    def training(self) -> type[Training]:
        from synthlift.generators.vae_training import VaeTraining

        return VaeTraining
