"""From words of the command line to configurations: composed, checked, resolved.

With `overrides.py`, `groups.py` and `launch.py` the only file that knows Hydra, whose
errors leave it as ConfigErrors.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from synthlift.allowlist import refuse_foreign_code
from synthlift.core.errors import ConfigError, SynthliftError
from synthlift.groups import Groups
from synthlift.overrides import (
    as_typed,
    as_words,
    in_words,
    parse,
    parse_flags,
    refuse_hydra_sweeps,
    refuse_sweeps,
    values_of,
)
from synthlift.suggest import wrong_option

CONFIG = "synthlift.conf"
NOTHING_NAMED = "hydra.sweeper.params=null"  # else Hydra sweeps a second time over what is named


@dataclass(frozen=True)
class Asked:
    """A command that was found fit to run.

    words: as Hydra can read them: flags first, with quotes where it needs some. config_dir: the
    folder of the user's own yamls, if there is one. implied: what a yaml that sweeps adds to them.
    """

    words: tuple[str, ...]
    config_dir: str | None = None
    implied: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The command, ready to be typed again."""
        return shlex.join(["synthlift", *as_typed(self.words)])

    @property
    def flags(self) -> list[str]:
        """What the command that reproduces a study has to repeat beside the overrides."""
        return ["--config-dir", self.config_dir] if self.config_dir else []


def compose(overrides: Sequence[str] = (), config_dir: str | None = None) -> dict[str, Any]:
    """The configuration of one study, resolved, as `configure.experiment` takes it.

    config_dir: a folder of the user's own yamls. Foreign code, a wrong name and what would be a
    sweep are a ConfigError.
    """
    parsed = parse(overrides)
    refuse_hydra_sweeps(parsed)
    refuse_sweeps(parsed, multirun=False)
    with _composing(config_dir, parsed) as (composed, groups):
        config = composed(groups.first_of(parsed))
        raw = _raw(config)
        _refuse_unfit(parsed, raw, groups)
        check(raw, groups)
        return resolve(config)


def precheck(words: Sequence[str]) -> Asked:
    """Refuse wrong names, and foreign code before Hydra runs any of it.

    For that the whole configuration is composed, `hydra.*` included: of a sweep the one with the
    first of each choice. Its other values are checked by name here, and whole by each job. The
    values of a single study are checked here, too: composing is most of what a refusal takes.
    """
    flags = parse_flags(words)
    parsed = parse(flags.overrides)
    refuse_hydra_sweeps(parsed)
    with _composing(flags.config_dir, parsed) as (composed, groups):
        config = composed(groups.first_of(parsed))
        raw = _raw(config)
        named = _named(raw["hydra"], parsed)
        swept = [override for override in (*parsed, *named) if override.is_sweep_override()]
        by_yaml = raw["hydra"]["mode"] == RunMode.MULTIRUN
        multirun = flags.multirun or (by_yaml and bool(swept))
        refuse_sweeps(parsed, multirun)
        wrong = next(filter(None, (groups.misnamed(override, raw) for override in swept)), None)
        if wrong:
            raise ConfigError(wrong)
        _refuse_unfit([*parsed, *named], raw, groups)
        check(raw, groups)
        only_shown = bool(flags.cfg or flags.info)
        if not (multirun or only_shown):
            _check_values(config)
    given = [word for word in words if word not in flags.overrides]
    implied: tuple[str, ...] = ()
    if multirun and not only_shown:
        implied = (*as_words(named), NOTHING_NAMED)
    elif by_yaml and not only_shown:  # every number that it would sweep over is given: one study
        implied = ("hydra.mode=RUN",)
    return Asked((*given, *as_words(parsed)), flags.config_dir, implied)


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


def recipes_of(group: str, config: Mapping[str, Any], config_dir: str | None) -> dict[str, Any]:
    """Every recipe of a group that can be built beside the rest of a job, by its setting."""
    from synthlift.configure import build

    many, found = "_target_" not in config[group], {}
    with _composing(config_dir, []) as (_, groups):
        for name in sorted(groups.options(group)):
            with contextlib.suppress(SynthliftError):  # one that needs more settings
                with in_words():
                    alone = _hydra_compose(groups.places, f"{group}/{name}")
                    node = resolve(OmegaConf.create({**config, group: alone[group]}))[group]
                setting = f"{group}=[{name}]" if many else f"{group}={name}"
                found[setting] = build(node[name] if many else node, group)
    return found


