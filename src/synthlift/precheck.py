"""A command is found fit to run, or refused, before Hydra runs any of it.

The whole configuration is composed for that, `hydra.*` included: foreign code, wrong names, values
that no study can be built from, a launcher that contradicts the devices.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from synthlift.compose import as_raw, check, check_values, composing
from synthlift.core.errors import ConfigError
from synthlift.groups import Groups
from synthlift.launchers import in_turn, is_search, refuse_contradictions
from synthlift.overrides import (
    as_typed,
    as_words,
    in_words,
    parse,
    parse_flags,
    quoted,
    refuse_hydra_sweeps,
    refuse_sweeps,
    refuse_unsweepable,
)
from synthlift.say import say
from synthlift.sweeps.grouping import CHOSEN, role

NOTHING_NAMED = "hydra.sweeper.params=null"  # else Hydra sweeps a second time over what is named
MOST_TRIED = 32  # combinations of swept values that are composed to find one that fits
Composed = Callable[[Sequence[str]], DictConfig]


@dataclass(frozen=True)
class Asked:
    """A command that was found fit to run.

    words: as Hydra can read them: flags first, with quotes where it needs some. config_dir: the
    folder of the user's own yamls, if there is one. implied: what a yaml that sweeps adds to them.
    sweep: the folder of the sweep, None for a single study. is_search: whether its jobs are
    proposed one after the other, so that none is known beforehand.
    """

    words: tuple[str, ...]
    config_dir: str | None = None
    implied: tuple[str, ...] = ()
    sweep: Path | None = None
    is_search: bool = False

    @property
    def command(self) -> str:
        """The command, ready to be typed again."""
        return shlex.join(["synthlift", *as_typed(self.words)])

    @property
    def flags(self) -> list[str]:
        """What the command that reproduces a study has to repeat beside the overrides."""
        return ["--config-dir", self.config_dir] if self.config_dir else []

    @property
    def arguments(self) -> list[str]:
        """All that Hydra is told: of a sweep its folder too, which is known before it begins."""
        where = [f"hydra.sweep.dir={quoted(str(self.sweep))}"] if self.sweep else []
        return [*self.words, *self.implied, *where]


def precheck(words: Sequence[str]) -> Asked:
    """Refuse what can't be, before Hydra runs any of it.

    Of a sweep every value is composed and checked beside the first of the others: all choices of
    yamls, all texts, of numbers the smallest and the largest. What two values together make
    impossible is left to their job, as is what only the data can tell.
    """
    flags = parse_flags(words)
    parsed = parse(flags.overrides)
    refuse_hydra_sweeps(parsed)
    with composing(flags.config_dir, parsed) as (composed, groups):
        config = composed(groups.first_of(parsed))
        raw = as_raw(config)
        own, named = raw["hydra"], _named(raw["hydra"], parsed)
        every = [*parsed, *named]
        swept = [override for override in every if override.is_sweep_override()]
        by_yaml = own["mode"] == RunMode.MULTIRUN
        multirun = flags.multirun or (by_yaml and bool(swept))
        refuse_sweeps(parsed, multirun)
        wrong = next(filter(None, (groups.misnamed(override, raw) for override in swept)), None)
        if wrong := wrong or groups.unfit(every, raw):
            raise ConfigError(wrong)
        check(raw, groups)
        only_shown = bool(flags.cfg or flags.info)
        if multirun:
            refuse_unsweepable(swept, is_search(own))
            if is_search(own):
                _refuse_questions(swept)
            _check_sweep(every, composed, groups, None if only_shown else is_search(own))
            refuse_contradictions(own, raw.get("compute"))
        elif not only_shown:
            if not in_turn(own):
                raise ConfigError(
                    "hydra/launcher is for the jobs of a sweep, and this is one study; add -m and "
                    "several values, or leave it out"
                )
            check_values(config)
        runs_sweep = multirun and not only_shown
        folder = Path(str(config.hydra.sweep.dir)) if runs_sweep else None
    given = [word for word in words if word not in flags.overrides]
    implied: tuple[str, ...] = ()
    if runs_sweep:
        implied = (*as_words(named), NOTHING_NAMED)
    elif by_yaml and not only_shown:  # every number that it would sweep over is given: one study
        implied = ("hydra.mode=RUN",)
    asked = (*given, *as_words(parsed))
    return Asked(asked, flags.config_dir, implied, folder, runs_sweep and is_search(own))


def _named(own: Mapping[str, Any], parsed: Sequence[Override]) -> list[Override]:
    """What a yaml sweeps over, by hydra.sweeper.params, but for what is given on the command line.

    These become words of the command, so that they pass every check that typed ones pass.
    """
    given = {override.key_or_group for override in parsed}
    named = parse([f"{key}={values}" for key, values in (own["sweeper"]["params"] or {}).items()])
    for override in named:
        if override.key_or_group.startswith("hydra"):
            raise ConfigError(
                f"hydra.sweeper.params names {override.key_or_group}, which can't be swept"
            )
    return [override for override in named if override.key_or_group not in given]


def _refuse_questions(swept: Sequence[Override]) -> None:
    """A search finds settings for one question; what poses another one can't be searched."""
    for override in swept:
        if role(str(override.input_line)) != "candidate":
            raise ConfigError(
                f"{override.input_line}: a search is for settings of {', '.join(CHOSEN)}, which "
                "are chosen on validation rows; run one for each of these, or sweep over them"
            )


