"""Hydra at work: one study, or one per job of a sweep, each handed over to a task."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from synthlift.allowlist import refuse_foreign_code, without_logging_configuration
from synthlift.completion import offers
from synthlift.compose import CONFIG, Asked, check, resolve
from synthlift.core.errors import ConfigError
from synthlift.groups import Groups
from synthlift.overrides import as_typed, in_words, parse, parse_flags


@dataclass(frozen=True)
class Job:
    """One study as Hydra hands it over.

    overrides: as typed, with a sweep's values in their place. sweep: the folder of the sweep, None
    for a single study. number: in the sweep, from 0.
    """

    folder: Path
    command: str
    overrides: tuple[str, ...]
    sweep: Path | None
    number: int


def launch(asked: Asked, task: Callable[[DictConfig], None]) -> None:
    """Let Hydra run `task(config)`: once, or once per job of a sweep."""
    sys.argv = ["synthlift", *asked.words, *asked.implied]
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us, who explain them
    decorate = hydra.main(version_base="1.3", config_path=f"pkg://{CONFIG}", config_name="config")
    with without_logging_configuration(), in_words():
        decorate(task)()


def find_job(asked: Asked) -> Job:
    """Which study it is that Hydra hands over, before its configuration is looked at."""
    own = HydraConfig.get()
    swept = own.mode == RunMode.MULTIRUN
    typed = OmegaConf.to_container(own.overrides.task, resolve=False)  # ${...} as it was typed
    assert isinstance(typed, list)
    overrides = tuple(as_typed([str(word) for word in typed]))
    return Job(
        Path(own.runtime.output_dir),
        shlex.join(["synthlift", *asked.flags, *overrides]),
        overrides,
        Path(own.sweep.dir) if swept else None,
        int(own.job.num) if swept else 0,
    )


def read_job(config: DictConfig) -> dict[str, Any]:
    """The configuration that Hydra's task is handed, checked and resolved."""
    with in_words():
        own = OmegaConf.to_container(HydraConfig.get(), resolve=False)
        refuse_foreign_code({"hydra": own})
        resolved = resolve(config)
        check(resolved, Groups())
        return resolved


def plan_jobs(asked: Asked) -> list[list[str]]:
    """The overrides of every job of a sweep, as Hydra's own sweeper spells them out."""
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
