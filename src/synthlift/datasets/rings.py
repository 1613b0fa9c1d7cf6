"""Labelled circles of points in the plane: the textbook case, of which all can be seen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import Column, TableSchema
from synthlift.datasets.base import Source, check_n_test, keep_classes


@dataclass(frozen=True)
class Rings:
    """One class per radius: points at angles drawn uniformly, with normal noise on x and y.

    noise: its standard deviation, in the unit of the radii. seed: draws the points, whatever the
    seed of the study. A single radius is for studies without classifiers (arm=[]).
    """

    name: str = field(metadata={"key": False})
    n_per_class: int
    radii: tuple[float, ...]
    noise: float
    seed: int
    classes: tuple[str, ...] | None
    n_test: int | None = field(metadata={"key": False})
    augmentation: Any = field(metadata={"key": False})

    def __post_init__(self) -> None:
        check_n_test(self.n_test)
        if self.n_per_class < 2:
            raise ValueError(f"dataset.n_per_class is at least 2, not {self.n_per_class}")
        if not self.radii or min(self.radii) < 0 or len(set(self._names)) < len(self.radii):
            raise ValueError(
                "dataset.radii lists the radius of every class, at least 0 and each once, as in "
                f"'dataset.radii=[1.0,2.0]'; not {list(self.radii)}"
            )
        if self.noise < 0:
            raise ValueError(f"dataset.noise is at least 0, not {self.noise:g}")
        if self.seed < 0:
            raise ValueError(f"dataset.seed is at least 0, not {self.seed}")

    def fingerprint(self) -> str:
        points, _ = self._draw()
        return hashlib.sha256(points.tobytes()).hexdigest()

    def load(self) -> Source:
        import pandas as pd

        points, labels = self._draw()
        schema = TableSchema((Column("x", "numeric"), Column("y", "numeric")), self._names)
        table = pd.DataFrame(points, columns=["x", "y"])
        pool = SampleSet(schema, table, labels, np.arange(len(labels), dtype=np.int64))
        return Source(keep_classes(pool, self.classes) if self.classes is not None else pool)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(f"radius {radius:g}" for radius in self.radii)

    def _draw(self) -> tuple[npt.NDArray[np.float64], Ints]:
        """Points `(n, 2)` and labels `(n,)`, the classes in turn."""
        rng = np.random.default_rng(self.seed)
        labels = np.tile(np.arange(len(self.radii), dtype=np.int64), self.n_per_class)
        angle = rng.uniform(0, 2 * np.pi, len(labels))
        circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        around = rng.normal(0, self.noise, circle.shape)
        return np.array(self.radii)[labels, None] * circle + around, labels
