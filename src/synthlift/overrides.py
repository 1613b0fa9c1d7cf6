"""The words of a command line as Hydra reads them, and its refusals in the user's words."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import (
    IntervalSweep,
    Override,
    Quote,
    QuotedString,
    ValueType,
)
from hydra.errors import HydraException
from omegaconf.errors import InterpolationKeyError, OmegaConfBaseException

from synthlift.core.errors import ConfigError

REFUSED_FLAGS = ("experimental_rerun", "config_path", "config_name")


def parse_flags(words: Sequence[str]) -> argparse.Namespace:
    """Hydra's flags and, as `overrides`, the other words; those that let code in are refused."""
    from hydra._internal.utils import get_args_parser

    parser = get_args_parser()

    def refuse(message: str) -> NoReturn:
        raise ConfigError(f"{message}; see synthlift --help and synthlift --hydra-help")

    parser.error = refuse  # type: ignore[method-assign]
    flags = parser.parse_intermixed_args(list(words))
    for name in REFUSED_FLAGS:
        if getattr(flags, name, None):
            raise ConfigError(
                f"--{name.replace('_', '-')} is not supported: it takes other code or another "
                "configuration in; add a folder of your own yamls with --config-dir DIR"
            )
    if flags.config_dir and not Path(flags.config_dir).is_dir():
        raise ConfigError(f"--config-dir {flags.config_dir} is not a folder")
    return flags


def parse(words: Sequence[str]) -> list[Override]:
    """The settings as Hydra reads them; a ConfigError shows how one is written.

    A plain value that Hydra has no sign for, as the path /home/josé/photos (1), is taken as text:
    the `input_line` of its override has the quotes that Hydra needs.
    """
    parser, parsed = OverridesParser.create(), []
    for word in words:
        try:
            parsed.append(_parse_one(parser, word))
        except HydraException as error:
            raise ConfigError(
                f"can't read {word!r}: a setting is key=value, as in n_repeats=12; quote what has "
                "brackets, commas or spaces, as in 'arm=[real,synthetic]', and within brackets "
                'what is no plain word, as in \'dataset.classes=["thé","(a)"]\''
            ) from error
        if parsed[-1].key_or_group.startswith("hydra.searchpath"):
            raise ConfigError("hydra.searchpath is not supported; use --config-dir DIR")
    return parsed


def _parse_one(parser: OverridesParser, word: str) -> Override:
    key, _, value = word.partition("=")
    if not key:
        raise HydraException(f"{word!r} has no key")
    try:
        return parser.parse_override(word)
    except HydraException:
        if not value or value[0] in "[{\"'":  # a list or a text whose end is wrong
            raise
        return parser.parse_override(f"{key}={quoted(value)}")


def quoted(text: str) -> str:
    """A text as Hydra reads it whatever is in it."""
    return QuotedString(text=text, quote=Quote.double).with_quotes()


def as_words(parsed: Sequence[Override]) -> list[str]:
    """The settings as words that Hydra can read, each recipe behind one that empties its key.

    For Hydra merges mappings: an Adam's betas would be left in the RMSprop that replaces it. With
    ++, for of two words with one key a sweep keeps the last.
    """
    return [
        word
        for override in parsed
        for word in (*(f"++{word}" for word in emptied(override)), str(override.input_line))
    ]


def as_typed(words: Sequence[str]) -> list[str]:
    """The words without those that `as_words` put before a recipe.

    >>> as_typed(["++generator.ema=null", "generator.ema={_target_: Ema}", "++seed=null"])
    ['generator.ema={_target_: Ema}', '++seed=null']
    """
    recipes = {word.partition("{")[0] for word in words}
    return [
        word
        for word in words
        if not (word.startswith("++") and word.removesuffix("null")[2:] in recipes)
    ]


def emptied(override: Override) -> tuple[str, ...]:
    """The word that empties the key of a setting which is a whole recipe; none for any other."""
    whole = any(isinstance(value, dict) and "_target_" in value for value in values_of(override))
    typed_so = override.is_add() or override.is_force_add() or override.is_delete()
    return (f"{override.key_or_group}=null",) if whole and not typed_so else ()


def values_of(override: Override) -> list[Any]:
    """The value of an override, or all that a sweep gives it; empty where that can't be listed."""
    if not override.is_sweep_override():
        return [override.value()]
    if not override.is_discrete_sweep() or override.value_type == ValueType.GLOB_CHOICE_SWEEP:
        return []
    return [getattr(value, "text", value) for value in override.sweep_iterator()]


def refuse_hydra_sweeps(parsed: Sequence[Override]) -> None:
    """Hydra's own keys take one value only."""
    for override in parsed:
        if override.is_sweep_override() and override.key_or_group.startswith("hydra"):
            raise ConfigError(f"{override.key_or_group} can't be swept; give it a single value")


def refuse_sweeps(parsed: Sequence[Override], multirun: bool) -> None:
    """Several values for one key need -m, or a yaml that sweeps."""
    for override in parsed:
        if override.is_sweep_override() and not multirun:
            raise ConfigError(
                f"{override.input_line} names several values; add -m to run one study for each, or "
                "quote a text with a comma, as in 'dataset.root=\"a,b\"'"
            )


def refuse_unsweepable(swept: Sequence[Override], is_search: bool) -> None:
    """A sweep needs values; a search can take an interval, and no lists."""
    for override in swept:
        word, values = override.input_line, values_of(override)
        if override.is_interval_sweep():
            if not is_search:
                raise ConfigError(
                    f"{word} is an interval, which only a search can take: choose one, as in "
                    "sweep=weight, or name values, as in 0.1,0.3"
                )
            _refuse_interval(override)
        elif override.value_type != ValueType.GLOB_CHOICE_SWEEP and not values:
            raise ConfigError(f"{word} names no value; a range is range(start,stop,step)")
        if is_search and any(isinstance(value, list | dict) for value in values):
            raise ConfigError(
                f"{word} names lists or recipes, and a search chooses among words and numbers; "
                "write a yaml for each, and name these"
            )


def _refuse_interval(override: Override) -> None:
    """An interval goes up, and from above 0 where its logarithm is searched."""
    interval = override.value()
    assert isinstance(interval, IntervalSweep)
    start, end = interval.start, interval.end
    assert start is not None
    assert end is not None
    if not start < end:
        raise ConfigError(f"{override.input_line} is empty: an interval is interval(low,high)")
    if "log" in interval.tags and start <= 0:
        raise ConfigError(f"{override.input_line} begins at {start:g}, which has no logarithm")


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """Errors of Hydra and OmegaConf as a ConfigError of one line."""
    try:
        yield
    except InterpolationKeyError as error:
        where = f"{error.full_key} " if error.full_key else "a value "
        raise ConfigError(f"{where}refers to a key that is not there: {_line(error)}") from error
    except (HydraException, OmegaConfBaseException) as error:
        cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else None
        said = [_line(e) for e in (error, cause) if e is not None and str(e).strip()]
        raise ConfigError(": ".join(said) or type(error).__name__) from error


def _line(error: BaseException) -> str:
    """The first line of what an error says; the next one, too, where that only announces it."""
    first, *others = str(error).strip().splitlines()
    return (
        f"{first} {others[0].strip()}".rstrip(".:")
        if first.endswith(":") and others
        else first.rstrip(".:")
    )
