"""What kind of column the cells of a file are: seen from its rows, or as the user says.

Decided on the rows of the pool, of which test rows are part of nothing but the names of levels.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints
from synthlift.core.schema import Kind
from synthlift.core.text import count
from synthlift.datasets import values as v
from synthlift.datasets.cells import Cells, Sheet, quote
from synthlift.datasets.wishes import Decimal, Wishes, by_column

MOST_LEVELS = 1_000  # of a categorical column
FEW_LEVELS = 20  # so many are levels, however few rows there are and whatever they look like
MOSTLY = 0.9  # share of the rows, or of the values, that says that numbers or dates are meant
ENOUGH = 20  # rows from which on whole numbers without a gap are no accident
ID_NAME = re.compile(r"(^|[\W_])(?i:id|uuid|guid|index|rownames?)$|[a-z](Id|ID)$")  # not: paid
LARGEST = 1e38  # of a number: scikit-learn's forests hold them as float32

Floats = npt.NDArray[np.float64]
Reason = Literal["constant", "empty", "id", "text"]
WHY: dict[Reason, str] = {
    "constant": "of a single value",
    "empty": "without any value",
    "id": "naming or counting the rows",
    "text": f"of text with more than {MOST_LEVELS:,} values, or with one for most rows",
}


@dataclass(frozen=True)
class Finding:
    """What a column is: a kind, or why it is of no use; note: what the reader has to know."""

    kind: Kind | None
    dropped: Reason | None = None
    note: str | None = None


def infer(cells: Cells, sheet: Sheet, name: str, asked: Wishes) -> Finding:
    """The kind of a column; a DataError names the cell that does not belong into it."""
    decimal = asked.decimal
    if not len(cells.values):
        return Finding(None, "empty")
    if len(cells.values) == 1 and not cells.n_missing:
        return Finding(None, "constant")
    if name in asked.kind_of:
        return Finding(asked.kind_of[name])
    if cells.levels:
        return Finding("ordinal")
    if v.is_boolean(cells.values):
        return Finding("boolean")
    if cells.values.dtype.kind == "M":
        return Finding("datetime")
    numbers, ok = v.as_numbers(cells.values, decimal)
    if ok.all():
        return _numbers(cells, sheet, name, numbers, decimal)
    return _text(cells, sheet, name, ok)


def _numbers(cells: Cells, sheet: Sheet, name: str, numbers: Floats, decimal: Decimal) -> Finding:
    refuse_infinities(cells, sheet, name, numbers)
    whole, is_whole = v.as_integers(cells.values, decimal)
    if is_whole.all():
        if cells.is_text and v.matches(cells.values, v.PADDED).any():
            note = f"column {name!r} has numbers that begin with 0: taken as codes, not as numbers"
            dropped = too_many_levels(cells)
            return Finding(None, dropped) if dropped else Finding("categorical", note=note)
        if _is_id(name, whole[cells.codes], cells):
            return Finding(None, "id")
        return Finding("integer")
    commas = decimal != "." and cells.is_text and v.is_comma_decimal(cells.values)
    return Finding("numeric", note=f"column {name!r} has decimal commas" if commas else None)


def refuse_infinities(cells: Cells, sheet: Sheet, name: str, numbers: Floats) -> None:
    """A DataError for a number that is not finite, or as good as; numbers `(m,)`, of the values."""
    if (wrong := np.abs(numbers) > LARGEST).any():
        row = cells.first_row(wrong)
        raise DataError(
            f"{sheet.place(row, name)} is {quote(cells.values[cells.codes[row]])}; numbers are "
            f"finite, and at most {LARGEST:g} in size: mend it, or leave the cell empty if the "
            "value is not known"
        )


def _is_id(name: str, whole: Ints, cells: Cells) -> bool:
    """Whether whole numbers `(n,)` only name or count the rows: each has one of its own."""
    n = len(whole)
    if cells.n_missing or len(cells.values) != n:
        return False
    span = int(whole.max()) - int(whole.min()) + 1
    counting = span == n or (span < 2 * n and bool((np.diff(whole) > 0).all()))
    return bool(ID_NAME.search(name)) or (n >= ENOUGH and counting)


def _text(cells: Cells, sheet: Sheet, name: str, is_number: v.Mask) -> Finding:
    """The kind of a column in which some texts are no numbers."""
    is_date = v.as_dates(cells.values)[1]
    if is_date.all():
        return Finding("datetime", note=_about_dates(name, cells.values))
    if (is_number | v.matches(cells.values, v.THOUSANDS)).all():
        row = cells.first_row(~is_number)
        raise DataError(
            f"{sheet.place(row, name)} is {quote(cells.values[cells.codes[row]])}: thousands or "
            "decimals? Say dataset.decimal=. if a comma separates thousands, dataset.decimal=, if "
            "it separates decimals"
        )
    counts, few = cells.counts(), len(cells.values) <= FEW_LEVELS
    for mask, what in ((is_number, "number"), (is_date, "date")):
        if max(mask.mean(), counts[mask].sum() / counts.sum()) >= MOSTLY:
            if not few:
                raise DataError(_odd(cells, sheet, name, mask, what))
            odd = count(int((~mask).sum()), "text")
            note = f"column {name!r} has {what}s and {odd}: taken as levels"
            return Finding("categorical", note=note)
    unclear = v.day_month_order(cells.values) == "unclear"
    note = "dates of which day and month can't be told apart"
    if dropped := too_many_levels(cells):
        about = f"column {name!r} has {note}; write them as 2024-01-31" if unclear else None
        return Finding(None, dropped, about)
    return Finding("categorical", note=f"column {name!r} has {note}: levels" if unclear else None)


def _odd(cells: Cells, sheet: Sheet, name: str, mask: v.Mask, what: str) -> str:
    """Why a column of numbers (or dates) with a few other texts can't be read."""
    row = cells.first_row(~mask)
    text = quote(cells.values[cells.codes[row]])
    n, n_odd = int(cells.counts().sum()), int(cells.counts()[~mask].sum())
    return (
        f"{sheet.place(row, name)} is {text}, which is no {what}, as {n - n_odd:,} of {n:,} cells "
        f"are ({n_odd:,} not); mend it, list it in dataset.missing (beside those that are there "
        "already) if it means that the value is missing, or say "
        f"{by_column('kinds', name, 'categorical')}"
    )


