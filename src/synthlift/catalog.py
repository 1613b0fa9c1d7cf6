"""What can be chosen: groups, their options, and groups within an option, as the yamls say it.

A yaml is read as text, so that an answer needs neither Hydra nor the yamls that it refers to. A
group is named by its folder, as in `generator` and `generator/loss`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import takewhile
from pathlib import Path

DEFAULT = re.compile(r"  - (?P<group>\w+): *(?P<option>[^#]*?) *(?:# (?P<words>.*))?$")
INHERITED = re.compile(r"^  - (\w+) *(?:#.*)?$", re.MULTILINE)
ELSEWHERE = "hydra"  # settings of Hydra's own


@dataclass(frozen=True)
class Group:
    """One choice. chosen: its options by default; many: whether several can be chosen at once."""

    name: str
    words: str
    chosen: tuple[str, ...]
    many: bool


def folders(config_dir: str | None = None) -> list[Path]:
    """Where yamls lie: our own, then the folder of the user's."""
    own = Path(str(files("synthlift.conf")))
    return [own, Path(config_dir)] if config_dir else [own]


def groups(text: str) -> list[Group]:
    """What a yaml chooses from, in the order of its defaults list, with the words beside each."""
    found: list[Group] = []
    above = ""
    lines = text.partition("defaults:\n")[2].splitlines()
    for line in takewhile(lambda line: line.startswith(" "), lines):
        if item := re.match(r"      - (\w+)", line):
            last = found[-1]
            found[-1] = Group(last.name, last.words, (*last.chosen, item[1]), True)
        elif default := DEFAULT.match(line):
            option = default["option"]
            chosen = tuple(re.findall(r"\w+", option.replace("null", "")))
            words = default["words"] or above
            found.append(Group(default["group"], words, chosen, option.startswith("[")))
        above = line.partition("# ")[2] if line.lstrip().startswith("#") else ""
    return found


def group_names(places: Sequence[Path]) -> list[str]:
    """Every group that has an option, sorted; those within a group among them."""
    yamls = (path.relative_to(place) for place in places for path in place.glob("*/**/*.yaml"))
    return sorted({p.parent.as_posix() for p in yamls if p.parts[0] != ELSEWHERE})


def options(group: str, places: Sequence[Path]) -> dict[str, Path]:
    """The yamls of a group by their names; a later folder goes before an earlier one."""
    return {path.stem: path for place in places for path in (place / group).glob("*.yaml")}


def inner(
    group: str, option: str, places: Sequence[Path], heirs: tuple[str, ...] = ()
) -> dict[str, Group]:
    """What an option of a group chooses from within itself, by name, as in `loss`.

    What its yaml inherits from others of the group is among it. heirs: those that inherit from it.
    """
    path = options(group, places).get(option)
    if not path:
        return {}
    found: dict[str, Group] = {}
    text, heirs = read(path), (*heirs, option)
    for parent in INHERITED.findall(text):
        if parent not in heirs:  # a yaml that inherits from itself is refused by Hydra
            found |= inner(group, parent, places, heirs)
    return found | {chosen.name: chosen for chosen in groups(text)}


def takers(group: str, places: Sequence[Path]) -> list[str]:
    """The options of the group above whose yaml chooses from this one, as from `generator/loss`."""
    above, _, name = group.rpartition("/")
    return sorted(
        option for option in options(above, places) if name in inner(above, option, places)
    )


def settings(group: str, places: Sequence[Path]) -> dict[str, set[str]]:
    """Every option of a group, sorted, and the keys at the top of its yaml."""
    found = sorted(options(group, places).items())
    return {name: set(re.findall(r"^(\w+):", read(path), re.MULTILINE)) for name, path in found}


def first_comment(path: Path) -> str:
    """What a yaml says of itself in its first line, `# @package` aside."""
    for line in read(path).splitlines():
        if not line.startswith("#"):
            return ""
        if not line.startswith("# @"):
            return line.lstrip("# ")
    return ""


def read(path: Path) -> str:
    """The text of a yaml, whatever is wrong with it."""
    return path.read_text(encoding="utf-8", errors="replace")