@contextlib.contextmanager
def _composing(
    config_dir: str | None, parsed: Sequence[Override]
) -> Iterator[tuple[Callable[[Sequence[str]], DictConfig], Groups]]:
    """A function that composes, `hydra.*` included, and explains by name what it can't."""
    groups = Groups(config_dir)

    def composed(overrides: Sequence[str]) -> DictConfig:
        try:
            return _hydra_compose([*overrides, *groups.places])
        except (HydraException, OmegaConfBaseException, TypeError, ValueError) as error:
            if wrong := _first_misnamed(parsed, groups):
                raise ConfigError(wrong) from error
            if isinstance(error, HydraException | OmegaConfBaseException):
                raise
            given = " ".join(overrides)  # a group set to null
            raise ConfigError(f"can't compose the configuration of {given}: {error}") from error

    kept = GlobalHydra.instance().hydra  # of a program that uses Hydra itself
    GlobalHydra.instance().clear()
    try:
        with hydra.initialize_config_module(CONFIG, version_base="1.3"), in_words():
            yield composed, groups
    finally:
        GlobalHydra.instance().hydra = kept


def _hydra_compose(words: Sequence[str], name: str = "config") -> DictConfig:
    return hydra.compose(name, list(words), return_hydra_config=True)


def _first_misnamed(parsed: Sequence[Override], groups: Groups) -> str | None:
    """What is wrong with the first name that is; choices first, for keys depend on them."""
    wrong = next(filter(None, (groups.misnamed(override, {}) for override in parsed)), None)
    if wrong:
        return wrong
    with contextlib.suppress(HydraException, OmegaConfBaseException, TypeError, ValueError):
        above = [override for override in parsed if "/" not in override.key_or_group]
        raw = _raw(_hydra_compose([*groups.choices(above), *groups.places]))
        if wrong := groups.unfit(parsed, raw):
            return wrong
        if len(above) < len(parsed):
            raw = _raw(_hydra_compose([*groups.choices(parsed), *groups.places]))
        return next(filter(None, (groups.misnamed(override, raw) for override in parsed)), None)
    return None


def _refuse_unfit(parsed: Sequence[Override], raw: Mapping[str, Any], groups: Groups) -> None:
    """Refuse a choice within an option that has none, and a key that a swept option lacks.

    The study with the first of each choice is composed already; of a sweep the other options of a
    group are composed where keys of theirs are set.
    """
    if wrong := groups.unfit(parsed, raw):
        raise ConfigError(wrong)
    for swept in parsed:
        group = swept.key_or_group
        start = group.replace("/", ".") + "."
        keys = [override for override in parsed if override.key_or_group.startswith(start)]
        if not (keys and swept.is_sweep_override() and groups.options(group)):
            continue
        fixed = groups.choices([override for override in parsed if override is not swept])
        for value in values_of(swept)[1:]:
            option = _raw(_hydra_compose([*fixed, f"{group}={value}", *groups.places]))
            wrong = next(filter(None, (groups.misnamed(key, option) for key in keys)), None)
            if wrong:
                raise ConfigError(f"with {group}={value} {wrong}")


def check(raw: Mapping[str, Any], groups: Groups) -> None:
    """Refuse foreign code, a choice made as a value, and an arm whose baseline is no arm."""
    refuse_foreign_code(raw)
    if wrong := groups.named_as_values(raw):
        raise ConfigError(wrong)
    arms = raw.get("arm")
    arms = arms if isinstance(arms, Mapping) else {}
    known = {*map(str, arms), *groups.options("arm")}
    for name, arm in arms.items():
        baseline = arm.get("baseline") if isinstance(arm, Mapping) else None
        if isinstance(baseline, str) and baseline not in known and "${" not in baseline:
            raise ConfigError(wrong_option(f"arm.{name}.baseline", baseline, known, "arm"))


def _check_values(config: DictConfig) -> None:
    """Refuse what no study can be built from; a value that Hydra gives a run is left for later."""
    from synthlift.configure import experiment

    with contextlib.suppress(OmegaConfBaseException):
        experiment(resolve(config))


def _raw(config: DictConfig) -> dict[str, Any]:
    raw = OmegaConf.to_container(config, resolve=False)
    assert isinstance(raw, dict)
    return {str(name): value for name, value in raw.items()}


def resolve(config: DictConfig) -> dict[str, Any]:
    """The study's own part as plain values."""
    own = OmegaConf.masked_copy(config, [str(name) for name in config if name != "hydra"])
    resolved = OmegaConf.to_container(own, resolve=True)
    assert isinstance(resolved, dict)
    return {str(name): value for name, value in resolved.items()}
