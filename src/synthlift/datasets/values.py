r"""Different values of a column, read as each kind of column.

Every reader takes values `(m,)` (see Cells) and gives as many, with a mask `(m,)` of those that
could be read. Dates: ISO first, `2024-01-31` and `2024-01-31T12:00:00Z` (a zone is converted to
UTC), `2024/01/31`; then 31/01/2024 or 01/31/2024, where only one of the two is possible; these
with a time as well, 31/01/2024 12:00.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from synthlift.core.schema import Kind
from synthlift.datasets.wishes import Decimal

Values = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
COMMA = r"^[+-]?\d*,\d+([eE][+-]?\d+)?$"
THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"
GROUPED = r"^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$"  # as in 1.234,56
WHOLE = r"^[+-]?\d+$"
PADDED = r"^0\d+$"  # a code, such as a postcode: as a number it would lose its zeros
INFINITE = r"^[+-]?(?i:inf|infinity)$"
ISO = r"^\d{4}([-/])\d{2}[-/]\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
ZONED = r":\d{2}([.,]\d+)?(Z|[+-]\d{2}:?\d{2})$"
DAY_MONTH = r"^\d{1,2}[/.-]\d{1,2}[/.-]\d{4}([T ]\d{1,2}:\d{2}(:\d{2})?)?$"
EXACT = 2.0**53  # whole numbers up to here are exact as floats
WORDS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"))
TRUE = {"true", "yes", "y", "t", "1"}
FALSE = {"false", "no", "n", "f", "0"}


def matches(values: Values, pattern: str) -> Mask:
    """Which texts a regular expression fits."""
    found = pc.match_substring_regex(pa.array(values, pa.string()), pattern)
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)


def all_match(values: Values, pattern: str) -> bool:
    """Whether a regular expression fits all texts; a few of them often tell that it does not."""
    return all(bool(matches(part, pattern).all()) for part in (values[:50], values[50:]))


def as_numbers(values: Values, decimal: Decimal) -> tuple[npt.NDArray[np.float64], Mask]:
    """Numbers as float64, infinities as such.

    decimal: what separates decimals where a comma stands in a number; None if it is not known, then
    a comma that could separate thousands is not read.
    """
    if values.dtype.kind != "O":
        is_number = values.dtype.kind in "fiub"
        found = values.astype(np.float64) if is_number else np.full(len(values), np.nan)
        return found, np.full(len(values), is_number)
    ok = matches(values, NUMBER)
    if ok.all():
        return values.astype(np.float64), ok
    texts, ok = values, ok | matches(values, INFINITE)
    if decimal == ".":
        grouped = matches(values, THOUSANDS)
        texts, ok = _replaced(texts, grouped, ",", ""), ok | grouped
    elif decimal == "," or (decimal is None and is_comma_decimal(values)):
        if (grouped := is_grouped(values)).any():
            texts, ok = _replaced(texts, grouped, ".", ""), ok | grouped
        comma = matches(texts, COMMA)
        texts, ok = _replaced(texts, comma, ",", "."), ok | comma
    found = np.full(len(values), np.nan)
    found[ok] = texts[ok].astype(np.float64)
    return found, ok


def is_comma_decimal(values: Values) -> bool:
    """Whether commas separate decimals: some stand in numbers, one of them not before thousands."""
    clear = matches(values, COMMA) & ~matches(values, THOUSANDS)
    return bool(clear.any() or is_grouped(values).any())


def is_grouped(values: Values) -> Mask:
    """Which texts have points between thousands; none, unless one has a comma as well: 1.234,56."""
    grouped = matches(values, GROUPED)
    return grouped if any("," in text for text in values[grouped]) else np.zeros_like(grouped)


def as_integers(values: Values, decimal: Decimal) -> tuple[npt.NDArray[np.int64], Mask]:
    """Whole numbers as int64: exact as text, and up to 2^53 as floats such as 3.0."""
    if values.dtype.kind in "iub":
        return values.astype(np.int64), np.ones(len(values), bool)
    if values.dtype.kind == "O" and all_match(values, WHOLE):
        try:
            return values.astype(np.int64), np.ones(len(values), bool)
        except (OverflowError, ValueError):  # more than int64, or than int() takes
            return np.zeros(len(values), np.int64), np.zeros(len(values), bool)
    numbers, ok = as_numbers(values, decimal)
    with np.errstate(invalid="ignore"):
        ok &= (np.abs(numbers) <= EXACT) & (np.rint(numbers) == numbers)
    return np.where(ok, numbers, 0).astype(np.int64), ok


def as_booleans(values: Values) -> tuple[Mask, Mask]:
    """True, yes, y, t, 1 and their opposites, in any case."""
    words = [str(value).lower().removesuffix(".0") for value in values]
    true = np.array([word in TRUE for word in words], bool)
    return true, true | np.array([word in FALSE for word in words], bool)


def is_boolean(values: Values) -> bool:
    """Whether all are words of one pair, such as yes and no; 0 and 1 are numbers."""
    if values.dtype.kind == "b":
        return True
    if len(values) > 6:
        return False
    words = {str(value).lower() for value in values}
    return any(words <= set(pair) for pair in WORDS)


def as_dates(values: Values) -> tuple[npt.NDArray[np.datetime64], Mask]:
    """Dates and times as datetime64[us] without a zone."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]"), np.ones(len(values), bool)
    found = np.full(len(values), np.datetime64("NaT"), "datetime64[us]")
    if values.dtype.kind != "O":
        return found, np.zeros(len(values), bool)
    iso = matches(values, ISO)
    zoned = iso & has_zone(values)
    for chosen in (zoned, iso & ~zoned):
        if chosen.any():
            found[chosen] = _parsed(values[chosen], "ISO8601")
    if not iso.any() and (order := day_month_order(values)) in ("day", "month"):
        found = _parsed_by(values, order)
    return found, ~np.isnat(found)


