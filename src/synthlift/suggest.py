"""What was probably meant: a wrong name as one short message with the nearest right one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any


def nearest(word: str, names: Collection[str]) -> str | None:
    """The name that a misspelt word comes closest to; None where none is close.

    >>> nearest("reprot", ["report", "export"]), nearest("xyz", ["report"])
    ('report', None)
    """
    return next(iter(get_close_matches(word, names, n=1, cutoff=0.6)), None)


def wrong_option(
    key: str, option: str, options: Collection[str], of: str = "", is_list: bool = False
) -> str:
    """Why `key=option` can't be, and what can; of: what the options are, if not those of the key.

    >>> wrong_option("generator", "cgann", ["cgan"])
    "there is no generator 'cgann'; did you mean generator=cgan? There are: cgan"
    """
    meant = nearest(option, options)
    spelt = f"{key}=[{meant}]" if is_list else f"{key}={meant}"
    hint = f"did you mean {spelt}? " if meant else ""
    there_is = (
        f"{key}={option}: there is no {of} of this name" if of else f"there is no {key} {option!r}"
    )
    return f"{there_is}; {hint}There are: {_listed(options)}"


def wrong_group(group: str, options: Mapping[str, Collection[str]]) -> str:
    """Why there is no such group, and what there is; options: of every group, by its name.

    >>> wrong_group("generator/los", {"generator": ["cgan"], "generator/loss": ["hinge"]})
    "there is no group 'generator/los'; did you mean generator/loss=...? Its options: hinge"
    """
    same_end = [name for name in options if name.endswith(f"/{group}")]
    meant = next(iter(same_end), None) or nearest(group.replace(".", "/"), options)
    start = f"there is no group {group!r}"
    if not meant:
        return f"{start}; there are: {_listed(options)}"
    return f"{start}; did you mean {meant}=...? Its options: {_listed(options[meant])}"


def wrong_key(
    key: str, config: Mapping[str, Any], settings: Mapping[str, Mapping[str, Collection[str]]]
) -> str | None:
    """Why a dotted key names nothing in a configuration, and what could be meant; None if it does.

    settings: of every group, by its name, its options and the keys of each.
    """
    if "/" in key:
        dotted = key.replace("/", ".")
        if wrong_key(dotted, config, settings) is None:
            return f"there is no group {key!r}; did you mean {dotted}?"
        return wrong_group(key, settings)
    node: Any = config
    parts = key.split(".")
    for depth, part in enumerate(parts):
        above, rest = ".".join(parts[:depth]), parts[depth + 1 :]
        if not isinstance(node, Mapping):
            return f"{key} names nothing: {above} is a value and holds no keys"
        if part not in node:
            return _missing(key, above, part, rest, config, settings)
        node = node[part]
    return None


def _missing(
    key: str,
    above: str,
    part: str,
    rest: list[str],
    config: Mapping[str, Any],
    settings: Mapping[str, Mapping[str, Collection[str]]],
) -> str:
    """The message for the `part` of a key that is not `above`."""
    if part in settings.get(above, ()):
        return f"{key} is set, but {part} is not chosen; add it to {above}=[...]"
    group = above.replace(".", "/")
    if having := having_key(settings.get(group, {}), part):
        lacks = f"{_chosen(group, config)} has no {part}"
        return f"there is no key {key}: {lacks}; of {group} these have it: {_listed(having)}"
    node: Any = config
    for name in above.split(".") if above else ():
        node = node[name]
    names = [str(name) for name in node if name != "_target_"]
    names += [name for name in settings if not above and "/" not in name]
    start = f"there is no key {key}"
    last = key.rpartition(".")[2]
    if not above and any(name.endswith(f"/{key}") for name in settings):
        return wrong_group(key, settings)
    elsewhere = [path for path in _leaves(config) if path.rpartition(".")[2] == last]
    meant = nearest(part, names)
    if elsewhere and (last == key or not meant):
        return f"{start}; did you mean {' or '.join(elsewhere[:3])}?"
    if not meant:
        return f"{start}; {above or 'a study'} has {_listed(names)}"
    full = ".".join([*filter(None, [above]), meant, *rest])
    if meant in settings and not (above or rest):
        return f"{start}; did you mean {full}=...? Its options: {_listed(settings[meant])}"
    return f"{start}; did you mean {full}?"


def having_key(settings: Mapping[str, Collection[str]], key: str) -> list[str]:
    """The options of a group that have a key at their top.

    >>> having_key({"none": ["_target_"], "r1": ["_target_", "weight"]}, "weight")
    ['r1']
    """
    return [option for option, keys in settings.items() if key in keys]


def _chosen(group: str, config: Mapping[str, Any]) -> str:
    """A group as it is chosen, as in `generator=cgan`; alone where that is not known."""
    choices = config.get("hydra", {}).get("runtime", {}).get("choices", {})
    return f"{group}={choices[group]}" if group in choices else group


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(set(names)))


def _leaves(node: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Dotted paths of all values of a study."""
    for name, value in node.items():
        path = f"{above}.{name}" if above else str(name)
        if path == "hydra":
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        elif name != "_target_":
            yield path
