"""Training curves as places that the page can draw: losses, scores of the critic, of valid rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from synthlift.report.scales import Axis, tick_text

LEFT, RIGHT, TOP, BOTTOM = 46.0, 14.0, 10.0, 28.0  # margins of the plot, in units of the drawing
WIDTH, HEIGHT = 330.0, 190.0
MOST_POINTS = 300
SPIKE = 6.0  # an axis that would be so many times the usual range is cut there
Row = dict[str, float]


@dataclass(frozen=True)
class Line:
    """One line of a chart: its name, its last value, its pieces as SVG points.

    A piece ends where a value is missing or not finite.
    """

    name: str
    last: str
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Tick:
    """A tick at x or y, in units of the drawing."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A few lines over the steps. rule: height of a line to compare with, and its name."""

    title: str
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    rule: Tick | None
    is_cut: bool

    @property
    def alt(self) -> str:
        ends = "; ".join(f"{line.name}: {line.last} at the end" for line in self.lines)
        return f"{self.title} over the training steps. {ends}."


CHARTS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Losses", (("generator_loss", "generator"), ("critic_loss", "critic"))),
    (
        "Losses",
        (("loss", "whole"), ("reconstruction", "reconstruction"), ("divergence", "divergence")),
    ),
    ("Critic score", (("d_real", "D(x), real"), ("d_fake", "D(G(z)), synthetic"))),
    (
        "Critic accuracy, %",
        (("critic_accuracy_real", "on real"), ("critic_accuracy_fake", "on synthetic")),
    ),
)


def draw_charts(curve: Sequence[Row]) -> list[Chart]:
    """The charts that the rows of training.csv have numbers for; long curves are thinned."""
    rows = [row for row in curve if math.isfinite(row.get("step", math.nan))]
    every = max(1, math.ceil(len(rows) / MOST_POINTS))
    rows = [*rows[:-1:every], *rows[-1:]]
    charts = (_chart(title, rows, columns) for title, columns in CHARTS)
    return [chart for chart in charts if chart is not None]


def draw_selection(rows: Sequence[Row]) -> Chart | None:
    """The scores that the kept weights were chosen by, from selection.csv."""
    kept = next((row["step"] for row in rows if row.get("kept")), None)
    if kept is None:
        return None
    title = f"Score on validation rows, %; kept: step {kept:,.0f}"
    score = (("score", "of the weights of that step"),)
    return _chart(title, [{**row, "score": 100 * row["score"]} for row in rows], score)


def _chart(title: str, rows: Sequence[Row], columns: Sequence[tuple[str, str]]) -> Chart | None:
    percent = title.endswith("%")
    scale = 100.0 if percent else 1.0
    series = [
        (name, [(row["step"], scale * row.get(column, math.nan)) for row in rows])
        for column, name in columns
    ]
    values = [y for _, points in series for _, y in points if math.isfinite(y)]
    if not values:
        return None
    y_axis, is_cut = (Axis(-4.0, 104.0), False) if percent else _value_axis(values)
    first, last = rows[0]["step"], rows[-1]["step"]
    x_axis = Axis(first, last if last > first else first + 1)
    lines = tuple(_line(name, points, x_axis, y_axis) for name, points in series)
    return Chart(
        title,
        tuple(line for line in lines if line.pieces),
        tuple(Tick(_x(x_axis, t), tick_text(t)) for t in x_axis.ticks(4)),
        tuple(Tick(_y(y_axis, t), tick_text(t)) for t in y_axis.ticks(4)),
        Tick(_y(y_axis, 50.0), "guessing") if percent else None,
        is_cut,
    )


def _value_axis(values: Sequence[float]) -> tuple[Axis, bool]:
    """The range of the values, cut where a few spikes would flatten everything else."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    edge = len(ordered) // 50
    usual_low, usual_high = ordered[edge], ordered[-1 - edge]
    usual = usual_high - usual_low
    is_cut = usual > 0 and high - low > SPIKE * usual
    if is_cut:
        low, high = usual_low - 0.2 * usual, usual_high + 0.2 * usual
    margin = 0.06 * (high - low) or 0.5 * max(abs(high), 1e-3)
    return Axis(low - margin, high + margin), is_cut


def _line(name: str, points: Sequence[tuple[float, float]], x_axis: Axis, y_axis: Axis) -> Line:
    pieces: list[list[str]] = [[]]
    last = math.nan
    for step, value in points:
        if math.isfinite(value):
            pieces[-1].append(f"{_x(x_axis, step)},{_y(y_axis, value)}")
            last = value
        elif pieces[-1]:
            pieces.append([])
    drawn = (piece if len(piece) > 1 else piece * 2 for piece in pieces if piece)  # a lone point
    return Line(name, f"{last:.3g}", tuple(" ".join(piece) for piece in drawn))


def _x(axis: Axis, value: float) -> float:
    return round(LEFT + axis.place(value) / 100 * (WIDTH - LEFT - RIGHT), 1)


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - axis.place(value) / 100 * (HEIGHT - TOP - BOTTOM), 1)
