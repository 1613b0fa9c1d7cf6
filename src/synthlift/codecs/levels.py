"""Columns of few values: one position of a softmax per value, and columns of one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from synthlift.core.schema import Span
from synthlift.core.units import Floats

MAX_LEVELS = 64  # levels of a column with a position of their own
Codes = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Fixed:
    """A column that has one value in all train rows, or none at all: it takes no room in a code."""

    value: float | None

    @property
    def width(self) -> int:
        return 0

    def spans(self, start: int) -> list[Span]:
        return []

    def encode(self, values: Floats, out: Codes) -> None:
        pass

    def decode(self, codes: npt.NDArray[Any], chance: Floats) -> Floats:
        return np.full(len(codes), np.nan if self.value is None else self.value)


@dataclass(frozen=True)
class Levels:
    """A softmax over the values of the train rows, the most frequent first.

    missing: whether the position after them stands for a missing cell. rare, rare_shares: values
    beyond the 64 most frequent share the last position; decoded, each row gets one of them by its
    share, chosen by the row's own code. A value that no train row has is encoded as equal shares of
    all positions, and decoded as the most frequent value.
    """

    values: tuple[float, ...]
    missing: bool
    rare: tuple[float, ...] = ()
    rare_shares: tuple[float, ...] = ()

    @classmethod
    def fit(cls, values: Floats) -> Self:
        """The levels of these plain train values."""
        present, missing = values[~np.isnan(values)], bool(np.isnan(values).any())
        found, counts = np.unique(present, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        ordered, shares = found[order].tolist(), counts[order] / counts.sum()
        if len(ordered) <= MAX_LEVELS + 1:  # one rare level alone may have a position too
            return cls(tuple(ordered), missing)
        rest = shares[MAX_LEVELS:] / shares[MAX_LEVELS:].sum()
        return cls(
            tuple(ordered[:MAX_LEVELS]), missing, tuple(ordered[MAX_LEVELS:]), tuple(rest.tolist())
        )

    @property
    def width(self) -> int:
        return len(self.values) + self.missing + bool(self.rare)

    def spans(self, start: int) -> list[Span]:
        return [Span(start, start + self.width, "softmax", discrete=True)]

    def encode(self, values: Floats, out: Codes) -> None:
        """Write the codes of plain values (n,) into out (n, width)."""
        positions = positions_of(values, self.values)
        if self.rare:
            positions[positions_of(values, self.rare) >= 0] = self.width - 1
        if self.missing:
            positions[np.isnan(values)] = len(self.values)
        write_softmax(positions, out)

    def decode(self, codes: npt.NDArray[Any], chance: Floats) -> Floats:
        """Plain values of codes (n, width); chance: (n,) in 0..1, of each row."""
        held = [*self.values, *([np.nan] if self.missing else []), *([0.0] if self.rare else [])]
        positions = codes.argmax(1)
        values = np.asarray(np.array(held)[positions])
        if self.rare:
            other = positions == self.width - 1
            drawn = np.searchsorted(np.cumsum(self.rare_shares), chance[other], side="right")
            values[other] = np.array(self.rare)[np.minimum(drawn, len(self.rare) - 1)]
        return values


@dataclass(frozen=True)
class FewNumbers(Levels):
    """Levels that are numbers: one that no train row has is encoded as the nearest of them."""

    def encode(self, values: Floats, out: Codes) -> None:
        """Write the codes of plain values (n,) into out (n, width)."""
        held = np.sort(self.values)
        nearest = held[np.searchsorted((held[1:] + held[:-1]) / 2, values)]
        super().encode(np.where(np.isnan(values), np.nan, nearest), out)


def positions_of(values: Floats, held: Sequence[float]) -> npt.NDArray[np.int64]:
    """Position of each value in `held`, -1 where it is not in it; both may have any order."""
    if not len(held):
        return np.full(len(values), -1)
    order = np.argsort(held, kind="stable")
    ordered = np.asarray(held, np.float64)[order]
    near = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return np.where(ordered[near] == values, order[near], -1)


def write_softmax(positions: npt.NDArray[np.int64], out: Codes) -> None:
    """A one at each row's position of out (n, width); equal shares where it is -1."""
    out[:] = 0
    known = np.flatnonzero(positions >= 0)
    out[known, positions[known]] = 1
    out[positions < 0] = 1 / out.shape[1]
