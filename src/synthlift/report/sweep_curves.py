"""Lifts, scores and sample equivalence against the one number in which conditions differ.

With split.n_per_class swept that is the lift against labels per class. All places are percent of
the plot, y from its top, so that the drawing fits every width.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from synthlift.core.results import Report
from synthlift.report.facts import NOTHING
from synthlift.report.scales import Axis, LogAxis, tick_text
from synthlift.report.sweep_series import (
    Series,
    Value,
    find_lifts,
    find_scores,
    find_worths,
    numbered,
    values_of,
)
from synthlift.report.words import metric_words, plain
from synthlift.report.worth import worth_row
from synthlift.sweeps.results import SweepReport

NUMBERS = {"split.n_per_class": "labels per class"}
MOST_LINES = 3  # on one plot
BESIDE = 1.4  # percent of the width between two intervals at the same number
WORTH = "Worth in real training rows (sample equivalence)"
BAND = 1.0  # half height of the zone around 0, in points


@dataclass(frozen=True)
class Mark:
    """A mean at x. low, high: places of its interval, None without one; above, below: open ends."""

    x: float
    y: float
    low: float | None
    high: float | None
    above: bool = False
    below: bool = False


@dataclass(frozen=True)
class Line:
    """One arm over the numbers; points: of the line through its means, for SVG."""

    name: str
    marks: tuple[Mark, ...]

    @property
    def points(self) -> str:
        return " ".join(f"{mark.x},{mark.y}" for mark in self.marks)


@dataclass(frozen=True)
class Plot:
    """A few lines. zero: height of 0, None off the plot; band: (top, height) of the zone."""

    title: str
    lines: tuple[Line, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    zero: float | None
    band: tuple[float, float] | None
    alt: str


@dataclass(frozen=True)
class CurveTable:
    """What the plots show as text; rows: a number, then a (value, interval) in each column."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True)
class SweepCurves:
    """The plots of one classifier over the same numbers; worths: (number, sentence)."""

    classifier: str
    number: str
    plots: tuple[Plot, ...]
    table: CurveTable
    worths: tuple[tuple[str, str], ...]
    has_band: bool


def draw_sweep_curves(report: SweepReport) -> list[SweepCurves]:
    """A set of plots for every classifier; none where conditions differ in other ways."""
    key, reports = numbered(report)
    if len(reports) < 2:
        return []
    names = dict.fromkeys(name for found in reports.values() for name in found.by_classifier)
    drawn = (_curves(reports, name, report.metric, NUMBERS.get(key, plain(key))) for name in names)
    return [found for found in drawn if found.plots]


def _curves(
    reports: Mapping[float, Report], classifier: str, metric: str, number: str
) -> SweepCurves:
    words = metric_words(metric)
    band = BAND if words.unit == "%" else None
    lifts = find_lifts(reports, classifier, metric)
    scores = find_scores(reports, classifier, metric)
    worths = find_worths(reports, classifier, metric)
    unit = words.unit.replace("%", "points")
    shared = _axis([v for own in lifts.values() for v in values_of(own)], with_zero=True)
    plots = [
        _plot(f"Lift over {against}, {unit}".rstrip(", "), few, reports, shared, band)
        for against, series in lifts.items()
        for few in _few(series)
    ]
    for few in _few(scores):
        title = f"{words.title} of real rows alone, {words.unit}".rstrip(", ")
        plots.append(_plot(title, few, reports, _axis([*values_of(few)])))
    for few in _few(worths):
        plots.append(_plot(WORTH, few, reports, _axis([*values_of(few)], with_zero=True)))
    columns = {f"{arm} over {to}": own for to, some in lifts.items() for arm, own in some.items()}
    columns |= {f"{arm}, score": own for arm, own in scores.items()}
    columns |= {f"{arm}, worth in rows": own for arm, own in worths.items()}
    table = _table(columns, reports)
    said = tuple(_say_worths(reports, classifier, metric))
    return SweepCurves(plain(classifier), number, tuple(plots), table, said, band is not None)


def _say_worths(
    reports: Mapping[float, Report], classifier: str, metric: str
) -> Iterator[tuple[str, str]]:
    for number, found in reports.items():
        for worth in found.worths:
            if (worth.classifier, worth.metric) == (classifier, metric) and worth.n_synthetic:
                yield tick_text(number), worth_row(worth, None).sentence


def _few(series: Series) -> Iterator[Series]:
    """A few lines at a time, for one plot each."""
    names = [*series]
    for first in range(0, len(names), MOST_LINES):
        yield {name: series[name] for name in names[first : first + MOST_LINES]}


def _axis(values: Sequence[Value], with_zero: bool = False) -> Axis:
    ends = [x for v in values for x in (v.low, v.mean, v.high) if x is not None]
    ends += [0.0] if with_zero or not ends else []
    margin = 0.06 * (max(ends) - min(ends)) or 0.5
    return Axis(min(ends) - margin, max(ends) + margin)


def _plot(
    title: str,
    series: Series,
    reports: Mapping[float, Report],
    y_axis: Axis,
    band: float | None = None,
) -> Plot:
    x_axis = _numbers_axis([*reports])
    middle = (len(series) - 1) / 2
    lines = []
    for i, (name, own) in enumerate(series.items()):
        beside = BESIDE * (i - middle)
        marks = (_mark(x_axis.place(n) + beside, value, y_axis) for n, value in own.items())
        lines.append(Line(name, tuple(marks)))
    zone = None
    if band is not None:
        top = _y(y_axis, band)
        zone = (top, round(_y(y_axis, -band) - top, 2))
    said = "; ".join(
        f"{name}: "
        + ", ".join(f"{v.text} {v.span}".rstrip() + f" at {tick_text(n)}" for n, v in own.items())
        for name, own in series.items()
    )
    return Plot(
        title,
        tuple(lines),
        tuple((x_axis.place(n), tick_text(n)) for n in reports),
        tuple((_y(y_axis, t), tick_text(t)) for t in y_axis.ticks(5)),
        _y(y_axis, 0.0) if y_axis.holds(0.0) else None,
        zone,
        f"{title}. {said}.",
    )


def _numbers_axis(numbers: Sequence[float]) -> Axis | LogAxis:
    """Equal factors equally far apart; an even axis where a number is not above 0."""
    low, high = min(numbers), max(numbers)
    if low > 0:
        margin = (high / low) ** 0.06
        return LogAxis(low / margin, high * margin)
    margin = 0.06 * (high - low)
    return Axis(low - margin, high + margin)


def _mark(x: float, value: Value, y_axis: Axis) -> Mark:
    """An open end goes to the edge of the plot."""
    below, above = value.is_open
    low = 100.0 if below else None if value.low is None else _y(y_axis, value.low)
    high = 0.0 if above else None if value.high is None else _y(y_axis, value.high)
    return Mark(round(x, 2), _y(y_axis, value.mean), low, high, above, below)


def _y(axis: Axis, value: float) -> float:
    return round(100 - axis.place(value), 2)


def _table(columns: Series, reports: Mapping[float, Report]) -> CurveTable:
    rows = []
    for n in reports:
        own = (values.get(n) for values in columns.values())
        rows.append((tick_text(n), tuple((v.text, v.span) if v else (NOTHING, "") for v in own)))
    return CurveTable(tuple(columns), tuple(rows))
