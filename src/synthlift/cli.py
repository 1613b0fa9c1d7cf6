"""The command line: compose, check, run, write the report, print the table.

The only file that knows Hydra.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import json
import logging
import logging.config
import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from synthlift.allowlist import refuse_foreign_code
from synthlift.core.errors import ConfigError, SynthliftError

CONFIG = "synthlift.conf"
_failures: list[str] = []
_config_dir: list[str] = []  # the flag that adds the user's own yamls, for the reproducing command


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; the exit status is 0 when every study has its report."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _failures.clear()
    logging.basicConfig(format="synthlift: %(message)s", level=logging.WARNING)
    with _explained():
        if words[:1] == ["report"]:
            _rebuild(words[1:])
        else:
            _config_dir[:] = _precheck(words)
            sys.argv = ["synthlift", *words]
            os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us, who explain them
            with _without_logging_configuration():
                _hydra_main()
    return 1 if _failures else 0


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Expected errors as one message without a traceback."""
    try:
        yield
    except (SynthliftError, HydraException, OmegaConfBaseException) as error:
        _fail(str(error) or str(error.__cause__ or type(error).__name__))
    except OSError as error:
        _fail(
            f"can't use {error.filename or 'a file'}: {error.strerror or error}; "
            "give another folder with hydra.run.dir=PATH or store=PATH"
        )
    except KeyboardInterrupt:
        _fail("stopped; run the same command again to go on from here")


def _fail(message: str) -> None:
    print(f"synthlift: {message.strip()}", file=sys.stderr)
    _failures.append(message)


def _precheck(words: Sequence[str]) -> list[str]:
    """Refuse foreign code before Hydra runs any of it.

    For that the whole configuration is composed, `hydra.*` included. What a sweep puts in its place
    is checked by each job. Returns the flag --config-dir, if it was given.
    """
    from hydra._internal.utils import get_args_parser
    from hydra.core.override_parser.overrides_parser import OverridesParser

    flags = get_args_parser().parse_args(list(words))
    for name in ("experimental_rerun", "config_path", "config_name"):
        if getattr(flags, name, None):
            raise ConfigError(
                f"--{name.replace('_', '-')} is not supported: it takes other code or another "
                "configuration in; add a folder of your own yamls with --config-dir DIR"
            )
    overrides: list[str] = []
    for override in OverridesParser.create().parse_overrides(list(flags.overrides)):
        if override.key_or_group.startswith("hydra.searchpath"):
            raise ConfigError("hydra.searchpath is not supported; use --config-dir DIR")
        if not override.is_sweep_override():
            overrides.append(str(override.input_line))
        elif override.key_or_group.startswith("hydra"):
            raise ConfigError(f"{override.key_or_group} can't be swept; give it a single value")
        elif not flags.multirun:
            raise ConfigError(
                f"{override.input_line} names several values; add -m to run one study for each"
            )
    if flags.config_dir:
        if not Path(flags.config_dir).is_dir():
            raise ConfigError(f"--config-dir {flags.config_dir} is not a folder")
        folder = str(Path(flags.config_dir).absolute()).replace("'", "\\'")
        overrides.append(f"hydra.searchpath=['file://{folder}']")
    with hydra.initialize_config_module(CONFIG, version_base="1.3"):
        try:
            config = hydra.compose("config", overrides, return_hydra_config=True)
        except ValueError as error:  # a group set to null
            given = " ".join(overrides)
            raise ConfigError(f"can't compose the configuration of {given}: {error}") from error
    raw = OmegaConf.to_container(config, resolve=False)
    assert isinstance(raw, dict)
    refuse_foreign_code(raw)
    for swept in raw["hydra"]["sweeper"].get("params") or {}:
        if str(swept).lstrip("+~").startswith("hydra"):
            raise ConfigError(f"hydra.sweeper.params names {swept}, which can't be swept")
    return ["--config-dir", flags.config_dir] if flags.config_dir else []


