"""Where the settings of candidates lie: numbers on an axis, names side by side, as percent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from synthlift.report.columns import short
from synthlift.report.scales import Axis, LogAxis, tick_text
from synthlift.report.sweep_series import number_of
from synthlift.report.words import plain

FACTOR = 5.0  # from so many times its lowest number on an axis can be logarithmic
FEW = 6  # values that get a tick each
APART = 7.0  # percent between two ticks
ROOM = 46  # characters for the names on one axis


@dataclass(frozen=True)
class Scale:
    """An axis of values as typed. places: in percent, by value; ticks: (place, text)."""

    places: dict[str, float]
    ticks: tuple[tuple[float, str], ...]
    is_few: bool


def scale_of(values: Sequence[str]) -> Scale:
    """Numbers at their place, else names in their order.

    >>> scale_of(["1", "2", "4"]).places["2"] < 50 > scale_of(["b", "a"]).places["b"]
    True
    """
    distinct = list(dict.fromkeys(values))
    numbers = {value: number_of(value) for value in distinct}
    known = {value: number for value, number in numbers.items() if number is not None}
    is_few = len(distinct) <= FEW and len(distinct) < len(values)
    if len(known) < len(distinct):
        room = max(3, ROOM // len(distinct))
        places = {v: round(100 * (i + 0.5) / len(distinct), 2) for i, v in enumerate(distinct)}
        return Scale(places, tuple((places[v], short(plain(v), room)) for v in distinct), is_few)
    axis = axis_of([*known.values()])
    places = {value: axis.place(number) for value, number in known.items()}
    own = sorted((places[value], tick_text(number)) for value, number in known.items())
    apart = all(right - left >= APART for (left, _), (right, _) in pairwise(own))
    if len(distinct) <= FEW and apart:
        return Scale(places, tuple(own), is_few)
    return Scale(places, tuple((axis.place(t), tick_text(t)) for t in axis.ticks(5)), is_few)


def axis_of(numbers: Sequence[float], with_zero: bool = False) -> Axis | LogAxis:
    """An axis on which all numbers lie, a little inside; logarithmic where that spreads them."""
    ends = [*numbers, *([0.0] if with_zero else [])]
    low, high = min(ends), max(ends)
    if low > 0 and high / low >= FACTOR and _is_steep(median(numbers), low, high):
        margin = (high / low) ** 0.05
        return LogAxis(low / margin, high * margin)
    margin = 0.05 * (high - low) or 0.1 * abs(high) or 0.5
    return Axis(low - margin, high + margin)


def _is_steep(middle: float, low: float, high: float) -> bool:
    """Whether half of the numbers lie on either side of the middle rather by their factors.

    >>> _is_steep(100, 10, 1000), _is_steep(500, 10, 1000)
    (True, False)
    """
    even = (middle - low) / (high - low)
    return abs(math.log(middle / low) / math.log(high / low) - 0.5) < abs(even - 0.5)
