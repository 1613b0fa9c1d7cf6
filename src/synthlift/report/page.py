"""What every page shares: the template environment, the style sheet, and names made safe to show.

A page extends base.html and draws with the macros of macros.html. Jinja escapes everything; only
our own style sheet is marked safe. No script, and nothing from outside the file.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

from synthlift.report import facts, glossary, words

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HERE = Path(__file__).parent


@functools.cache
def environment(styles: tuple[str, ...] = ("report.css",)) -> Environment:
    """Templates beside this file; with `facts`, `glossary`, `words` and `style`, the sheets.

    Made once: to compile the templates takes longer than all else in a report.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"plain": words.plain, "minus": minus, "name": name, "slug": slug}
    style = "".join((HERE / sheet).read_text(encoding="utf-8") for sheet in styles)
    made.globals |= {"facts": facts, "glossary": glossary, "words": words}
    made.globals["style"] = Markup(style)
    return made


def name(text: str) -> Markup:
    """An escaped name that may break after its underscores.

    >>> str(name("real_<b>"))
    'real_<wbr>&lt;b&gt;'
    """
    from markupsafe import Markup, escape

    return Markup(str(escape(words.plain(text))).replace("_", "_<wbr>"))


def minus(number: str) -> str:
    """Text whose numbers have the true minus sign; dates stay.

    >>> minus("[-0.3, +1.2] 2020-01-31")
    '[−0.3, +1.2] 2020-01-31'
    """
    return re.sub(r"(?<!\w)-(?=[\d.])", "\N{MINUS SIGN}", number)


def slug(verdict: str) -> str:
    """A verdict or a term as the name of a style or of a place.

    >>> slug("no difference")
    'no-difference'
    """
    return re.sub(r"[^a-z]+", "-", verdict.lower())