def has_zone(values: Values) -> Mask:
    """Which ISO times say their zone."""
    return matches(values, ZONED)


def day_month_order(values: Values) -> Literal["day", "month", "unclear", "none"]:
    """What stands first in dates such as 31/01/2024; unclear where all can be read both ways."""
    if values.dtype.kind != "O" or not len(values) or not all_match(values, DAY_MONTH):
        return "none"
    day, month = (~np.isnat(_parsed_by(values, first)).any() for first in ("day", "month"))
    if day and month:
        return "unclear"
    return "day" if day else "month" if month else "none"


def _parsed_by(values: Values, first: str) -> npt.NDArray[np.datetime64]:
    full = []
    for text in values:
        date, _, time = text.replace("T", " ").partition(" ")
        time = (time or "0:00") + ":00" * (time.count(":") < 2)
        full.append(f"{re.sub('[.-]', '/', date)} {time}")
    order = "%d/%m/%Y" if first == "day" else "%m/%d/%Y"
    return _parsed(np.array(full, object), f"{order} %H:%M:%S")


def _parsed(texts: Values, layout: str) -> npt.NDArray[np.datetime64]:
    iso = layout == "ISO8601"
    if iso:
        texts = np.array([text.replace("/", "-").replace(",", ".") for text in texts], object)
    stamps = pd.to_datetime(pd.Series(texts), format=layout, errors="coerce", utc=iso)
    bare = stamps.dt.tz_localize(None) if iso else stamps
    return np.asarray(bare.to_numpy(), "datetime64[us]")


def as_texts(values: Values) -> Values:
    """Every value as text, whole floats without their point."""
    if values.dtype.kind == "f":
        return np.array([f"{v:.0f}" if v == np.rint(v) else repr(float(v)) for v in values], object)
    if values.dtype.kind == "M":
        return np.array([pd.Timestamp(value).isoformat() for value in values], object)
    return np.array([str(value) for value in values], object)


def read_as(kind: Kind, values: Values, decimal: Decimal) -> tuple[Values, Mask]:
    """The values as a kind of column holds them, and which could be read."""
    if kind in ("categorical", "ordinal"):
        return as_texts(values), np.ones(len(values), bool)
    readers: dict[str, Callable[[Values], tuple[Values, Mask]]] = {
        "numeric": lambda v: as_numbers(v, decimal),
        "integer": lambda v: as_integers(v, decimal),
        "boolean": as_booleans,
        "datetime": as_dates,
    }
    return readers[kind](values)


def natural(names: Sequence[str]) -> tuple[str, ...]:
    """Names in the order that people expect: numbers by their size, also within a text.

    >>> natural(["grade 10", "grade 9", "A"]), natural(["10", "-1", "2.5"])
    (('A', 'grade 9', 'grade 10'), ('-1', '2.5', '10'))
    """
    texts = np.array(list(names), dtype=object)
    if len(texts) and all_match(texts, NUMBER):
        return tuple(sorted(names, key=lambda name: (float(name), name)))

    return tuple(sorted(names, key=lambda name: (_parts(name), name)))


def _parts(name: str) -> list[tuple[bool, int, str]]:
    """Letters and numbers of a name in turn; of a number its length goes before its digits."""
    keys = []
    for i, part in enumerate(re.split(r"([0-9]+)", name.lower())):
        digits = part.lstrip("0") if i % 2 else part
        keys.append((not i % 2, len(digits) if i % 2 else 0, digits))
    return keys


def _replaced(texts: Values, chosen: Mask, old: str, new: str) -> Values:
    changed = texts.copy()
    changed[chosen] = [text.replace(old, new) for text in texts[chosen]]
    return changed