@contextlib.contextmanager
def _without_logging_configuration() -> Iterator[None]:
    """Keep Hydra from configuring logging: a swept value would run there before our checks."""
    doors: list[tuple[Any, str]] = [(logging.config, "dictConfig")]
    with contextlib.suppress(ImportError):  # from 1.3.8 on Hydra has a configurator of its own
        own = importlib.import_module("hydra._internal.logging_config")
        doors.append((own, "configure_logging"))
    kept = [getattr(module, name) for module, name in doors]
    for module, name in doors:
        setattr(module, name, lambda config: None)
    try:
        yield
    finally:
        for (module, name), function in zip(doors, kept, strict=True):
            setattr(module, name, function)


@hydra.main(version_base="1.3", config_path=f"pkg://{CONFIG}", config_name="config")
def _hydra_main(config: DictConfig) -> None:
    with _explained():
        own = HydraConfig.get()
        refuse_foreign_code({"hydra": OmegaConf.to_container(own, resolve=False)})
        folder = Path(own.runtime.output_dir)
        command = shlex.join(["synthlift", *_config_dir, *own.overrides.task])
        resolved = _resolve(config)
        run_one({**resolved, "command": command}, folder, frozen=False)


def _resolve(config: DictConfig) -> dict[str, Any]:
    resolved = OmegaConf.to_container(config, resolve=True)
    assert isinstance(resolved, dict)
    return {str(name): value for name, value in resolved.items()}


def _rebuild(words: Sequence[str]) -> None:
    """`synthlift report DIR`: the report of a finished run, from the store alone."""
    if len(words) != 1:
        raise ConfigError(
            "synthlift report takes one folder of a run: synthlift report outputs/runs/NAME"
        )
    folder = Path(words[0])
    if not (folder / "config.yaml").is_file():
        raise ConfigError(f"{folder} is not the folder of a run: it has no config.yaml")
    try:
        loaded = OmegaConf.load(folder / "config.yaml")
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{folder / 'config.yaml'} is damaged: {error}") from error
    if not isinstance(loaded, DictConfig) or not {"store", "command"} <= set(loaded):
        raise ConfigError(f"{folder / 'config.yaml'} is damaged: it is no configuration of a run")
    run_one(_resolve(loaded), folder, frozen=True)


def _earlier_provenance(folder: Path) -> dict[str, Any] | None:
    """The provenance that the run itself wrote; None where there is none to be read."""
    try:
        found = json.loads((folder / "report.json").read_text())["provenance"]
        return found if {"command", "seconds", "stages"} <= set(found) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def run_one(config: dict[str, Any], folder: Path, frozen: bool) -> None:
    """Run a study, write its folder, print what it found; frozen only reads it from the store."""
    # late: a wrong key or --help answers without them
    from synthlift.configure import experiment
    from synthlift.core.manifest import environment
    from synthlift.exhibits import exhibits, trial_rows
    from synthlift.report.write import replace_file, write_report
    from synthlift.show import Watcher, print_report
    from synthlift.workers import read_study, run_study

    study, compute = experiment(config)
    if not isinstance(config.get("store"), str) or not config["store"]:
        raise ConfigError(f"store is the path of a folder, not {config.get('store')!r}")
    root = Path(config["store"])
    started = time.monotonic()
    if frozen:
        report, repeats, store = read_study(study, root, compute)
    else:
        replace_file(folder / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(config)))
        watching = functools.partial(Watcher, n_stages=study.n_stages)
        report, repeats, store = run_study(study, root, compute, watching)
    provenance = {
        "command": config["command"],
        "seed": study.seed,
        "seconds": round(time.monotonic() - started, 1),
        "stages": {"run": len(store.executed), "reused": len(store.reused)},
        "versions": environment(),
        "compute": config["compute"],
    }
    if frozen:  # what it took is said by the run, not by the reading
        provenance = _earlier_provenance(folder) or provenance
    report = dataclasses.replace(report, provenance=provenance)
    write_report(report, trial_rows(repeats, study.scores), exhibits(repeats), folder)
    print_report(report, folder)


if __name__ == "__main__":
    sys.exit(main())
