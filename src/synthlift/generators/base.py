"""What a generator is: anything that draws labelled samples, fitted on train rows only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from synthlift.core.codec import Codec
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import Schema
from synthlift.core.store import Place

if TYPE_CHECKING:
    import torch


class FittedGenerator(Protocol):
    """A trained generator."""

    @property
    def schema(self) -> Schema: ...

    def sample(self, labels: Ints, seed: int, scale: float, device: torch.device) -> SampleSet:
        """Draw one sample per label, decoded to the dataset's own units.

        labels: int64 `(n,)`. scale: of the latent distribution. The same arguments give the same
        bytes on one kind of device.
        """
        ...


class Generator(Protocol):
    """A recipe for one."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sides of the squares that it draws, in pixels."""
        ...

    @property
    def needs_valid(self) -> bool:
        """Whether it chooses by the valid rows, as when the best state is kept."""
        ...

    def check(self, schema: Schema) -> str | None:
        """Why it can't draw such samples, with the remedy; None if it can."""
        ...

    def check_rows(self, n_rows: int) -> str | None:
        """Why it can't be trained on so few rows, with the remedy; None if it can."""
        ...

    def fit(
        self,
        train: SampleSet,
        valid: SampleSet | None,
        codec: Codec,
        seed: int,
        place: Place,
        device: torch.device,
    ) -> None:
        """Train on these rows and fill `place.folder`; resume from `place.scratch` after a kill.

        valid: rows to choose by, None unless it says that it needs them; never to train on.
        """
        ...

    def load(self, folder: Path, codec: Codec) -> FittedGenerator: ...