def _about_dates(name: str, values: v.Values) -> str | None:
    if v.has_zone(values).any() and v.matches(values, v.ISO).any():
        return f"column {name!r} has times with a zone: converted to UTC"
    if (order := v.day_month_order(values)) in ("day", "month"):
        return f"column {name!r} has dates that begin with the {order}"
    return None


def too_many_levels(cells: Cells) -> Reason | None:
    """Why text can't be a categorical column: it names the rows, or has too many values."""
    n_levels, n = len(cells.values), int((cells.codes >= 0).sum())
    if n_levels == n and n > 2:
        short = all(len(text) <= 64 and " " not in text for text in cells.values[:1000])
        return "id" if short else "text"
    return "text" if n_levels > min(max(n / 2, FEW_LEVELS), MOST_LEVELS) else None


def describe_dropped(dropped: Sequence[tuple[str, Reason]], unnamed: Collection[str]) -> list[str]:
    """A note for every reason, with the names of the columns that it dropped."""
    notes = []
    for reason, why in WHY.items():
        names = [name for name, because in dropped if because == reason]
        if not names:
            continue
        shown = ", ".join(repr(name) for name in names[:20])
        more = f" and {len(names) - 20:,} more" if len(names) > 20 else ""
        keep = ""
        if reason in ("id", "text") and (named := [n for n in names if n not in unnamed]):
            one = by_column("kinds", named[0], "categorical")
            keep = f"; to keep one, say what it is: {one}"
        notes.append(f"dropped {count(len(names), 'column')} {why}: {shown}{more}{keep}")
    return notes
