"""One study from its configuration to its folder: run it, write the report, print what it found."""

from __future__ import annotations

import dataclasses
import functools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from synthlift.configure import experiment, logger
from synthlift.core.errors import ConfigError
from synthlift.core.manifest import environment
from synthlift.core.results import Report
from synthlift.evidence import exhibits, trial_rows
from synthlift.experiment import Experiment, Repeat
from synthlift.looks import unplanned_looks
from synthlift.report.write import replace_file, write_report
from synthlift.show import Watcher, print_report
from synthlift.stages.compute import track
from synthlift.workers import read_study, run_study

PATHS = {"root", "path", "test_path", "group_csv"}  # of a dataset


@dataclass(frozen=True)
class Ran:
    """A study that has its report: what it was, and what each repeat left in the store."""

    study: Experiment
    report: Report
    repeats: list[Repeat]


def run_one(
    config: dict[str, Any],
    folder: Path,
    frozen: bool,
    show: Callable[[Report, Path], None] = print_report,
    name: str = "",
) -> Ran:
    """Run a study, write its folder, show what it found; frozen only reads it from the store.

    name: goes before lines of progress.
    """
    if not isinstance(config.get("store"), str) or not config["store"]:
        raise ConfigError(f"store is the path of a folder, not {config.get('store')!r}")
    config = _from_anywhere(config)
    study, compute = experiment(config)
    root = Path(config["store"])
    started = time.monotonic()
    if frozen:
        report, repeats, store = read_study(study, root, compute)
    else:
        compute = track(compute, logger(config), folder / "logs")
        text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
        replace_file(folder / "config.yaml", text)
        watching = functools.partial(Watcher, n_stages=study.n_stages, name=name)
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
    looks = unplanned_looks(root, repeats, report)
    warnings = (*report.warnings, *looks)
    report = dataclasses.replace(report, warnings=warnings, provenance=provenance)
    write_report(report, trial_rows(repeats, study.scores), exhibits(repeats), folder)
    show(report, folder)
    return Ran(study, report, repeats)


def _earlier_provenance(folder: Path) -> dict[str, Any] | None:
    """The provenance that the run itself wrote; None where there is none to be read."""
    try:
        found = json.loads((folder / "report.json").read_text())["provenance"]
        return found if {"command", "seconds", "stages"} <= set(found) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _from_anywhere(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with absolute paths, ~ included, so that it is read from any folder.

    Where the files of a dataset lie is part of no key.
    """
    data = dict(config["dataset"])
    for name in PATHS & set(data):
        data[name] = data[name] and _absolute(data[name])
    return {**config, "dataset": data, "store": _absolute(config["store"])}


def _absolute(path: object) -> str:
    return str(Path(str(path)).expanduser().absolute())
