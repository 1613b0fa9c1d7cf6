"""Hydra at work: one study, or one per job of a sweep, each handed over to a task."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from synthlift.allowlist import refuse_foreign_code, without_logging_configuration
from synthlift.completion import offers
from synthlift.compose import CONFIG, check, resolve
from synthlift.core.errors import ConfigError
from synthlift.groups import Groups
from synthlift.launchers import in_turn, jobs_at_once
from synthlift.overrides import as_typed, in_words, parse, parse_flags
from synthlift.precheck import Asked

NO_BEST = ("Record does not exist.", "No trials are completed yet.")  # of sqlite, and of memory


@dataclass(frozen=True)
class Job:
    """One study as Hydra hands it over.

    overrides: as typed, with a sweep's values in their place. sweep: the folder of the sweep, None
    for a single study. number: in the sweep, from 0. at_once: jobs that share this machine, itself
    among them.
    """

    folder: Path
    command: str
    overrides: tuple[str, ...]
    sweep: Path | None = None
    number: int = 0
    at_once: int = 1


def launch(asked: Asked, task: Callable[[DictConfig], Any]) -> None:
    """Let Hydra run `task(config)`: once, or once per job of a sweep, perhaps in other processes.

    Such a process is sent the task, which has to be a value that can be pickled.
    """
    flags = parse_flags(asked.words)
    if flags.multirun and (flags.cfg or flags.info):
        raise ConfigError(
            "--cfg and --info show one study, and -m runs several; leave -m out, and give one "
            "value for each setting"
        )
    if asked.is_search:
        _quieten_search()
    sys.argv = ["synthlift", *asked.arguments]
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us, who explain them
    decorate = hydra.main(version_base="1.3", config_path=f"pkg://{CONFIG}", config_name="config")
    with without_logging_configuration(), in_words(), _without_best():
        decorate(task)()


@contextlib.contextmanager
def _without_best() -> Iterator[None]:
    """Let a search of which every trial failed end as others do: Optuna wants a best one.

    The sweep's report has the reasons.
    """
    try:
        yield
    except ValueError as error:
        if str(error) not in NO_BEST:
            raise


def _quieten_search() -> None:
    """What our report says better, and advice to the authors of packages, stay unsaid."""
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    import optuna

    optuna.logging.set_verbosity(logging.ERROR)
    logging.getLogger("hydra_plugins.hydra_optuna_sweeper._impl").setLevel(logging.CRITICAL)


def find_job(asked: Asked) -> Job:
    """Which study it is that Hydra hands over, before its configuration is looked at."""
    own: Any = HydraConfig.get()
    typed = OmegaConf.to_container(own.overrides.task, resolve=False)  # ${...} as it was typed
    assert isinstance(typed, list)
    overrides = tuple(as_typed([str(word) for word in typed]))
    job = Job(
        Path(own.runtime.output_dir),
        shlex.join(["synthlift", *asked.flags, *overrides]),
        overrides,
    )
    if own.mode != RunMode.MULTIRUN:
        return job
    at_once = 1 if in_turn(own) else jobs_at_once(own)
    return replace(job, sweep=Path(own.sweep.dir), number=int(own.job.num), at_once=at_once)


def read_job(config: DictConfig, job: Job) -> dict[str, Any]:
    """The configuration that Hydra's task is handed, checked and resolved.

    `compute` learns how many jobs share the machine, and that this one begins with another repeat
    than those beside it: jobs that need the same generators train different ones first.
    """
    with in_words():
        own = OmegaConf.to_container(HydraConfig.get(), resolve=False)
        refuse_foreign_code({"hydra": own})
        resolved = resolve(config)
        check(resolved, Groups())
    if job.at_once > 1 and isinstance(resolved.get("compute"), dict):
        shared = {"jobs": job.at_once, "rotation": job.number}
        resolved["compute"] = {**resolved["compute"], **shared}
    return resolved


def plan_jobs(asked: Asked) -> list[list[str]] | None:
    """The overrides of every job of a sweep, as Hydra's own sweeper spells them out.

    None for a search, whose jobs nobody knows beforehand.
    """
    if asked.is_search:
        return None
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    parsed = parse(parse_flags([*asked.words, *asked.implied]).overrides)
    own = [override for override in parsed if not override.key_or_group.startswith("hydra")]
    (jobs,) = BasicSweeper.split_arguments(own, None)
    return [as_typed(words) for words in jobs]


def complete(words: Sequence[str], commands: Collection[str]) -> bool:
    """Whether these words are about shell completion (`-sc install=bash`); if so, it is done.

    commands: what may stand first, beside settings.
    """
    flags = parse_flags(words)
    if not flags.shell_completion:
        return False
    if not any(word.startswith("query=") for word in flags.overrides):
        launch(Asked(tuple(words)), lambda config: None)
        return True
    ours, more = offers(os.environ.get("COMP_LINE", ""), commands)
    if ours:
        print("\n".join(ours))
    if more:
        with contextlib.suppress(ConfigError):  # of a line that is not yet finished
            launch(Asked(tuple(words)), lambda config: None)
    return True
