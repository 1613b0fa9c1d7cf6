"""From words of the command line to configurations: composed, checked, resolved.

With `precheck.py`, `overrides.py`, `groups.py` and `launch.py` all that knows Hydra, whose errors
leave it as ConfigErrors.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from synthlift.allowlist import refuse_foreign_code
from synthlift.core.errors import ConfigError, SynthliftError
from synthlift.groups import Groups
from synthlift.overrides import in_words, parse, refuse_hydra_sweeps, refuse_sweeps
from synthlift.suggest import wrong_option

CONFIG = "synthlift.conf"


def compose(overrides: Sequence[str] = (), config_dir: str | None = None) -> dict[str, Any]:
    """The configuration of one study, resolved, as `configure.experiment` takes it.

    config_dir: a folder of the user's own yamls. Foreign code, a wrong name and what would be a
    sweep are a ConfigError.
    """
    parsed = parse(overrides)
    refuse_hydra_sweeps(parsed)
    refuse_sweeps(parsed, multirun=False)
    with composing(config_dir, parsed) as (composed, groups):
        config = composed(groups.first_of(parsed))
        raw = as_raw(config)
        if wrong := groups.unfit(parsed, raw):
            raise ConfigError(wrong)
        check(raw, groups)
        return resolve(config)


def recipes_of(group: str, config: Mapping[str, Any], config_dir: str | None) -> dict[str, Any]:
    """Every recipe of a group that can be built beside the rest of a job, by its setting."""
    from synthlift.configure import build

    many, found = "_target_" not in config[group], {}
    with composing(config_dir, []) as (_, groups):
        for name in sorted(groups.options(group)):
            with contextlib.suppress(SynthliftError):  # one that needs more settings
                with in_words():
                    alone = _hydra_compose(groups.places, f"{group}/{name}")
                    node = resolve(OmegaConf.create({**config, group: alone[group]}))[group]
                setting = f"{group}=[{name}]" if many else f"{group}={name}"
                found[setting] = build(node[name] if many else node, group)
    return found


@contextlib.contextmanager
def composing(
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
        raw = as_raw(_hydra_compose([*groups.choices(above), *groups.places]))
        if wrong := groups.unfit(parsed, raw):
            return wrong
        if len(above) < len(parsed):
            raw = as_raw(_hydra_compose([*groups.choices(parsed), *groups.places]))
        return next(filter(None, (groups.misnamed(override, raw) for override in parsed)), None)
    return None


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


def check_values(config: DictConfig, is_search: bool = False) -> None:
    """Refuse what no study can be built from; a value that Hydra gives a run is left for later.

    is_search: each study has to answer what the search asks.
    """
    from synthlift.configure import experiment, objective

    with contextlib.suppress(OmegaConfBaseException):
        resolved = resolve(config)
        study, _ = experiment(resolved)
        if is_search:
            wanted = objective(resolved)
            wanted.check(study)
            wanted.check_directions(_plain(config.hydra.sweeper.direction))


def as_raw(config: DictConfig) -> dict[str, Any]:
    """A configuration as plain values, `hydra.*` included, nothing resolved."""
    raw = OmegaConf.to_container(config, resolve=False)
    assert isinstance(raw, dict)
    return {str(name): value for name, value in raw.items()}


def _plain(node: Any) -> Any:
    return OmegaConf.to_container(node) if OmegaConf.is_config(node) else str(node)


def resolve(config: DictConfig) -> dict[str, Any]:
    """The study's own part as plain values."""
    own = OmegaConf.masked_copy(config, [str(name) for name in config if name != "hydra"])
    resolved = OmegaConf.to_container(own, resolve=True)
    assert isinstance(resolved, dict)
    return {str(name): value for name, value in resolved.items()}
