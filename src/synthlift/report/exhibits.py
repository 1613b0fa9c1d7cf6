"""What the report shows of a repeat beside its numbers: samples, nearest neighbours, curves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import Ints, SampleSet


@dataclass(frozen=True, eq=False)
class Exhibit:
    """One repeat to look at.

    nearest: int64 (m,), row of `train` nearest to each of the m synthetic samples, at `distance`
    (m,). curve: rows of training.csv. selection: rows of selection.csv, empty where the last
    weights were kept. grids: PNGs of the same noise, in the order of the steps.
    network: what network.json says of generator and critic, None where there is none. distribution:
    what metrics.distribution says. snapshots: folders of rows of the same noise, of a table, in
    the order of the steps. animation: the grids as one moving picture. recipe: the generator's,
    with all its fields, as the store records it. place: its folder in the store, and weights: the
    networks whose weights lie there.
    """

    repeat: int
    train: SampleSet
    synthetic: SampleSet
    nearest: Ints
    distance: npt.NDArray[np.floating]
    curve: list[dict[str, float]]
    grids: tuple[Path, ...]
    network: dict[str, Any] | None = None
    distribution: dict[str, Any] | None = None
    snapshots: tuple[Path, ...] = ()
    selection: tuple[dict[str, float], ...] = ()
    animation: Path | None = None
    recipe: dict[str, Any] | None = None
    place: str = ""
    weights: tuple[str, ...] = ()

    @property
    def modality(self) -> str:
        return self.train.schema.modality

    def closest(self, n: int) -> list[tuple[int, int, float]]:
        """The n pairs with the smallest distance: (synthetic row, train row, distance)."""
        rows = np.argsort(self.distance, kind="stable")[:n]
        return [(int(i), int(self.nearest[i]), float(self.distance[i])) for i in rows]
