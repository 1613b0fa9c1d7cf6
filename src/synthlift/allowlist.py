"""What a configuration may run: an allowlist of targets that denies by default.

Hydra instantiates callbacks, launchers and loggers of its own before a study starts, and its own
blocklist lets `torch.load` and the like through, so the whole configuration is checked before Hydra
sees it.
"""

from __future__ import annotations

import contextlib
import importlib
import logging.config
import os
from collections.abc import Iterator, Mapping
from typing import Any

from synthlift.core.errors import ConfigError

HYDRA_TARGETS = (  # launchers and sweepers; what their settings could run is in UNUSED
    "hydra._internal.core_plugins.",
    "hydra_plugins.hydra_joblib_launcher.",
    "hydra_plugins.hydra_submitit_launcher.",
    "hydra_plugins.hydra_ray_launcher.ray_launcher.",  # its cloud launcher runs commands
    "hydra_plugins.hydra_optuna_sweeper.",
    "optuna.samplers.",
)
UNUSED = (
    "hydra.callbacks",
    "hydra.job.env_set",
    "hydra.job.env_copy",
    "hydra.launcher.setup",  # shell commands
    "hydra.launcher.python",
    "hydra.launcher.additional_parameters",
    "hydra.launcher.env_set",
    "hydra.launcher.ray.init.runtime_env",
    "hydra.launcher.ray.remote.runtime_env",
    "hydra.launcher.ray.run_env",
    "hydra.sweeper.custom_search_space",
)
TRUST = "SYNTHLIFT_TRUST"


def trusted_packages() -> tuple[str, ...]:
    """Ours, and what the environment adds; no configuration can, since it may set no variable."""
    return ("synthlift", *filter(None, os.environ.get(TRUST, "").split(",")))


def refuse_foreign_code(config: Any, key: str = "") -> None:
    """Walk a whole configuration, `hydra.*` included, and refuse what would run other code.

    Beside `_target_`, Hydra's part has doors of its own: callbacks, environment variables, and a
    logging configuration whose `()`, `class` and `ext://` name any object. A study uses none.
    """
    if isinstance(config, Mapping):
        for name, value in config.items():
            where = f"{key}.{name}" if key else str(name)
            if name == "_target_":
                _refuse_target(value, where, where.startswith("hydra."))
            elif name == "()" or (name == "class" and where.startswith("hydra.")):
                raise ConfigError(
                    f"{where} is {value!r}; no class is on the allowlist here, synthlift logs by "
                    "itself: remove it"
                )
            refuse_foreign_code(value, where)
            if where in UNUSED and value:
                raise ConfigError(f"{where} is set; synthlift uses nothing of it: remove it")
    elif isinstance(config, list | tuple):
        for i, value in enumerate(config):
            refuse_foreign_code(value, f"{key}[{i}]")
    elif isinstance(config, str) and key.startswith("hydra.") and "oc.decode" in config:
        raise ConfigError(f"{key} is {config!r}, which could decode to code: remove it")
    elif isinstance(config, str) and config.startswith("ext://"):
        raise ConfigError(
            f"{key} is {config!r}, which names code and is not on the allowlist: remove it"
        )


def _refuse_target(target: Any, where: str, in_hydra: bool) -> None:
    """Hydra follows a dotted path through any module, so its part is held to its own plugins."""
    if in_hydra:
        if not (isinstance(target, str) and target.startswith(HYDRA_TARGETS)):
            raise ConfigError(
                f"{where} is {target!r}, which is outside the allowlist; Hydra may load its own "
                "launchers and sweepers (basic, joblib, submitit, ray, optuna) and nothing else: "
                "remove it"
            )
    elif not isinstance(target, str) or target.split(".")[0] not in trusted_packages():
        raise ConfigError(
            f"{where} is {target!r}, which is outside the allowlist; remove it, or trust your own "
            f"package with {TRUST}=PACKAGE in the environment"
        )


def refuse_logging_configuration() -> None:
    """Let nothing configure logging in this process any more."""
    for module, name in _logging_doors():
        setattr(module, name, lambda config: None)


def _logging_doors() -> list[tuple[Any, str]]:
    doors: list[tuple[Any, str]] = [(logging.config, "dictConfig")]
    with contextlib.suppress(ImportError):  # from 1.3.8 on Hydra has a configurator of its own
        own = importlib.import_module("hydra._internal.logging_config")
        doors.append((own, "configure_logging"))
    return doors


@contextlib.contextmanager
def without_logging_configuration() -> Iterator[None]:
    """Keep Hydra from configuring logging: a swept value would run there before our checks."""
    doors = _logging_doors()
    kept = [getattr(module, name) for module, name in doors]
    refuse_logging_configuration()
    try:
        yield
    finally:
        for (module, name), function in zip(doors, kept, strict=True):
            setattr(module, name, function)
