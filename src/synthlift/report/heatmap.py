"""How tightly pairs of columns hang together, synthetic minus real, as a heat map and as text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthlift.report.columns import short

CELL = 30.0
LETTER = 6.8  # width of a letter of a name, which needs room at the left and, aslant, below
NAME_LENGTH, MOST_PAIRS = 20, 12
LABEL = "the class"


@dataclass(frozen=True)
class Cell:
    """A pair; tone: `more` or `less` than among the real rows, opacity by how much."""

    x: float
    y: float
    tone: str
    opacity: float
    text: str


@dataclass(frozen=True)
class PairText:
    """A pair in words, with its associations and their difference."""

    first: str
    second: str
    real: str
    synthetic: str
    gap: str


@dataclass(frozen=True)
class Heatmap:
    """The lower triangle of the matrix. names: at (place, text). n_columns: of how many these.

    left, bottom: room for the names.
    """

    names: tuple[tuple[float, str], ...]
    cells: tuple[Cell, ...]
    size: float
    left: float
    bottom: float
    pairs: tuple[PairText, ...]
    n_columns: int

    @property
    def alt(self) -> str:
        worst = self.pairs[0]
        return (
            f"Difference of association of {len(self.names)} columns, synthetic minus real. The "
            f"largest: {worst.first} with {worst.second}, {worst.real} real, {worst.synthetic} "
            "synthetic. The table below lists the largest."
        )


def heatmap(pairs: Mapping[str, Any] | None) -> Heatmap | None:
    """The heat map of the `pairs` of a distribution.json; None where there is no pair."""
    if pairs is None:
        return None
    names = [LABEL if name is None else name for name in pairs["names"]]
    found = []
    for i in range(len(names)):
        for j in range(i):
            real, synthetic = pairs["real"][i][j], pairs["synthetic"][i][j]
            if real is not None and synthetic is not None:
                found.append((i, j, real, synthetic))
    if not found:
        return None
    long = [short(name, 60) for name in names]
    names = [short(name, NAME_LENGTH) for name in names]
    longest = LETTER * max(map(len, names))
    cells = tuple(_cell(i, j, synthetic - real) for i, j, real, synthetic in found)
    worst = sorted(found, key=lambda pair: -abs(pair[3] - pair[2]))[:MOST_PAIRS]
    return Heatmap(
        tuple((i * CELL + CELL / 2, name) for i, name in enumerate(names)),
        cells,
        len(names) * CELL,
        longest + 12,
        0.82 * longest + 12,
        tuple(
            PairText(
                long[j],
                long[i],
                f"{real:.2f}",
                f"{synthetic:.2f}",
                f"{synthetic - real:+.2f}",
            )
            for i, j, real, synthetic in worst
        ),
        pairs["n_columns"],
    )


def _cell(i: int, j: int, gap: float) -> Cell:
    text = f"{100 * gap:+.0f}".replace("-", "\N{MINUS SIGN}") if abs(gap) >= 0.005 else "0"
    opacity = round(min(1.0, math.sqrt(abs(gap))) * 0.75, 2)
    return Cell(j * CELL, i * CELL, "more" if gap > 0 else "less", opacity, text)
