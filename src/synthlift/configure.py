"""From a configuration to typed values.

Nothing is built that is not allowlisted, and every refusal names its key.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from synthlift.allowlist import TRUST, refuse_foreign_code, trusted_packages
from synthlift.catalog import folders, settings
from synthlift.coerce import with_types
from synthlift.core.errors import ConfigError, SynthliftError
from synthlift.experiment import Experiment
from synthlift.loggers.base import Logger
from synthlift.loggers.csv import Csv
from synthlift.stages.compute import Compute

if TYPE_CHECKING:
    from synthlift.sweeps.objective import Objective

ELSEWHERE = ("hydra", "command", "store", "logger", "objective")  # read by the command line


def experiment(config: Mapping[str, Any]) -> tuple[Experiment, Compute]:
    """The study that a resolved configuration describes, and what it runs on.

    Every key of it goes somewhere; one that no recipe takes is a ConfigError.
    """
    refuse_foreign_code(config)
    part = {name: build(value, name) for name, value in config.items() if name not in ELSEWHERE}
    if not isinstance(part.get("compute"), Compute):
        raise ConfigError(f"compute is {part.get('compute')!r}; choose one, as in compute=default")
    for group in ("arm", "classifier", "metric"):
        if not isinstance(part.get(group) or {}, Mapping):
            raise ConfigError(f"{group} is {part[group]!r}; choose some, as in {group}=[...]")
        for name, made in (part.get(group) or {}).items():
            if isinstance(made, Mapping):
                raise ConfigError(
                    f"{group}.{name} is set, but {name} is not chosen; add it to {group}=[...]"
                )
            if not dataclasses.is_dataclass(made):
                raise ConfigError(f"{group}.{name} is a recipe with a _target_, not {made!r}")
    part["arms"] = part.pop("arm", None) or {}
    part["classifiers"] = part.pop("classifier", None) or {}
    compute, metrics = part.pop("compute"), (part.pop("metric", None) or {}).values()
    part["scores"] = tuple(m for m in metrics if hasattr(m, "score"))
    part["fidelity"] = tuple(m for m in metrics if hasattr(m, "measure"))
    return _call(Experiment, part, ""), compute


def logger(config: Mapping[str, Any]) -> Logger:
    """Where the curves of the trainings go; of a configuration that does not say, nowhere else."""
    made = build(config.get("logger"), "logger") if config.get("logger") is not None else Csv()
    if not (hasattr(made, "check") and hasattr(made, "open")):
        raise ConfigError(f"logger is {made!r}; choose one, as in logger=tensorboard")
    checked: Logger = made
    return checked


def objective(config: Mapping[str, Any]) -> Objective:
    """What a search climbs; a ConfigError where the configuration does not say."""
    made = build(config.get("objective"), "objective")
    if not hasattr(made, "check_directions"):
        raise ConfigError(
            f"a search needs an objective, not {made!r}; take one from a preset, as in "
            "sweep=weight, or give one, as in 'objective={_target_: "
            "synthlift.sweeps.objective.Objective, arm: augmented_synthetic}'"
        )
    checked: Objective = made
    return checked


def build(node: Any, key: str) -> Any:
    """A value as it is, a list as a tuple, a mapping with `_target_` as an object of that class."""
    if isinstance(node, Mapping):
        made = {
            name: build(value, f"{key}.{name}")
            for name, value in node.items()
            if name != "_target_"
        }
        return _call(_locate(node["_target_"], key), made, key) if "_target_" in node else made
    if isinstance(node, list | tuple):
        return tuple(build(value, f"{key}[{i}]") for i, value in enumerate(node))
    return node


def _call(recipe: Any, arguments: dict[str, Any], key: str) -> Any:
    missing = [
        f.name
        for f in dataclasses.fields(recipe)
        if f.init
        and f.name not in arguments
        and f.default is f.default_factory is dataclasses.MISSING
    ]
    unknown = sorted(set(arguments) - {f.name for f in dataclasses.fields(recipe) if f.init})
    if missing or unknown:
        wrong = f"lacks {', '.join(missing)}" if missing else f"has no {', '.join(unknown)}"
        hint = "" if missing else _hint(key, unknown)
        whose = key or "the study"
        raise ConfigError(f"{whose} {wrong}; {recipe.__name__} takes {_fields(recipe)}{hint}")
    typed = with_types(recipe, arguments, key)
    try:
        return recipe(**typed)
    except SynthliftError:
        raise
    except (TypeError, ValueError) as error:
        raise ConfigError(_with_key(str(error), key)) from error


def _with_key(said: str, key: str) -> str:
    """A message with the key that it is about, once, whether or not it names one itself.

    >>> _with_key("generator.penalty.every is at least 1", "generator.penalty")
    'generator.penalty.every is at least 1'
    >>> _with_key("every is at least 1", "generator.penalty")
    'generator.penalty: every is at least 1'
    >>> _with_key("generator: Adam takes a rate above 0", "generator.critic_optimizer")
    'generator.critic_optimizer: Adam takes a rate above 0'
    """
    group = key.partition(".")[0]
    if not key or said.startswith((f"{key}:", f"{group}.", f"{group}/", f"{group}=")):
        return said
    return f"{key}: {said.removeprefix(f'{group}: ')}"


def _hint(key: str, unknown: Collection[str]) -> str:
    """Which options of a group, as of generator.penalty, take what another one does not."""
    group = key.replace(".", "/")
    options = settings(group, folders()).items()
    having = [option for option, keys in options if keys.issuperset(unknown)]
    return f"; of {group} these have it: {', '.join(having)}" if having else ""


def _fields(recipe: Any) -> str:
    return ", ".join(f.name for f in dataclasses.fields(recipe) if f.init) or "no settings"


def _locate(target: Any, key: str) -> Any:
    """The recipe class that a `_target_` names.

    A frozen dataclass of a trusted package, nothing else.
    """
    allowed = trusted_packages()
    if not isinstance(target, str) or target.split(".")[0] not in allowed:
        raise ConfigError(
            f"{key}._target_ is {target!r}, which is outside the allowlist ({', '.join(allowed)}); "
            f"to trust your own package set {TRUST}=PACKAGE in the environment"
        )
    module_name, _, name = target.rpartition(".")
    try:
        found = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"{key}._target_ is {target!r}, but there is no such recipe ({error})"
        ) from error
    home = getattr(found, "__module__", "").split(".")[0]
    if not (isinstance(found, type) and dataclasses.is_dataclass(found) and home in allowed):
        raise ConfigError(
            f"{key}._target_ is {target!r}, which is no recipe of {' or '.join(allowed)}"
        )
    if not found.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise ConfigError(f"{key}._target_ is {target!r}, which can change; make it frozen")
    return found
