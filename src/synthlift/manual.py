"""What `synthlift --help` says: commands, and every choice and setting as its own yaml explains it.

The words stand in the yamls: beside a group in the defaults list that chooses from it, in the first
comment of each option, beside each setting. They are read as text, so that help comes at once.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from synthlift import catalog
from synthlift.catalog import Group, first_comment, options
from synthlift.core.errors import ConfigError
from synthlift.suggest import wrong_group, wrong_option

HEAD = "Does synthetic data lift my classifier, by how much, and can I trust that number?"
SETTING = re.compile(r"(?P<key>\w+): (?P<value>\S+) +# (?P<words>.*)$")
FOOT = """\
synthlift --help GROUP shows the options of one group, synthlift --help GROUP=OPTION the settings of
an option; each can be set on the command line under the name of its group, with dots, as in
generator.steps=8000 and generator.penalty.weight=3; those of an arm, a classifier or a metric under
its own name too, as in arm.real_synthetic.weight=0.5. What has a _target_ is replaced whole, as in
'generator.critic_optimizer={_target_: synthlift.generators.optimizers.Sgd,rate: 0.1,momentum: 0}'.

hydra.run.dir=PATH puts the run's folder elsewhere, --config-dir DIR adds a folder of your own
yamls, --cfg job prints the whole configuration, --hydra-help tells of Hydra's own flags,
-sc install=bash of the tab key."""


def manual(commands: Mapping[str, str], words: Sequence[str], config_dir: str | None = None) -> str:
    """The help page, or the groups and the yamls of the options that `words` name.

    commands: what each does, by its usage. config_dir: a folder of the user's own yamls. A
    ConfigError for a group or an option that is not there.
    """
    places = catalog.folders(config_dir)
    width = min(shutil.get_terminal_size().columns, 110)
    named = [word for word in words if _names_choice(word, commands)]
    if pages := [page for word in named for page in _pages(word, places, width)]:
        return "\n\n".join(pages)
    return "\n".join(_lines(commands, places, width))


def _names_choice(word: str, commands: Mapping[str, str]) -> bool:
    """Whether a word may be a group or one of its options, not a flag, a setting or a command."""
    name = word.partition("=")[0]
    return not (
        name.startswith("-")
        or ("=" in word and "." in name)
        or any(
            usage.startswith(f"synthlift {word} ") or usage == f"synthlift {word}"
            for usage in commands
        )
    )


def _lines(commands: Mapping[str, str], places: Sequence[Path], width: int) -> Iterator[str]:
    text = catalog.read(places[0] / "config.yaml")
    yield f"{HEAD}\n"
    for usage, words in commands.items():
        yield _entry(usage, words, 26, width)
    yield "\nChoices, as GROUP=OPTION, or GROUP=[A,B] where several can be chosen (* by default):"
    for group in sorted(catalog.groups(text), key=lambda group: group.name != "dataset"):
        for each in (group, *_within(group, places)):
            yield ""
            yield from _section(each, places, width)
    yield "\nSettings, as KEY=VALUE:"
    for found in filter(None, map(SETTING.match, text.splitlines())):
        yield _entry(f"{found['key']}={found['value']}", found["words"], 24, width)
    yield f"\n{FOOT}"


def _within(group: Group, places: Sequence[Path]) -> list[Group]:
    """The groups that options of a group choose from, with what its default option takes of each.

    The words are those of the default option, else of another.
    """
    found: dict[str, Group] = {}
    others = (name for name in sorted(options(group.name, places)) if name not in group.chosen)
    for option in (*group.chosen, *others):
        for name, each in catalog.inner(group.name, option, places).items():
            chosen = each.chosen if option in group.chosen else ()
            known = found.setdefault(
                name, replace(each, name=f"{group.name}/{name}", chosen=chosen)
            )
            found[name] = replace(known, words=known.words or each.words)
    return list(found.values())


def _section(group: Group, places: Sequence[Path], width: int) -> Iterator[str]:
    """A group and its options, a line or more for each."""
    title = f"{group.name}=[...]" if group.many else group.name
    words = group.words
    if "/" in group.name:
        words += f"; of {', '.join(catalog.takers(group.name, places))}"
    yield textwrap.fill(f"{title}: {words}", width, subsequent_indent="  ")
    for name, path in sorted(options(group.name, places).items()):
        mark = "*" if name in group.chosen else " "
        yield _entry(f"{mark} {name}", first_comment(path), 24, width)


def _entry(name: str, words: str, indent: int, width: int) -> str:
    start = f"  {name}".ljust(indent) + "  "
    return textwrap.fill(f"{start}{words}", width, subsequent_indent=" " * len(start)).rstrip()


def _pages(word: str, places: Sequence[Path], width: int) -> Iterator[str]:
    """What `group`, `group=option` or `group=[a,b]` names: its options, or each of their yamls."""
    name, _, value = word.partition("=")
    found = options(name, places)
    if "=" not in word:
        yield _group_page(name, places, width)
    elif found:
        for option in filter(None, value.strip("[]").split(",")):
            if option not in found:
                raise ConfigError(wrong_option(name, option, found))
            text = f"{name}={option}\n\n{textwrap.indent(catalog.read(found[option]), '  ')}"
            yield text.rstrip() + _choices_within(name, option, places, width)


def _group_page(name: str, places: Sequence[Path], width: int) -> str:
    text = catalog.read(places[0] / "config.yaml")
    top = catalog.groups(text)
    known = {each.name: each for group in top for each in (group, *_within(group, places))}
    if name not in known:
        raise ConfigError(wrong_group(name, {group: options(group, places) for group in known}))
    sections = (known[name], *_within(known[name], places))
    return "\n\n".join("\n".join(_section(each, places, width)) for each in sections)


def _choices_within(group: str, option: str, places: Sequence[Path], width: int) -> str:
    """The groups that an option chooses from, what it takes of each, and what else there is."""
    lines = []
    for name, each in catalog.inner(group, option, places).items():
        others = [
            other
            for other in sorted(options(f"{group}/{name}", places))
            if other not in each.chosen
        ]
        words = f"or {', '.join(others)}" if others else ""
        lines.append(_entry(f"{group}/{name}={','.join(each.chosen)}", words, 40, width))
    return "\n".join(["\n\nChoices within it, as GROUP=OPTION:", *lines]) if lines else ""
