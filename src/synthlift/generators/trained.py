"""What the recipes of all trained generators have in common, whatever one step of them does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from synthlift.core.codec import Codec
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Code, ImageSchema, Schema
from synthlift.core.store import Place
from synthlift.generators.conditioning import Conditioning
from synthlift.generators.ema import Ema
from synthlift.generators.selection import Selection

if TYPE_CHECKING:
    import torch
    from torch import nn

    from synthlift.generators.fitted import FittedNetwork
    from synthlift.generators.loop import Training

SMALLEST_BATCH = 2  # batch norm needs two rows


class Drawer(Protocol):
    """The part of a pair of networks that drawing needs.

    `sizes` are the sides of the squares that it draws, in pixels; none, if it draws no images.
    """

    @property
    def sizes(self) -> tuple[int, ...]: ...

    def check(self, schema: Schema) -> str | None: ...

    def noise_dim(self, code: Code) -> int:
        """How many numbers of z ~ N(0, 1) the generator takes for one sample."""
        ...

    def generator(self, code: Code, n_classes: int) -> nn.Module:
        """(z `(n, noise_dim)`, condition) to codes; what a condition is says conditioning.py."""
        ...


def head_noise(code: Code) -> int:
    """Numbers of z that `spans.SpanHead` needs: one for each entry of a softmax span."""
    return sum(span.stop - span.start for span in code.spans if span.activation == "softmax")


class TrainedGenerator(ABC):
    """Budget, checks and storage of a generator that the loop trains; its recipes are dataclasses.

    steps: updates of the generator. batch_size: rows of a real batch, and of a fake one; None is as
    many as there are train rows, at most largest_batch. log_every: steps per row of training.csv.
    checkpoint_every: steps between checkpoints and snapshots of samples. selection: which state is
    kept, None is the last one.
    """

    network: Any
    ema: Ema
    steps: int
    batch_size: int | None
    largest_batch: int
    precision: Literal["32-true", "bf16-mixed"]
    log_every: int
    checkpoint_every: int
    conditioning: Conditioning
    selection: Selection | None

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"generator.steps is at least 1, not {self.steps}")
        for key in ("batch_size", "largest_batch"):
            rows = getattr(self, key)
            if rows is not None and rows < SMALLEST_BATCH:
                raise ValueError(f"generator.{key} is at least {SMALLEST_BATCH}, not {rows}")
        if self.precision not in ("32-true", "bf16-mixed"):
            raise ValueError(
                f"generator.precision is 32-true or bf16-mixed, not {self.precision!r}"
            )
        if self.log_every < 1 or self.checkpoint_every < 1:
            raise ValueError("generator.log_every and generator.checkpoint_every are at least 1")

    def check(self, schema: Schema) -> str | None:
        largest = max(self.sizes, default=0)
        if isinstance(schema, ImageSchema) and max(schema.height, schema.width) > largest > 0:
            return (
                f"it draws images of up to {largest} pixels, but the dataset has {schema}; "
                f"make them smaller, as with dataset.size={largest}"
            )
        why: str | None = self.network.check(schema)
        return why or self.conditioning.check(schema)

    @property
    def sizes(self) -> tuple[int, ...]:
        sizes: tuple[int, ...] = self.network.sizes
        return sizes

    @property
    def needs_valid(self) -> bool:
        return self.selection is not None

    def check_rows(self, n_rows: int) -> str | None:
        if self.batch_size is None or self.batch_size <= n_rows:
            return None
        return (
            f"generator.batch_size={self.batch_size} is larger than the {n_rows} train rows; make "
            f"it at most {n_rows}, or null for as many as there are"
        )

    def rows_per_batch(self, n_rows: int) -> int:
        """Rows of a real batch, and of a fake one, where there are so many train rows."""
        return self.batch_size or max(min(n_rows, self.largest_batch), SMALLEST_BATCH)

    def check_devices(self, n_rows: int, n_devices: int) -> str | None:
        """Why so many devices can't share out a batch, with the remedy; None if they can."""
        rows = self.rows_per_batch(n_rows)
        most = rows // self.rows_together(n_rows)
        if n_devices <= most:
            return None
        return (
            f"compute.devices={n_devices}, but a batch of the generator has {rows} rows, which are "
            f"enough for {most}; use compute.devices={most}, or a larger generator.batch_size"
        )

    def rows_together(self, n_rows: int) -> int:
        """Rows of a batch that one device has to have together; they divide it."""
        return 1

    @abstractmethod
    def training(self) -> type[Training]:
        """The module that the loop runs."""

    def fit(
        self,
        train: SampleSet,
        valid: SampleSet | None,
        codec: Codec,
        seed: int,
        place: Place,
        device: torch.device,
    ) -> None:
        from synthlift.generators.fitting import run_training
        from synthlift.generators.sharing import Alone

        run_training(self, train, valid, codec, seed, place, device, Alone())

    def load(self, folder: Path, codec: Codec) -> FittedNetwork:
        from synthlift.generators.fitted import FittedNetwork

        return FittedNetwork.load(folder, codec, self.network, self.conditioning)
