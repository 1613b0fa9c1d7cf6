"""Confidence sets by inversion: every value that the data do not speak against.

Where a quantity is the root of a contrast, as a ratio is (Fieller 1954, Some problems in interval
estimation, JRSS B 16), its set holds each value at which the interval of the contrast holds 0. Such
a set may have no end on a side, which a standard error by the delta method never shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthlift.core.results import Floats
from synthlift.statistics.intervals import Interval

N_HALVINGS = 8  # an end lies within 1/256 of a grid step

Contrast = Callable[[float], Interval]  # the interval of the contrast at a value


@dataclass(frozen=True)
class ConfidenceSet:
    """All values from low to high; None is an end at which the search, not the data, stopped."""

    low: float | None
    high: float | None


def find_set(
    contrast: Contrast, grid: Floats, estimate: float | None = None
) -> ConfidenceSet | None:
    """The values between the ends of the grid at which the interval of the contrast holds 0.

    grid: rising, fine enough to meet the set; put the estimate into it, where the contrast is 0,
    and it does. Ends are refined by halving. Of a set in pieces the one around the estimate is
    given, a value of the grid, and without an estimate the hull, which errs to the safe side. None:
    no value of the grid is in the set, not the estimate either, or there is no interval.
    """
    held = np.array([holds_zero(contrast(value)) for value in grid])
    if estimate is not None:
        outside, at = np.flatnonzero(~held), int(np.searchsorted(grid, estimate))
        held &= np.searchsorted(outside, np.arange(len(grid))) == np.searchsorted(outside, at)
    inside = np.flatnonzero(held)
    if not len(inside):
        return None
    first, last = int(inside[0]), int(inside[-1])
    low = None if first == 0 else _end(contrast, grid[first], grid[first - 1])
    high = None if last == len(grid) - 1 else _end(contrast, grid[last], grid[last + 1])
    return ConfidenceSet(low, high)


def holds_zero(interval: Interval) -> bool:
    """Whether there is an interval and 0 is in it.

    >>> holds_zero(Interval(1.0, -0.5, 2.5, 0.2, 5.0, 0.95))
    True
    """
    return (
        interval.low is not None
        and interval.high is not None
        and (interval.low <= 0 <= interval.high)
    )


def with_value(grid: Floats, value: float | None) -> Floats:
    """The grid with one more value where that lies between its ends.

    >>> with_value(np.array([1.0, 2.0, 4.0]), 3.0), with_value(np.array([1.0, 2.0]), None)
    (array([1., 2., 3., 4.]), array([1., 2.]))
    """
    if value is None or not grid[0] < value < grid[-1]:
        return grid
    return np.unique(np.append(grid, value))


def _end(contrast: Contrast, inside: float, outside: float) -> float:
    for _ in range(N_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if holds_zero(contrast(middle)) else (inside, middle)
    return float(inside + outside) / 2
