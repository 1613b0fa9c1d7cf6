"""A forest plot: estimates with their intervals, a row each, as places that the page can draw.

The page draws it as a table with a bar in each row, so it fits every width, prints, and can be read
aloud. Any report with estimates can use it: give ForestRows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from synthlift.core.results import ClassLift, Lift
from synthlift.report.scales import Axis, tick_text
from synthlift.report.words import (
    BASELINE,
    interval,
    metric_words,
    p_value,
    plain,
    points,
    score_number,
)

PADDING = 0.04
REACH = 4.0


@dataclass(frozen=True)
class ForestRow:
    """One estimate, in the unit of the plot.

    name, aside: what it is of, and a second line. low, high: None without an interval. value, span:
    the estimate and its interval as text. marked: whether it answers a primary question.
    """

    name: str
    mean: float
    low: float | None
    high: float | None
    value: str
    span: str
    aside: str = ""
    marked: bool = False


@dataclass(frozen=True)
class Mark:
    """A row with its places, in percent of the width; left, right: whether it leaves the axis."""

    row: ForestRow
    mean: float
    low: float | None
    high: float | None
    left: bool
    right: bool


@dataclass(frozen=True)
class Forest:
    """Everything to draw: caption, heads, marks; ticks (place, text); band (place, width)."""

    caption: str
    head: str
    unit: str
    marks: tuple[Mark, ...]
    zero: float
    ticks: tuple[tuple[float, str], ...]
    band: tuple[float, float] | None

    @property
    def is_cut(self) -> bool:
        return any(mark.left or mark.right for mark in self.marks)


def forest(
    rows: Sequence[ForestRow],
    caption: str,
    unit: str,
    *,
    head: str = "Arm",
    band: float | None = 1.0,
    reach: float = REACH,
) -> Forest:
    """Lay out rows, at least one, in their order.

    band: half width of the shaded zone around 0, too small to matter, None for none. reach: marked
    rows are always seen whole, and the axis ends at so many times as far; what lies beyond ends in
    an arrow. math.inf shows everything.
    """
    axis = _axis(rows, band, reach)
    marks = tuple(_mark(row, axis) for row in rows)
    ticks = tuple((axis.place(t), tick_text(t)) for t in axis.ticks())
    zone = None
    if band is not None:
        start = axis.place(-band)
        zone = (start, round(axis.place(band) - start, 2))
    return Forest(caption, head, unit, marks, axis.place(0.0), ticks, zone)


def split(whole: Forest, n: int) -> tuple[Forest, Forest | None]:
    """The first n rows and the others, if there are any, on the same axis."""
    rest = whole.marks[n:]
    return replace(whole, marks=whole.marks[:n]), replace(whole, marks=rest) if rest else None


def _axis(rows: Sequence[ForestRow], band: float | None, reach: float) -> Axis:
    """From the lowest to the highest end, with 0 and the band, but no further than the reach."""
    zone = 1.2 * band if band is not None else 0.0
    ends = [*(end for row in rows for end in _ends(row)), -zone, zone]
    low, high = min(ends), max(ends)
    marked = [abs(end) for row in rows if row.marked for end in _ends(row)]
    if marked:
        edge = reach * max(*marked, zone)
        low, high = max(low, -edge), min(high, edge)
    if high - low < 1e-12:
        low, high = -1.0, 1.0
    margin = PADDING * (high - low)
    return Axis(low - margin, high + margin)


def _ends(row: ForestRow) -> list[float]:
    return [x for x in (row.low, row.mean, row.high) if x is not None]


def _mark(row: ForestRow, axis: Axis) -> Mark:
    places = [None if x is None else axis.place(x) for x in (row.low, row.high)]
    left, right = min(_ends(row)) < axis.low, max(_ends(row)) > axis.high
    return Mark(row, axis.place(row.mean), places[0], places[1], left, right)


def lift_row(lift: Lift, aside: str = "", name: str = "") -> ForestRow:
    """A lift as a row, in points where its metric is a share."""
    scale = 100.0 if metric_words(lift.metric).unit == "%" else 1.0
    against = "" if lift.baseline == BASELINE else f"against {plain(lift.baseline)}"
    return ForestRow(
        plain(name or lift.arm),
        scale * lift.mean,
        None if lift.low is None else scale * lift.low,
        None if lift.high is None else scale * lift.high,
        score_number(lift.metric, lift.mean, sign="+"),
        interval(lift.metric, lift),
        aside or against,
        lift.primary,
    )


def class_row(change: ClassLift) -> ForestRow:
    """The change of a class's recall as a row, in points; marked where Holm's p is below 0.05."""
    sure = change.p is not None and change.p < 0.05
    now, before = 100 * change.recall, 100 * (change.recall - change.lift)
    p = p_value(change.p)
    return ForestRow(
        plain(change.name),
        100 * change.lift,
        None if change.low is None else 100 * change.low,
        None if change.high is None else 100 * change.high,
        points(change.lift).removesuffix(" pt"),
        class_interval(change),
        f"recall {before:.1f} to {now:.1f} %" + (f", p {p}" if p else ""),
        sure,
    )


def class_interval(change: ClassLift) -> str:
    """The interval of the change of a class's recall in points; empty where there is none."""
    low, high = (score_number("accuracy", x, sign="+") for x in (change.low, change.high))
    return f"[{low}, {high}]" if low and high else ""
