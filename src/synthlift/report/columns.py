"""Columns of a table, or channels of images, real beside synthetic, worst first.

Laid out from what metrics.distribution says; no sample is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthlift.report.facts import NOTHING
from synthlift.report.words import plain

MOST_COLUMNS, FIRST_SHOWN, MOST_BARS = 100, 15, 6
NAME_LENGTH, LEVEL_LENGTH = 48, 24
DAY, MINUTE, FEW_DAYS = 10, 16, 3.0  # "2020-01-31", "2020-01-31 12:00"
WIDTH, HEIGHT = 240.0, 54.0
STATISTICS = {"mean": "Mean", "sd": "SD", "min": "Min", "median": "Median", "max": "Max"}
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Histogram:
    """Real rows as an area, synthetic ones as a line, both SVG paths; low, high: ends as text."""

    real: str
    synthetic: str
    low: str
    high: str
    alt: str


@dataclass(frozen=True)
class LevelBar:
    """A level and its two shares, in percent and as text; width: of the bars, in percent."""

    name: str
    widths: tuple[float, float]
    text: str


@dataclass(frozen=True)
class ColumnView:
    """A line of the table. statistics: (head, (real, synthetic)) as text."""

    name: str
    kind: str
    similarity: str
    held_out: str
    histogram: Histogram | None
    bars: tuple[LevelBar, ...]
    levels: str
    statistics: tuple[tuple[str, tuple[str, str]], ...]
    missing: tuple[str, str]


@dataclass(frozen=True)
class ColumnTable:
    """The worst columns first; rest: those to fold away. n: how many columns there are."""

    first: list[ColumnView]
    rest: list[ColumnView]
    n: int
    rows: tuple[str, str]

    @property
    def n_shown(self) -> int:
        return len(self.first) + len(self.rest)


def column_table(distribution: Facts) -> ColumnTable:
    """The table of a distribution.json; at most 100 columns."""
    ordered = by_likeness(distribution["columns"])
    shown = [_column(column) for column in ordered[:MOST_COLUMNS]]
    n_first = len(shown) if len(shown) <= FIRST_SHOWN + 3 else FIRST_SHOWN
    counts = tuple(f"{n:,}" for n in distribution["rows"])
    return ColumnTable(shown[:n_first], shown[n_first:], len(ordered), (counts[0], counts[1]))


def by_likeness(columns: Sequence[Facts]) -> list[Facts]:
    """The least alike first; equal ones in the order of the table."""
    return sorted(columns, key=lambda column: column["similarity"])


def _column(column: Facts) -> ColumnView:
    sides = (column["real"], column["synthetic"])
    length = _date_length(column)
    statistics = []
    for statistic in STATISTICS:
        unit = " d" if length and statistic == "sd" else ""
        real, synthetic = (_statistic(side.get(statistic), length) + unit for side in sides)
        statistics.append((STATISTICS[statistic], (real, synthetic)))
    missing = tuple(share_text(side["missing"]) if side["missing"] else "" for side in sides)
    return ColumnView(
        short(column["name"], NAME_LENGTH),
        column["kind"],
        share_text(column["similarity"]),
        "" if column["held_out"] is None else share_text(column["held_out"]),
        _histogram(column) if column.get("edges") else None,
        level_bars(column.get("levels", ())[:MOST_BARS]),
        _levels(column["n_levels"]) if "n_levels" in column else "",
        tuple(statistics),
        (missing[0], missing[1]),
    )


def _date_length(column: Facts) -> int:
    """Characters of a date to show: its time only where all dates are within days; 0: no date."""
    if column["kind"] != "datetime":
        return 0
    spread = max(column[side]["sd"] or 0.0 for side in ("real", "synthetic"))
    return MINUTE if spread < FEW_DAYS else DAY


def _statistic(value: float | str | None, length: int) -> str:
    if value is None:
        return NOTHING
    return value.replace("T", " ")[:length] if isinstance(value, str) else number_text(value)


def number_text(value: float) -> str:
    """A number of a person's data, four digits or so.

    >>> number_text(31.256), number_text(12345.6), number_text(2.0**53), number_text(-0.0)
    ('31.26', '12,346', '9.007e+15', '0')
    """
    if value and not 1e-4 <= abs(value) < 1e7:
        return f"{value:.4g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value or 0.0:.4g}"


def share_text(share: float) -> str:
    """A share in percent; what is not all or nothing never reads so.

    >>> share_text(0.9996), share_text(1.0), share_text(0.0001)
    ('> 99.9 %', '100 %', '< 0.1 %')
    """
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f} %" if 0 < share < 1 else f"{100 * share:.0f} %"


def short(text: object, length: int) -> str:
    """One visible line, cut where it is too long, and seen to be cut.

    >>> short("a very long name", 8)
    'a very …'
    """
    shown = plain(text)
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def _histogram(column: Facts) -> Histogram:
    sides = [[n / max(1, sum(counts)) for n in counts] for counts in column["counts"]]
    top = max(*sides[0], *sides[1]) or 1.0
    real, synthetic = ([_y(share / top) for share in side] for side in sides)
    low, high = (_statistic(column["edges"][i], _date_length(column)) for i in (0, -1))
    alt = (
        f"Histogram of {short(column['name'], NAME_LENGTH)} from {low} to {high}, real rows "
        "as an area, synthetic rows as a line"
    )
    return Histogram(_steps(real) + f"V{HEIGHT:g}H0Z", _steps(synthetic), low, high, alt)


def _y(share: float) -> float:
    return round(HEIGHT - share * (HEIGHT - 4), 1)


def _steps(tops: Sequence[float]) -> str:
    """A path over bins of one width, from the floor."""
    width = WIDTH / len(tops)
    path = "".join(f"V{y:g}H{round((i + 1) * width, 1):g}" for i, y in enumerate(tops))
    return f"M0 {HEIGHT:g}{path}"


def level_bars(shown: Sequence[tuple[str, float, float]]) -> tuple[LevelBar, ...]:
    """Levels with their real and synthetic shares; the largest bar fills the width."""
    top = max((share for _, *shares in shown for share in shares), default=1.0) or 1.0
    return tuple(
        LevelBar(
            short(name, LEVEL_LENGTH),
            (round(100 * real / top, 1), round(100 * synthetic / top, 1)),
            f"{share_text(real)} / {share_text(synthetic)}",
        )
        for name, real, synthetic in shown
    )


def _levels(counts: Sequence[int]) -> str:
    """How many levels there are, and that not all have a bar."""
    real, synthetic = counts
    text = f"{real:,} {'level' if real == 1 else 'levels'}"
    if synthetic != real:
        text += f", {synthetic:,} among synthetic rows"
    return text + (f"; the {MOST_BARS} most frequent shown" if max(counts) > MOST_BARS else "")
