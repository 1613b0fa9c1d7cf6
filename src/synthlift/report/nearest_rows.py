"""The synthetic rows of a table that lie nearest to a training row, beside it, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from synthlift.report.columns import number_text, short
from synthlift.report.exhibits import Exhibit

N_PAIRS, MOST_COLUMNS = 6, 16
TEXT_LENGTH, HEAD_LENGTH = 24, 40


@dataclass(frozen=True)
class RowPair:
    """cells: (synthetic, real, whether they differ) of the columns shown.

    label, other: class of the synthetic and of the training row. n_differ: among all columns.
    """

    label: str
    other: str
    distance: str
    cells: tuple[tuple[str, str, bool], ...]
    n_differ: int


@dataclass(frozen=True)
class NearestRows:
    """Pairs of one repeat, nearest first; n_columns: of how many the shown ones are the first."""

    columns: tuple[str, ...]
    pairs: tuple[RowPair, ...]
    n_columns: int


def nearest_rows(exhibit: Exhibit) -> NearestRows | None:
    """Of a table; None without synthetic rows."""
    pairs = tuple(_pair(exhibit, *found) for found in exhibit.closest(N_PAIRS))
    if not pairs:
        return None
    names = [str(name) for name in exhibit.train.table.columns]
    shown = tuple(short(name, HEAD_LENGTH) for name in names[:MOST_COLUMNS])
    return NearestRows(shown, pairs, len(names))


def _pair(exhibit: Exhibit, row: int, neighbour: int, distance: float) -> RowPair:
    classes = exhibit.train.schema.classes
    ours, theirs = exhibit.synthetic.table.iloc[row], exhibit.train.table.iloc[neighbour]
    texts = [(value_text(a), value_text(b)) for a, b in zip(ours, theirs, strict=True)]
    return RowPair(
        short(classes[exhibit.synthetic.labels[row]], TEXT_LENGTH),
        short(classes[exhibit.train.labels[neighbour]], TEXT_LENGTH),
        f"{distance:.3g}",
        tuple((a, b, a != b) for a, b in texts[:MOST_COLUMNS]),
        sum(a != b for a, b in texts),
    )


def value_text(value: Any) -> str:
    """A cell of a table as a reader sees it; empty if missing, dates to the minute.

    >>> value_text(1.23456), value_text(None), value_text(True)
    ('1.235', '', 'True')
    """
    import pandas as pd

    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.isoformat(" ", "minutes").removesuffix(" 00:00")
    if isinstance(value, str | bool) or str(value) in ("True", "False"):
        return short(value, TEXT_LENGTH)
    return number_text(float(value))
