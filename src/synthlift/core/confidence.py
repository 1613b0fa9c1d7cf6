"""How sure the teacher is of the labels that synthetic samples carry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import Ints


@dataclass(frozen=True, eq=False)
class Confidence:
    """What an arm may sort its synthetic samples by.

    p: float32 `(m,)`, the teacher's probability of the label that each sample carries.
    learnt_from: int64, origins of the rows that the teacher was fitted on.
    """

    p: npt.NDArray[np.float32]
    learnt_from: Ints

    def save(self, folder: Path) -> None:
        folder.mkdir()
        for name in ("p", "learnt_from"):
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @staticmethod
    def load(folder: Path) -> Confidence:
        names = ("p", "learnt_from")
        return Confidence(*(np.load(folder / f"{name}.npy", allow_pickle=False) for name in names))
