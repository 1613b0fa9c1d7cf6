"""Cells and tables of Markdown that show any text as it is and do nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from synthlift.report.facts import NOTHING
from synthlift.report.words import plain

ACTIVE = re.compile(r"([\\`*\[\]<>|~$&#!@]|(?<![^\W_])_|_(?![^\W_]))")


def cell(text: object) -> str:
    r"""Text that Markdown shows as it is: no markup, no link, no mention, one line.

    >>> cell("a|b <i>`_x_`"), cell("real_synthetic")
    ('a\\|b \\<i\\>\\`\\_x\\_\\`', 'real_synthetic')
    """
    inert = ACTIVE.sub(r"\\\1", plain(text).strip())
    inert = re.sub(r"^([-+=]|\d+[.)])", r"\\\1", inert) if not _is_number(inert) else inert
    return inert.replace("://", "\\://").replace("www.", "www\\.")


def _is_number(text: str) -> bool:
    return re.match(r"[-+]?\d+([.,]\d+)*( |$)", text) is not None


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of inert cells; all columns but the first are right-aligned."""
    lines = [header, ["---", *("---:" for _ in header[1:])]]
    shown = [[cell(value) or NOTHING for value in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in [*lines, *shown])
