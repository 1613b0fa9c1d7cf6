"""What a user says of the columns of a table, checked against the columns that there are."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, get_args

from synthlift.core.errors import ConfigError, DataError
from synthlift.core.schema import Kind
from synthlift.core.text import printable, several

if TYPE_CHECKING:  # pyarrow costs half a second, and a wrong setting is to be answered at once
    from synthlift.datasets.cells import Sheet

ByColumn = Mapping[str, Any] | Sequence[tuple[str, Any]]
Decimal = Literal[".", ","] | None


@dataclass(frozen=True)
class Wishes:
    """What the user says of the columns.

    target: the labels. group: rows of one group stand on one side of a split. drop: left out.
    kinds: by name, where they are not to be found out. levels: of ordinal columns, low to high.
    Both as a mapping, or as pairs, for Hydra takes names such as größe in a list alone.
    decimal: "." where a comma in a number separates thousands, "," where it separates decimals,
    None to find out. classes: which ones, None for all.
    """

    target: str | None
    group: str | None = None
    drop: tuple[str, ...] = ()
    kinds: ByColumn | None = None
    levels: ByColumn | None = None
    decimal: Decimal = None
    classes: tuple[str, ...] | None = None

    def check(self) -> None:
        """A ValueError for what no table could fulfil."""
        for key in ("kinds", "levels"):
            if not _goes_by_column(getattr(self, key) or {}):
                example = {"kinds": "numeric", "levels": "[low, mid, high]"}[key]
                raise ValueError(
                    f"dataset.{key} goes by column, as in 'dataset.{key}={{NAME: {example}}}'; "
                    f"not {getattr(self, key)!r}"
                )
        possible = get_args(Kind)
        for name, kind in self.kind_of.items():
            if kind not in possible:
                raise ValueError(
                    f"dataset.kinds says {kind!r} of {name!r}; a column is {', '.join(possible)}"
                )
        for name, levels in self.levels_of.items():
            if self.kind_of[name] != "ordinal" or len(set(levels)) < max(len(levels), 2):
                raise ValueError(
                    f"dataset.levels is for ordinal columns: of {name!r} it needs two levels or "
                    "more, each once, from low to high, as in "
                    "'dataset.levels={grade: [low, mid, high]}'"
                )
        if self.decimal not in (None, ".", ","):
            raise ValueError(f"dataset.decimal is . or , or null, not {self.decimal!r}")

    @property
    def kind_of(self) -> dict[str, Kind]:
        """The kinds of dataset.kinds, and ordinal for what dataset.levels names."""
        given = {_word(name): kind for name, kind in dict(self.kinds or {}).items()}
        return {**dict.fromkeys(self.levels_of, "ordinal"), **given}

    @property
    def levels_of(self) -> dict[str, tuple[str, ...]]:
        """The levels of dataset.levels, as text."""
        return {
            _word(name): tuple(map(_word, levels if isinstance(levels, list | tuple) else ()))
            for name, levels in dict(self.levels or {}).items()
        }

    @property
    def facts(self) -> str:
        """What stands in mappings, as text for a key: the store's own keys take none."""
        return json.dumps([self.kind_of, self.levels_of], sort_keys=True)


def _goes_by_column(said: object) -> bool:
    if isinstance(said, list | tuple):
        return all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in said)
    return isinstance(said, Mapping)


def by_column(key: str, name: str, value: object) -> str:
    """What to type so that dataset.<key> says `value` of one column, in a shell's quotes.

    >>> print(by_column("kinds", "zip", "categorical"), by_column("kinds", "größe", "integer"))
    'dataset.kinds={zip: categorical}' 'dataset.kinds=[["größe",integer]]'
    """
    shown = value if isinstance(value, str) else _listed(value)
    plain = re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)
    pair = f"{{{name}: {shown}}}" if plain else f"[[{_quoted(name)},{shown}]]"
    return shlex.quote(f"dataset.{key}={pair}")


def listing(key: str, names: Sequence[str]) -> str:
    """What to type so that dataset.<key> lists these names, in a shell's quotes.

    >>> print(listing("drop", ["a", "b c"]))
    'dataset.drop=["a","b c"]'
    """
    return shlex.quote(f"dataset.{key}={_listed(names)}")


def _listed(names: Any) -> str:
    return f"[{','.join(map(_quoted, names))}]"


def _quoted(name: str) -> str:
    return printable(json.dumps(name, ensure_ascii=False))


def _word(value: object) -> str:
    """A name as the file has it: on a command line true and 3 are more than text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def choose_columns(pool: Sheet, test: Sheet | None, asked: Wishes) -> tuple[str, tuple[str, ...]]:
    """The target, and the columns to learn from; a DataError for names that there are not."""
    named = [n for n in pool.names if n not in pool.unnamed]
    if not asked.target:
        raise ConfigError(
            "dataset.target is missing; say which column holds the classes with "
            f"dataset.target=COLUMN: {pool.path} has {several(named, 20)}"
        )
    in_either = [*named, *(n for n in (test.names if test else ()) if n not in named)]
    _check_name([asked.target], "target", named, pool.path)
    _check_name([asked.group] if asked.group else [], "group", named, pool.path)
    _check_name(asked.drop, "drop", in_either, pool.path)
    _check_name(asked.levels_of, "levels", named, pool.path)
    _check_name(asked.kind_of, "kinds", named, pool.path)
    used: dict[str, Collection[str | None]] = {"drop": asked.drop, "kinds": asked.kind_of}
    for key, names in {**used, "group": [asked.group]}.items():
        if asked.target in names:
            raise ConfigError(f"{asked.target!r} is the target; take it out of dataset.{key}")
    for key, names in used.items():
        if asked.group in names:
            raise ConfigError(f"{asked.group!r} is the group; take it out of dataset.{key}")
    features = tuple(
        name for name in pool.names if name not in {asked.target, asked.group, *asked.drop}
    )
    if test is not None:
        _check_test(pool, test, {*named} - {*asked.drop}, asked.drop)
    return asked.target, features


def _check_name(wanted: Collection[str], key: str, names: Sequence[str], path: str) -> None:
    """A DataError for the first wanted name that is no column, with what could be meant."""
    unknown = [name for name in wanted if name not in names]
    if not unknown:
        return
    meant = [n for n in names if n.strip().lower() == unknown[0].strip().lower()]
    meant += get_close_matches(unknown[0], names, n=1)
    hint = f"did you mean {meant[0]!r}? " if meant else ""
    if not meant and all(_is_number(name) for name in names):
        hint = "does the file lack a header line? "
    raise DataError(
        f"dataset.{key} names {unknown[0]!r}, which is no column of {path}; {hint}"
        f"it has {several(names, 20)}"
    )


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _check_test(pool: Sheet, test: Sheet, wanted: set[str], drop: Collection[str]) -> None:
    """A DataError if the test file has other columns than the pool, whatever their order."""
    there = {*test.names} - {*test.unnamed, *drop}
    lacking = [name for name in pool.names if name in wanted - there]
    extra = [name for name in test.names if name in there - wanted]
    if lacking or extra:
        wrong = [f"lacks {several([repr(n) for n in lacking], 10)}"] if lacking else []
        wrong += [f"has {several([repr(n) for n in extra], 10)} beyond"] if extra else []
        raise DataError(
            f"the test file {test.path} {' and '.join(wrong)} the columns of {pool.path}; give "
            "both files the same columns, or leave some out with dataset.drop=[...]"
        )
