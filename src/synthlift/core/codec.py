"""The seam between samples and generators: a codec turns one into the other's form and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import SampleSet
from synthlift.core.schema import Code, Schema

if TYPE_CHECKING:
    from synthlift.core.samples import Features


class Codec(Protocol):
    """Fitted on train rows only; `encode` and `decode` know no labels."""

    @property
    def schema(self) -> Schema: ...

    @property
    def code(self) -> Code: ...

    def encode(self, samples: SampleSet) -> npt.NDArray[np.float32]:
        """Samples as float32 `(n, *code.shape)`, in the range of the code's activations."""
        ...

    def decode(self, encoded: npt.NDArray[np.float32]) -> Features:
        """Features in the dataset's own units, of the schema's own shape."""
        ...

    def to_json(self) -> dict[str, Any]: ...
