"""What the tab key offers beside Hydra's: commands, groups that hold others, options in a list."""

from __future__ import annotations

import re
from collections.abc import Collection

from synthlift.catalog import folders, group_names, options

LIST = re.compile(r"(?P<group>[\w/]+)=(?P<before>(?:\[|\[?(?:\w+,)+))(?P<word>\w*)$")


def offers(line: str, commands: Collection[str]) -> tuple[list[str], bool]:
    """Completions of the last word of a command line, and whether Hydra has others for it.

    >>> offers("synthlift rep", ["report", "doctor"])
    (['report'], True)
    >>> offers("synthlift 'classifier=[cnn,m", [])
    (["'classifier=[cnn,mlp"], False)
    >>> offers("synthlift -m generator/loss=hinge,wass", [])
    (['generator/loss=hinge,wasserstein'], False)
    """
    words = line.split()[1:] + ([""] if line.endswith(" ") else [])
    if not words:
        return [], True
    last, quote = words[-1], words[-1][:1] if words[-1][:1] in ("'", '"') else ""
    if words[0] in commands and len(words) > 1:
        return [], False  # the shell completes files
    if found := LIST.match(last.removeprefix(quote)):
        group, before, word = found.groups()
        taken = before.strip("[").split(",")
        names = sorted(options(group, folders()))
        fitting = (name for name in names if name.startswith(word) and name not in taken)
        return [f"{quote}{group}={before}{name}" for name in fitting], False
    first = [name for name in commands if name.startswith(last)] if len(words) == 1 else []
    return [*first, *_ends(last)], not quote


def _ends(word: str) -> list[str]:
    """How a group goes on that holds other groups; Hydra offers its bare name alone."""
    holding = sorted({group.partition("/")[0] for group in group_names(folders()) if "/" in group})
    return [f"{group}{end}" for group in holding if word and group.startswith(word) for end in "=/"]
