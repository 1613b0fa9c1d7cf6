"""What `synthlift --help` says: commands, and every choice and setting as its own yaml explains it.

The words stand in the yamls: beside a group in the defaults list of config.yaml, in the first
comment of each option, beside each setting. They are read as text, so that help comes at once.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from synthlift.core.errors import ConfigError
from synthlift.suggest import wrong_option

HEAD = "Does synthetic data lift my classifier, by how much, and can I trust that number?"
DEFAULT = re.compile(r"  - (?P<group>\w+): *(?P<option>[^#]*?) *(?:# (?P<words>.*))?$")
SETTING = re.compile(r"(?P<key>\w+): (?P<value>\S+) +# (?P<words>.*)$")
FOOT = """\
synthlift --help GROUP=OPTION shows the settings of an option; each can be set on the command line
under the name of its group, as in generator.steps=8000; those of an arm, a classifier or a metric
under its own name too, as in arm.real_synthetic.weight=0.5. hydra.run.dir=PATH puts the run's
folder elsewhere, --config-dir DIR adds a folder of your own yamls, --cfg job prints the whole
configuration, --hydra-help tells of Hydra's own flags, -sc install=bash of the tab key."""


@dataclass(frozen=True)
class Group:
    """One choice. chosen: its options by default; many: whether several can be chosen at once."""

    name: str
    words: str
    chosen: tuple[str, ...]
    many: bool


def manual(commands: Mapping[str, str], words: Sequence[str], config_dir: str | None = None) -> str:
    """The help page, or the yamls of the options that `words` name.

    commands: what each does, by its usage. config_dir: a folder of the user's own yamls.
    """
    folders = [Path(str(files("synthlift.conf"))), *([Path(config_dir)] if config_dir else [])]
    chosen = [word for word in words if "=" in word and "." not in word.partition("=")[0]]
    if pages := [_page(word, folders) for word in chosen if _is_group(word, folders)]:
        return "\n".join(pages).rstrip()
    return "\n".join(_lines(commands, folders, min(shutil.get_terminal_size().columns, 110)))


def _lines(commands: Mapping[str, str], folders: Sequence[Path], width: int) -> Iterator[str]:
    text = (folders[0] / "config.yaml").read_text(encoding="utf-8")
    yield f"{HEAD}\n"
    for usage, words in commands.items():
        yield _entry(usage, words, 26, width)
    yield "\nChoices, as GROUP=OPTION, or GROUP=[A,B] where several can be chosen (* by default):"
    for group in sorted(groups(text), key=lambda group: group.name != "dataset"):
        yield ""
        title = f"{group.name}=[...]" if group.many else group.name
        yield textwrap.fill(f"{title}: {group.words}", width, subsequent_indent="  ")
        for name, path in sorted(options(group.name, folders).items()):
            mark = "*" if name in group.chosen else " "
            yield _entry(f"{mark} {name}", first_comment(path), 24, width)
    yield "\nSettings, as KEY=VALUE:"
    for found in filter(None, map(SETTING.match, text.splitlines())):
        yield _entry(f"{found['key']}={found['value']}", found["words"], 24, width)
    yield f"\n{FOOT}"


def _entry(name: str, words: str, indent: int, width: int) -> str:
    start = f"  {name}".ljust(indent) + "  "
    return textwrap.fill(f"{start}{words}", width, subsequent_indent=" " * len(start)).rstrip()


def groups(text: str) -> list[Group]:
    """The groups of a config.yaml with the words beside them, in the order of its defaults list."""
    found: list[Group] = []
    above = ""
    for line in text.partition("defaults:\n")[2].partition("\n\n")[0].splitlines():
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


def options(group: str, folders: Sequence[Path]) -> dict[str, Path]:
    """The yamls of a group by their names; a later folder goes before an earlier one."""
    return {path.stem: path for folder in folders for path in (folder / group).glob("*.yaml")}


def first_comment(path: Path) -> str:
    """What a yaml says of itself in its first line, `# @package` aside."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith("#"):
            return ""
        if not line.startswith("# @"):
            return line.lstrip("# ")
    return ""


def _is_group(word: str, folders: Sequence[Path]) -> bool:
    return bool(options(word.partition("=")[0], folders))


def _page(word: str, folders: Sequence[Path]) -> str:
    """The yamls that `group=option` or `group=[a,b]` names, each under its own heading."""
    group, _, value = word.partition("=")
    found, pages = options(group, folders), []
    for name in filter(None, value.strip("[]").split(",")):
        if name not in found:
            raise ConfigError(wrong_option(group, name, found))
        text = found[name].read_text(encoding="utf-8", errors="replace")
        pages.append(f"{group}={name}\n\n{textwrap.indent(text, '  ')}")
    return "\n".join(pages)
