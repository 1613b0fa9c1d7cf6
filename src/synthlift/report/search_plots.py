"""The figures of a search: each setting, all settings together, and lift against cost.

All places are percent of the plot, y from its top, so that the drawing fits every width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthlift.report.columns import short
from synthlift.report.provenance import duration
from synthlift.report.scales import Axis, tick_text
from synthlift.report.search import Point, Search
from synthlift.report.search_scales import axis_of, scale_of
from synthlift.report.words import metric_words, plain

MOST_SETTINGS = 12
FEWEST_AXES = 3  # settings that are worth a figure of all together
ROW = 72  # height of one axis in the figure of all settings, in pixels
TONES = 5
LONGEST = 48  # characters of a name beside its axis, on a phone


@dataclass(frozen=True)
class Dot:
    """A candidate; kind: chosen, front or plain. words: all that is known of it."""

    x: float
    y: float
    kind: str
    words: str


@dataclass(frozen=True)
class DotPlot:
    """Candidates over one number or setting, lift upwards.

    means: (place, height) of the mean lift at each value. steps: the front, as SVG points. fresh:
    x, mean, low and high of the chosen one as the condition reports it.
    """

    title: str
    x_name: str
    dots: tuple[Dot, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    zero: float
    means: tuple[tuple[float, float], ...]
    steps: str
    fresh: tuple[float, float, float | None, float | None] | None
    alt: str


@dataclass(frozen=True)
class Row:
    """One axis of the figure of all settings; y: its height in pixels."""

    name: str
    y: int
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Thread:
    """A candidate through all settings; tone: 1 for the lowest fifth of the lifts to 5."""

    points: str
    tone: int
    is_chosen: bool
    words: str


@dataclass(frozen=True)
class Parallel:
    """All settings as axes above one another, the lift at the bottom."""

    rows: tuple[Row, ...]
    threads: tuple[Thread, ...]
    height: int
    alt: str


@dataclass(frozen=True)
class SearchView:
    """Everything to draw and to list of a search; rows: the best first."""

    search: Search
    effects: tuple[DotPlot, ...]
    parallel: Parallel | None
    cost: DotPlot | None
    rows: tuple[Point, ...]
    n_left_out: int


def draw_search(search: Search) -> SearchView:
    """Its figures, those for which it has numbers."""
    axis = _lift_axis(search)
    ordered = sorted(search.points, key=lambda point: -point.score)
    return SearchView(
        search,
        tuple(_effect(search, key, axis) for key in search.keys[:MOST_SETTINGS]),
        _parallel(search) if len(search.keys) >= FEWEST_AXES else None,
        _cost(search, axis),
        tuple(ordered),
        max(0, len(search.keys) - MOST_SETTINGS),
    )


def _lift_axis(search: Search) -> Axis:
    ends = [point.lift for point in search.points]
    ends += [end for end in _fresh_ends(search) if end is not None]
    axis = axis_of(ends, with_zero=True)
    assert isinstance(axis, Axis)
    return axis


def _fresh_ends(search: Search) -> tuple[float | None, float | None, float | None]:
    """Mean, low and high of the lift that the condition reports, as drawn."""
    lift = search.fresh
    if lift is None:
        return None, None, None
    scale = 100.0 if metric_words(lift.metric).unit == "%" else 1.0
    low, high = (None if end is None else scale * end for end in (lift.low, lift.high))
    return scale * lift.mean, low, high


def _effect(search: Search, key: str, axis: Axis) -> DotPlot:
    """The lift of every candidate at its value of one setting, and the mean of each value."""
    scale = scale_of([point.settings[key] for point in search.points])
    by_value: dict[str, list[float]] = {}
    for point in search.points:
        by_value.setdefault(point.settings[key], []).append(point.lift)
    means = {value: sum(lifts) / len(lifts) for value, lifts in by_value.items()}
    said = [f"mean {_number(mean, search)} at {plain(v)}" for v, mean in means.items()]
    if not scale.is_few:
        best = max(search.points, key=lambda point: point.lift)
        said = [f"the best, {best.lift_text}, at {plain(best.settings[key])}"]
    return DotPlot(
        plain(key),
        "",
        tuple(_dot(point, scale.places[point.settings[key]], axis) for point in _last(search)),
        scale.ticks,
        _ticks(axis),
        _y(axis, 0.0),
        tuple((scale.places[v], _y(axis, mean)) for v, mean in means.items() if scale.is_few),
        "",
        None,
        f"Validation lift of {len(search.points)} candidates by {plain(key)}: {'; '.join(said)}; "
        f"chosen is {plain(search.chosen.settings[key])}.",
    )


def _cost(search: Search, axis: Axis) -> DotPlot | None:
    """Seconds of every candidate against its lift; None where fewer than two are known."""
    known = [point for point in _last(search) if point.seconds is not None]
    if len({point.seconds for point in known}) < 2:
        return None
    across = axis_of([point.seconds or 0.0 for point in known])
    front = sorted((p for p in known if p.is_front), key=lambda point: point.seconds or 0.0)
    steps = list[str]()
    for point in front:
        x, y = across.place(point.seconds or 0.0), _y(axis, point.lift)
        steps += [f"{x},{steps[-1].partition(',')[2]}"] if steps else []
        steps.append(f"{x},{y}")
    mean, low, high = _fresh_ends(search)
    fresh = None
    if mean is not None and search.chosen.seconds is not None:
        ends = [None if end is None else _y(axis, end) for end in (low, high)]
        fresh = (across.place(search.chosen.seconds), _y(axis, mean), ends[0], ends[1])
    return DotPlot(
        "Cost against lift",
        "seconds in a repeat",
        tuple(
            _dot(p, across.place(p.seconds or 0.0), axis, "front" if p.is_front else "plain")
            for p in known
        ),
        tuple((across.place(t), tick_text(t)) for t in across.ticks(6)),
        _ticks(axis),
        _y(axis, 0.0),
        (),
        " ".join(steps),
        fresh,
        f"Seconds against validation lift of {len(known)} candidates. Nothing beats on both: "
        + "; ".join(f"{p.lift_text} for {duration(p.seconds or 0.0)}" for p in front)
        + f". Chosen: {search.chosen.lift_text} for {search.chosen.cost_text or 'unknown'}.",
    )


def _parallel(search: Search) -> Parallel:
    keys = search.keys[:MOST_SETTINGS]
    scales = {key: scale_of([point.settings[key] for point in search.points]) for key in keys}
    axis = axis_of([point.lift for point in search.points])
    names = [*keys, f"validation lift, {search.unit}".rstrip(", ")]
    ticks = [*(scales[key].ticks for key in keys)]
    ticks.append(tuple((axis.place(t), tick_text(t)) for t in axis.ticks(6)))
    heights = [30 + ROW * i for i in range(len(names))]
    ranked = sorted(point.lift for point in search.points)
    threads = []
    for point in sorted(search.points, key=lambda p: (p.is_chosen, p.lift)):
        places = [*(scales[key].places[point.settings[key]] for key in keys)]
        places.append(axis.place(point.lift))
        way = " ".join(f"{x},{y}" for x, y in zip(places, heights, strict=True))
        tone = 1 + TONES * ranked.index(point.lift) // len(ranked)
        threads.append(Thread(way, tone, point.is_chosen, point.words))
    return Parallel(
        tuple(Row(short(n, LONGEST), y, t) for n, y, t in zip(names, heights, ticks, strict=True)),
        tuple(threads),
        heights[-1] + 28,
        f"{len(threads)} candidates through {len(keys)} settings to their validation lift. "
        f"Chosen: {search.chosen.words}.",
    )


def _last(search: Search) -> Sequence[Point]:
    """The points, those that matter on top of the others."""
    return sorted(search.points, key=lambda point: (point.is_chosen, point.is_front))


def _dot(point: Point, x: float, axis: Axis, other: str = "plain") -> Dot:
    kind = "chosen" if point.is_chosen else other
    return Dot(x, _y(axis, point.lift), kind, point.words)


def _ticks(axis: Axis) -> tuple[tuple[float, str], ...]:
    return tuple((_y(axis, t), tick_text(t)) for t in axis.ticks(5))


def _y(axis: Axis, value: float) -> float:
    return round(100 - axis.place(value), 2)


def _number(value: float, search: Search) -> str:
    return f"{value:+.3g} {search.unit}".rstrip()
