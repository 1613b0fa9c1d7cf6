"""Small random changes of table rows: noise on the numbers, now and then another level."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from synthlift.core.columns import NUMBERS, Floats, from_matrix, spreads, to_matrix
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Schema, TableSchema
from synthlift.core.seeds import derive


@dataclass(frozen=True)
class Jitter:
    """Varied copies of rows; what a column can hold is learnt from the rows themselves.

    scale: of the Gaussian noise on numbers and dates, in spreads of the column
    (core.columns.spreads: the standard deviation, long tails left aside). flip:
    probability that a level or a boolean is replaced by that of a random row. copies: varied
    copies of each row that a classifier trains on, beside the row.
    """

    scale: float
    flip: float
    copies: int

    def __post_init__(self) -> None:
        if self.scale < 0 or not 0 <= self.flip <= 1 or self.copies < 1:
            raise ValueError(
                "augmentation: scale is at least 0, flip lies in [0, 1], copies is at least 1"
            )

    def check(self, schema: Schema) -> str | None:
        """Why it can't change such samples, with the remedy; None if it can."""
        if schema.modality != "table":
            return (
                f"its augmentation changes columns, but the dataset is {schema}; leave "
                "dataset.augmentation as its yaml says"
            )
        return None

    def times(self, factor: float) -> Jitter:
        """The same with noise and chance of another level times this."""
        return replace(self, scale=factor * self.scale, flip=min(factor * self.flip, 1.0))

    def vary(self, samples: SampleSet, seed: int) -> SampleSet:
        """One varied copy of every row, in its order, with its label and origin.

        Numbers stay within the bounds of their column, integers whole, missing values missing.
        """
        assert isinstance(samples.schema, TableSchema)
        columns = samples.schema.columns
        values = to_matrix(samples.table, columns)
        for i, column in enumerate(columns):
            rng = np.random.default_rng(derive(seed, column.name))
            known = values[~np.isnan(values[:, i]), i]
            if not len(known):
                continue
            vary = self._shift if column.kind in NUMBERS else self._swap
            values[:, i] = vary(values[:, i], known, rng)
        table = from_matrix(values, columns)
        return SampleSet(samples.schema, table, samples.labels, samples.origin, samples.group)

    def _shift(self, values: Floats, known: Floats, rng: np.random.Generator) -> Floats:
        noise = rng.standard_normal(len(values)) * (self.scale * spreads(known[:, None])[0])
        return np.asarray(np.clip(values + noise, known.min(), known.max()))

    def _swap(self, values: Floats, known: Floats, rng: np.random.Generator) -> Floats:
        swapped = (rng.random(len(values)) < self.flip) & ~np.isnan(values)
        return np.where(swapped, rng.choice(known, len(values)), values)
