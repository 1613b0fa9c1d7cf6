"""Sample equivalence and gap closed as rows of a table, open ends in words."""

from __future__ import annotations

from dataclasses import dataclass

from synthlift.core.findings import GapClosed, Worth
from synthlift.core.results import Score
from synthlift.report.facts import NOTHING
from synthlift.report.words import interval, plain, score_text


@dataclass(frozen=True)
class WorthRow:
    """Sample equivalence of an arm, as text; is_known: as below."""

    arm: str
    score: str
    span: str
    n_synthetic: str
    rows: str
    set: str
    sentence: str
    is_known: bool


@dataclass(frozen=True)
class GapRow:
    """Gap closed by an arm on the way to a ceiling, as text."""

    arm: str
    ceiling: str
    share: str
    span: str
    sentence: str


def worth_row(worth: Worth, score: Score | None) -> WorthRow:
    """score: of the arm, None where it has none."""
    return WorthRow(
        plain(worth.arm),
        score_text(worth.metric, score.mean) if score else NOTHING,
        interval(worth.metric, score) if score else "",
        f"{worth.n_synthetic:,}",
        NOTHING if worth.rows is None else _rows(worth.rows),
        _set(worth.low, worth.high),
        plain(worth.sentence),
        is_known(worth),
    )


def is_known(worth: Worth) -> bool:
    """Whether any number or end of a set is."""
    return (worth.rows, worth.low, worth.high) != (None, None, None)


def _set(low: float | None, high: float | None) -> str:
    """'[+20, +80]', or an open end in words; these data may bound neither."""
    if low is not None and high is not None:
        return f"[{_rows(low)}, {_rows(high)}]"
    if low is not None:
        return f"{_rows(low)} or more"
    return f"{_rows(high)} or fewer" if high is not None else "not bounded"


def _rows(number: float) -> str:
    """Rows more or fewer.

    >>> _rows(1234.5), _rows(-0.2)
    ('+1,234', '0')
    """
    return f"{round(number):+,}" if round(number) else "0"


def gap_row(gap: GapClosed) -> GapRow:
    """The share in percent."""
    bounded = gap.low is not None and gap.high is not None
    ends = [f"{100 * x:.0f}" for x in (gap.low, gap.high) if x is not None]
    one = f"{ends[0]} % or {'more' if gap.low is not None else 'less'}" if ends else "not bounded"
    return GapRow(
        plain(gap.arm),
        plain(gap.ceiling),
        f"{100 * gap.share:.0f} %",
        f"[{', '.join(ends)}]" if bounded else one,
        plain(gap.sentence),
    )
