"""The smoothed bootstrap: a train row of the class plus kernel noise. The generator to beat.

Efron 1979, smoothed as in Silverman 1986 (Density Estimation, section 6.4): as if drawn from a
Gaussian kernel estimate of each class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from synthlift.core.codec import Codec
from synthlift.core.columns import NUMBERS, Floats, from_matrix, spreads, to_matrix
from synthlift.core.errors import DataError
from synthlift.core.samples import SYNTHETIC, Ints, SampleSet
from synthlift.core.schema import ImageSchema, Schema, TableSchema
from synthlift.core.seeds import derive
from synthlift.core.store import Place

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from synthlift.core.units import Units

ROWS = "rows"
BLOCK = 512  # rows drawn at a time, so that memory does not grow with their number


@dataclass(frozen=True)
class Bootstrap:
    """Nothing is trained: it keeps the train rows.

    bandwidth: of the noise, in units of Silverman's rule. flip: probability that a level or a
    boolean is that of another row of the class.
    """

    bandwidth: float
    flip: float
    sizes: ClassVar[tuple[int, ...]] = tuple(range(1, 513))
    needs_valid: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.bandwidth < 0 or not 0 <= self.flip <= 1:
            raise ValueError("generator: bandwidth is at least 0, flip lies in [0, 1]")

    def check(self, schema: Schema) -> str | None:
        largest = max(self.sizes)
        if isinstance(schema, ImageSchema) and max(schema.height, schema.width) > largest:
            return (
                f"it draws images of up to {largest} pixels, but the dataset has {schema}; "
                f"make them smaller, as with dataset.size={largest}"
            )
        return None

    def check_rows(self, n_rows: int) -> str | None:
        return None

    def fit(
        self,
        train: SampleSet,
        valid: SampleSet | None,
        codec: Codec,
        seed: int,
        place: Place,
        device: torch.device,
    ) -> None:
        train.save(place.folder / ROWS)

    def load(self, folder: Path, codec: Codec) -> FittedBootstrap:
        return FittedBootstrap(self, SampleSet.load(folder / ROWS))


@dataclass(frozen=True, eq=False)
class FittedBootstrap:
    """Draws around the train rows."""

    recipe: Bootstrap
    train: SampleSet

    @property
    def schema(self) -> Schema:
        return self.train.schema

    @cached_property
    def _rows(self) -> npt.NDArray[Any]:
        """The train rows as numbers, `(n, width)`, NaN where missing."""
        if isinstance(self.schema, TableSchema):
            return to_matrix(self.train.table, self.schema.columns)
        return self.train.images.reshape(len(self.train), -1)  # as bytes, for there are many

    @cached_property
    def _is_number(self) -> npt.NDArray[np.bool_]:
        """Which of them are numbers, bool `(width,)`."""
        if isinstance(self.schema, TableSchema):
            return np.array([column.kind in NUMBERS for column in self.schema.columns], bool)
        return np.ones(self._rows.shape[1], bool)

    @cached_property
    def _members(self) -> list[Ints]:
        """Positions of the train rows of each class."""
        return [np.flatnonzero(self.train.labels == c) for c in range(self.schema.n_classes)]

    @cached_property
    def _noise(self) -> Floats:
        """Standard deviation of the noise, `(n_classes, width)`; 0 where there is no spread.

        Silverman's rule for a Gaussian kernel in as many dimensions as have spread (eq. 4.14).
        """
        spread = np.zeros((self.schema.n_classes, self._rows.shape[1]))
        for label, members in enumerate(self._members):
            if len(members) > 1:
                spread[label] = spreads(self._rows[members]) * self._is_number
                d = max(int(np.count_nonzero(spread[label])), 1)
                spread[label] *= (4 / ((d + 2) * len(members))) ** (1 / (d + 4))
        return spread * self.recipe.bandwidth

    def sample(self, labels: Ints, seed: int, scale: float, device: torch.device) -> SampleSet:
        """Draw one sample per label; scale: of the noise. A prefix is always the same.

        Numbers stay within the bounds of the train rows and have their decimals, dates their clock;
        a missing value stays missing. A DataError for a class without train rows.
        """
        empty = [c for c in np.unique(labels) if not len(self._members[c])]
        if empty:
            name = self.schema.classes[empty[0]]
            raise DataError(f"class {name!r} has no train rows to draw from; leave it out")
        blocks = list(self._draw(labels, seed, scale))
        values = np.concatenate(blocks) if blocks else np.empty((0, self._rows.shape[1]))
        origin = np.full(len(labels), SYNTHETIC, np.int64)
        if isinstance(self.schema, TableSchema):
            return SampleSet(self.schema, self._table(values), labels, origin)
        assert isinstance(self.schema, ImageSchema)
        images = np.rint(values).astype(np.uint8).reshape(-1, *self.schema.shape)
        return SampleSet(self.schema, images, labels, origin)

    def _table(self, values: Floats) -> pd.DataFrame:
        """Rows as a table whose numbers have decimals, and dates hours, where train rows do."""
        assert isinstance(self.schema, TableSchema)
        table = from_matrix(values, self.schema.columns)
        for name, units in self._units.items():
            table[name] = units.natural(units.plain(table[name]))
        return table

    @cached_property
    def _units(self) -> dict[str, Units]:
        """The units of each column of numbers or dates, learnt from the train rows."""
        from synthlift.core.units import Units

        assert isinstance(self.schema, TableSchema)
        numbers = [column for column in self.schema.columns if column.kind in NUMBERS]
        return {c.name: Units.fit(self.train.table[c.name], c) for c in numbers}

    def _draw(self, labels: Ints, seed: int, scale: float) -> Iterator[Floats]:
        """Rows as numbers, block by block; each kind of draw has a stream, row after row."""
        streams = (np.random.default_rng(derive(seed, n)) for n in ("row", "noise", "swap", "from"))
        row, noise, swap, source = streams
        low, high = np.fmin.reduce(self._rows), np.fmax.reduce(self._rows)  # of what is known
        n_levels = int((~self._is_number).sum())
        for start in range(0, len(labels), BLOCK):
            y = labels[start : start + BLOCK]
            values = self._rows[self._pick(y, row.random(len(y)))]
            shifts = noise.standard_normal(values.shape) * self._noise[y] * scale
            shifted = np.clip(values + shifts, low, high)
            values = np.where(self._is_number, shifted, values)
            if n_levels:
                swapped = swap.random((len(y), n_levels)) < self.recipe.flip
                others = self._pick(y[:, None], source.random((len(y), n_levels)))
                levels = self._rows[others, np.flatnonzero(~self._is_number)]
                values[:, ~self._is_number] = np.where(swapped, levels, values[:, ~self._is_number])
            yield values

    def _pick(self, labels: Ints, u: Floats) -> Ints:
        """Train rows of these classes for uniform draws in [0, 1) of the same shape."""
        n = np.array([len(members) for members in self._members])
        starts = np.concatenate([[0], np.cumsum(n)[:-1]])
        picked = starts[labels] + (u * n[labels]).astype(np.int64)
        return np.asarray(np.concatenate(self._members)[picked])
