"""Names and numbers in messages, as any terminal can show them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def printable(text: object) -> str:
    r"""A name as any terminal can show it: what is not printable as its escape.

    >>> print(printable("two\nlines"))
    two\nlines
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def several(names: Sequence[object], limit: int = 3) -> str:
    """The first few names, and how many more there are.

    >>> several(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    shown = ", ".join(printable(name) for name in names[:limit])
    return f"{shown} and {len(names) - limit:,} more" if len(names) > limit else shown


def settings_text(words: Iterable[str]) -> str:
    """Settings for people: long numbers, as a search tries them, are rounded.

    >>> settings_text(["arm.placebo.weight=0.32928810235639483", "generator=cgan"])
    'arm.placebo.weight=0.3293 generator=cgan'
    """
    return re.sub(r"\d+\.\d{5,}", lambda found: f"{float(found[0]):.4g}", " ".join(words))


def count(n: int, what: str) -> str:
    """A number with its noun.

    >>> count(1, "file"), count(2062, "file")
    ('1 file', '2,062 files')
    """
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
