"""The choices among a command line's settings: what they name, and whether they can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.types import Glob, IntervalSweep, Override

from synthlift import catalog
from synthlift.overrides import emptied, values_of
from synthlift.suggest import wrong_key, wrong_option


@dataclass(frozen=True)
class Groups:
    """What can be chosen while Hydra is initialised; config_dir: of yamls that are added to it."""

    config_dir: str | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """Overrides that add the user's yamls."""
        if not self.config_dir:
            return ()
        folder = str(Path(self.config_dir).absolute()).replace("'", "\\'")
        return (f"hydra.searchpath=['file://{folder}']",)

    def options(self, group: str) -> list[str]:
        """The yamls of a group; none for what is no group."""
        if group.partition("/")[0] == catalog.ELSEWHERE:
            loader = GlobalHydra.instance().config_loader()
            return list(loader.get_group_options(group, ObjectType.CONFIG))
        return sorted(catalog.options(group, catalog.folders(self.config_dir)))

    def choices(self, parsed: Sequence[Override]) -> list[str]:
        """Those of the settings that choose a yaml, as words."""
        return self.first_of([o for o in parsed if self.options(o.key_or_group)])

    def first_of(self, parsed: Sequence[Override]) -> list[str]:
        """The settings of one study: of a swept choice the first yaml, other sweeps left out."""
        words = []
        for override in parsed:
            if not override.is_sweep_override():
                words += [*emptied(override), str(override.input_line)]
            elif self.options(override.key_or_group) and values_of(override):
                first = next(iter(override.sweep_string_iterator()))
                words.append(f"{override.get_key_element()}={first}")
        return words

    def to_check(self, override: Override) -> list[list[str]]:
        """The values of a setting that are worth a check, each as words of one study.

        Of numbers these are the smallest and the largest, of an interval its ends, else all.
        """
        key, emptying = override.get_key_element(), emptied(override)
        if not override.is_sweep_override():
            return [[*emptying, str(override.input_line)]]
        value = override.value()
        if isinstance(value, Glob):
            texts = value.filter(self.options(override.key_or_group))
        elif isinstance(value, IntervalSweep):
            texts = [str(value.start), str(value.end)]
        else:
            texts, found = list(override.sweep_string_iterator()), values_of(override)
            if all(isinstance(one, int | float) and not isinstance(one, bool) for one in found):
                ends = {found.index(min(found)), found.index(max(found))} if found else set()
                texts = [texts[i] for i in sorted(ends)]
        return [[*emptying, f"{key}={text}"] for text in texts]

    def misnamed(self, override: Override, raw: Mapping[str, Any]) -> str | None:
        """Why an override names nothing, and what may be meant; None if it does.

        raw: a configuration that has all right keys; with an empty one only choices are judged.
        """
        key = override.key_or_group
        if options := self.options(key):
            for value in values_of(override):
                for item in value if isinstance(value, list) else [value]:
                    name = "null" if item is None else str(item)
                    if name not in options:
                        return wrong_option(key, name, options, is_list=isinstance(value, list))
            return self.crowded(override)
        if wrong := self.dotted(key, values_of(override)):
            return wrong
        if not raw or override.is_add() or override.is_force_add():
            return None
        found = catalog.folders(self.config_dir)
        names = catalog.group_names(found)
        return wrong_key(key, raw, {name: catalog.settings(name, found) for name in names})

    def dotted(self, key: str, values: Sequence[Any]) -> str | None:
        """Why a choice within a choice is not made with a dot; None where none is made.

        values: all that the key is set to.
        """
        group = key.replace(".", "/")
        if "." not in key or not values or not all(isinstance(value, str) for value in values):
            return None
        if not (options := self.options(group)):
            return None
        wrong = next((value for value in values if value not in options), None)
        if wrong:
            return wrong_option(group, wrong, options)
        return f"{key} is a choice, and written with a slash: {group}={','.join(values)}"

    def named_as_values(self, raw: Mapping[str, Any]) -> str | None:
        """The first choice within a choice that a configuration makes as a value, as `dotted`."""
        for group in catalog.group_names(catalog.folders(self.config_dir)):
            above, _, name = group.rpartition("/")
            node = raw.get(above)
            value = node.get(name) if isinstance(node, Mapping) else None
            if isinstance(value, str) and "${" not in value:
                return self.dotted(f"{above}.{name}", [value])
        return None

    def crowded(self, override: Override) -> str | None:
        """Why a group can't take the list of options that it is given; None if it can."""
        group = override.key_or_group
        keys = catalog.settings(group, catalog.folders(self.config_dir))
        for value in values_of(override):
            names = list(map(str, value)) if isinstance(value, list) else []
            if len(names) > 1 and any("_target_" in keys.get(name, ()) for name in names):
                return (
                    f"{group} takes one option, not {len(names)}; choose one, as in "
                    f"{group}={names[0]}, or add -m to run one study for each: "
                    f"{group}={','.join(names)}"
                )
        return None

    def unfit(self, parsed: Sequence[Override], raw: Mapping[str, Any]) -> str | None:
        """Why a choice can't be: two for one place, or for a place that the option above has not.

        raw: a configuration that knows what is chosen of groups that `parsed` leaves as they are.
        """
        if wrong := next(filter(None, map(self.crowded, parsed)), None):
            return wrong
        found, choices = catalog.folders(self.config_dir), raw["hydra"]["runtime"]["choices"]
        given = {override.key_or_group: values_of(override) for override in parsed}
        added = {override.key_or_group for override in parsed if override.is_add()}
        for group, values in given.items():
            above, _, name = group.rpartition("/")
            if not above or not self.options(group):
                continue
            for i, option in enumerate(given.get(above) or [choices.get(above)]):
                composed = i == 0 and group in choices and group not in added
                if composed or name in catalog.inner(above, str(option), found):
                    continue
                having = catalog.takers(group, found)
                return (
                    f"{above}={option} has no {name} to choose; leave {group}="
                    f"{','.join(map(str, values))} out, or choose a {above} that has one: "
                    f"{', '.join(having)}"
                )
        return None