def _check_sweep(
    every: Sequence[Override], composed: Composed, groups: Groups, search: bool | None
) -> None:
    """Refuse names and code that any job would refuse, then values.

    A value that can't be is refused where it alone is swept. Beside other swept settings it may be
    the combination that can't be, so a line says that its jobs will fail, and the others run.
    search: whether the jobs are those of a search; None where nothing is to run.
    """
    first = {id(override): groups.to_check(override)[:1] for override in every}
    swept = [override for override in every if override.is_sweep_override()]
    base, found = composed(_words(every, first)), []
    for override in swept:
        for value in groups.to_check(override):
            if groups.options(override.key_or_group):
                _check_keys(override, value, every, composed, groups)
            config = _set(base, override, value)
            if config is None:
                config = composed(_words(every, {**first, id(override): [value]}))
            check(as_raw(config), groups)
            found.append((override, value, config))
    if search is None:
        return
    if not swept:
        check_values(base, search)
    doubts: list[tuple[str, ConfigError]] = []
    for _, value, config in found:
        try:
            check_values(config, search)
        except ConfigError as error:
            if len(swept) == 1 or search:
                raise
            doubts.append((value[-1], error))
    if doubts and not _any_fits(every, swept, composed, groups):
        raise doubts[0][1]
    for setting, doubt in doubts:
        say(f"jobs with {setting} may fail, the others run: {doubt}")


def _any_fits(
    every: Sequence[Override], swept: Sequence[Override], composed: Composed, groups: Groups
) -> bool:
    """Whether a study can be built from any combination of the values that are checked.

    Of very many only the first are tried, and one of the others is taken to fit.
    """
    fixed = {id(override): groups.to_check(override)[:1] for override in every}
    combinations = itertools.product(*(groups.to_check(override) for override in swept))
    for n, values in enumerate(combinations):
        if n == MOST_TRIED:
            return True
        chosen = {id(override): [value] for override, value in zip(swept, values, strict=True)}
        with contextlib.suppress(ConfigError), in_words():
            check_values(composed(_words(every, {**fixed, **chosen})))
            return True
    return False


def _check_keys(
    chosen: Override,
    value: Sequence[str],
    every: Sequence[Override],
    composed: Composed,
    groups: Groups,
) -> None:
    """Refuse a setting of a swept option that the option has not."""
    start = chosen.key_or_group.replace("/", ".") + "."
    keys = [override for override in every if override.key_or_group.startswith(start)]
    if not keys:
        return
    others = [override for override in every if override is not chosen]
    raw = as_raw(composed([*groups.choices(others), *value]))
    if wrong := next(filter(None, (groups.misnamed(key, raw) for key in keys)), None):
        raise ConfigError(f"with {value[-1]} {wrong}")


def _set(base: DictConfig, override: Override, value: Sequence[str]) -> DictConfig | None:
    """The configuration with a number in its place; anything else has to be composed.

    That takes twenty times as long.
    """
    (number,) = (one.value() for one in parse(value[-1:]))
    plain = not (override.is_add() or override.is_force_add() or override.is_delete())
    if not plain or isinstance(number, bool) or not isinstance(number, int | float):
        return None
    config = copy.deepcopy(base)
    OmegaConf.update(config, override.key_or_group, number)
    return config


def _words(overrides: Sequence[Override], taken: Mapping[int, list[list[str]]]) -> list[str]:
    """The words of one study, from those taken of each setting by its id."""
    return [word for override in overrides for value in taken[id(override)] for word in value]
