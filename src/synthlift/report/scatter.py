"""Points of two numeric columns by class, real beside synthetic, as SVG paths.

A table of exactly two numeric columns is drawn whole, and as its training went on; of others the
pairs of the columns most tied to the class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from synthlift.core.results import Floats
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import TableSchema
from synthlift.report.columns import number_text, short
from synthlift.report.exhibits import Exhibit
from synthlift.report.pictures import step_of

SIDE, MARGIN = 400.0, 14.0
MOST_POINTS, FEW_POINTS = 700, 300  # per panel, of a scatter of two columns and of one of many
MOST_CLASSES, MOST_COLUMNS = 5, 3
TAIL = 0.5  # percent at either end of the real rows that may lie at the edge of a panel
# A mark of each class, from the middle of a point: dot, cross, square, plus, triangle; all others.
MARKS = ("h0", "m-5-5 10 10m0-10-10 10", "m-4-4h8v8h-8Z", "m-6 0h12m-6-6v12", "m0-6 6 10h-12Z")
OTHERS = "h0"


@dataclass(frozen=True)
class Panel:
    """One square of points: (number of the style, path) per class."""

    title: str
    marks: tuple[tuple[int, str], ...]
    n: int


@dataclass(frozen=True)
class Scatter:
    """Panels that share their axes; ends: (low, high) of x and of y as text."""

    x: str
    y: str
    x_ends: tuple[str, str]
    y_ends: tuple[str, str]
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class ScatterView:
    """Scatters of one repeat. keys: (number of the style, its mark, class).

    is_whole: whether the table has no other columns.
    """

    keys: tuple[tuple[int, str, str], ...]
    scatters: tuple[Scatter, ...]
    training: Scatter | None
    is_whole: bool


def scatter_view(exhibit: Exhibit) -> ScatterView | None:
    """None for a table with fewer than two numeric columns, and without synthetic rows."""
    schema = exhibit.train.schema
    assert isinstance(schema, TableSchema)
    names = [c.name for c in schema.columns if c.kind in ("numeric", "integer")]
    if len(names) < 2 or not len(exhibit.synthetic):
        return None
    whole = len(schema.columns) == 2
    chosen = names if whole else _tied_most(names, exhibit.distribution)
    styles = _styles(exhibit.train)
    sets = [("real", exhibit.train), ("synthetic", exhibit.synthetic)]
    most = MOST_POINTS if whole else FEW_POINTS
    training = None
    if whole and exhibit.snapshots:
        drawn = [(step_of(path), SampleSet.load(path)) for path in _some(exhibit.snapshots)]
        training = _scatter(exhibit.train, drawn, (names[0], names[1]), styles, most)
    scatters = [_scatter(exhibit.train, sets, xy, styles, most) for xy in combinations(chosen, 2)]
    classes = schema.classes
    keys = [(style, mark_of(style), short(classes[k], 30)) for k, style in styles.items()]
    if len(styles) < sum(exhibit.train.counts() > 0):
        keys.append((MOST_CLASSES + 1, OTHERS, "all other classes"))
    return ScatterView(tuple(keys), tuple(scatters), training, whole)


def _tied_most(names: Sequence[str], distribution: Mapping[str, Any] | None) -> list[str]:
    """The columns most tied to the class among the real rows, else the first."""
    columns = distribution["columns"] if distribution else ()
    tied = {column["name"]: column.get("association", [None])[0] for column in columns}
    ordered = sorted(names, key=lambda name: -abs(tied.get(name) or 0.0))
    return sorted(ordered[:MOST_COLUMNS], key=names.index)


def _styles(train: SampleSet) -> dict[int, int]:
    """Class -> number of its style, 1.., of the most frequent classes."""
    counts = train.counts()
    frequent = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    return {int(k): i + 1 for i, k in enumerate(sorted(frequent[counts[frequent] > 0]))}


def _some(paths: Sequence[Path]) -> list[Path]:
    """The first, the middle and the last."""
    return [paths[i] for i in dict.fromkeys((0, (len(paths) - 1) // 2, len(paths) - 1))]


def _scatter(
    real: SampleSet,
    sets: Sequence[tuple[str, SampleSet]],
    pair: tuple[str, str],
    styles: Mapping[int, int],
    most: int,
) -> Scatter:
    ends = [_ends(_numbers(real, name)) for name in pair]
    panels = tuple(_panel(title, rows, pair, ends, styles, most) for title, rows in sets)
    texts = [(number_text(low), number_text(high)) for low, high in ends]
    return Scatter(short(pair[0], 40), short(pair[1], 40), texts[0], texts[1], panels)


def _ends(values: Floats) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return (0.0, 1.0)
    low, high = (float(x) for x in np.percentile(known, (TAIL, 100 - TAIL)))
    margin = 0.1 * (high - low) or 0.5 * abs(low) or 0.5
    return low - margin, high + margin


def _panel(
    title: str,
    rows: SampleSet,
    pair: tuple[str, str],
    ends: Sequence[tuple[float, float]],
    styles: Mapping[int, int],
    most: int,
) -> Panel:
    """Rows evenly from the first to the last; a point beyond the axes lies on the edge."""
    x, y = (_numbers(rows, name) for name in pair)
    known = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))
    if len(known) > most:
        known = known[np.linspace(0, len(known) - 1, most).astype(np.int64)]
    across, up = (_places(v[known], *e) for v, e in zip((x, y), ends, strict=True))
    paths: dict[int, list[str]] = {}
    for label, left, height in zip(rows.labels[known], across, up, strict=True):
        style = styles.get(int(label), MOST_CLASSES + 1)
        paths.setdefault(style, []).append(f"M{left} {int(SIDE) - height}{mark_of(style)}")
    return Panel(title, tuple((k, "".join(paths[k])) for k in sorted(paths)), len(known))


def mark_of(style: int) -> str:
    """The path of one mark, relative to its middle."""
    return MARKS[style - 1] if style <= MOST_CLASSES else OTHERS


def _places(values: Floats, low: float, high: float) -> Ints:
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray((MARGIN + share * (SIDE - 2 * MARGIN)).round(), dtype=np.int64)


def _numbers(samples: SampleSet, name: str) -> Floats:
    return samples.table[name].to_numpy(np.float64, na_value=np.nan)
