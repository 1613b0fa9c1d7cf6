"""A run that is over, or that failed on the way: its folder, and what the store has of a repeat.

Whatever comes after the generator may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from synthlift.configure import experiment
from synthlift.core.errors import ConfigError, DataError, StoreError
from synthlift.core.schema import Schema
from synthlift.core.splits import SplitFacts, load_facts
from synthlift.core.store import Artifact, Stage, Store
from synthlift.experiment import Experiment, Material, count_repeats, draw_material
from synthlift.generators.base import FittedGenerator
from synthlift.stages.compute import Compute
from synthlift.stages.split import SplitParts

T = TypeVar("T")


@dataclass(frozen=True)
class StoredRepeat:
    """One repeat of a run, its generator among what the store has.

    config: the run's own, resolved. repeat: its number.
    """

    config: Mapping[str, Any]
    study: Experiment
    compute: Compute
    repeat: int
    material: Material
    generator: Artifact[FittedGenerator]

    @property
    def schema(self) -> Schema:
        return self.material.schema

    @property
    def facts(self) -> SplitFacts:
        return self.material.facts


def read_repeat(folder: Path, repeat: int | None) -> StoredRepeat:
    """What the store has of one repeat of the run in this folder; nothing is made.

    repeat: None is the first. A ConfigError for what is no run, a repeat that it has not, and a run
    without a generator. A StoreError for a store that is gone or has lost the generator; it says
    what command makes it again. A DataError for data that are not where they were.
    """
    config = read_config(folder)
    study, compute = experiment(config)
    if not study.draws:
        raise ConfigError(
            f"the run in {folder} trained no generator: none of its arms uses synthetic samples; "
            "run it with arm=[] or an arm such as real_synthetic"
        )
    root, again = Path(config["store"]), f"where it was started: {config['command']}"
    if not root.is_dir():
        raise StoreError(
            f"the store of {folder} is not there: {root.absolute()} is no folder; "
            f"bring it back, or run this again, {again}"
        )
    store = _Remembering(root, frozen=True)
    repeat = study.first_repeat if repeat is None else repeat
    try:
        last = study.first_repeat + count_repeats(study, store) - 1
        if not study.first_repeat <= repeat <= last:
            raise ConfigError(
                f"the run in {folder} has the repeats {study.first_repeat} to {last}, "
                f"and no repeat {repeat}"
            )
        material = draw_material(study, store, compute, repeat)
    except StoreError as error:
        if not {"make_splits", "fit_generator"} <= set(store.found):
            raise StoreError(f"repeat {repeat} of {folder}: {error}, {again}") from error
        material = _unfinished(store.found)
    except DataError as error:
        raise DataError(
            f"the run in {folder} is found in the store by its data: {error}; if they have moved, "
            f"say where they are in {folder / 'config.yaml'}"
        ) from error
    assert material.generator
    return StoredRepeat(config, study, compute, repeat, material, material.generator)


class _Remembering(Store):
    """A store that remembers the last artifact of each stage that it was asked for and had."""

    def __init__(self, root: Path, frozen: bool) -> None:
        super().__init__(root, frozen)
        self.found: dict[str, Artifact[Any]] = {}

    def run(self, stage: Stage[T], *inputs: Any, **how: Any) -> Artifact[T]:
        artifact = super().run(stage, *inputs, **how)
        self.found[stage.name] = artifact
        return artifact


def _unfinished(found: Mapping[str, Artifact[Any]]) -> Material:
    """What there is of a repeat that ended between its generator and its measurement."""
    splits = found["make_splits"]
    rows = SplitParts.of(splits)
    schema, facts = rows.train.read().schema, load_facts(splits.folder)
    return Material(schema, facts, rows, found["fit_generator"], found.get("generate"))


def read_config(folder: Path) -> dict[str, Any]:
    """The resolved configuration of the run in this folder; a ConfigError if it is none."""
    path = folder / "config.yaml"
    if not path.is_file():
        jobs = sorted(p.parent.name for p in folder.glob("*/config.yaml"))
        hint = f"; the runs in it are {', '.join(jobs)}, as in {folder / jobs[0]}" if jobs else ""
        raise ConfigError(f"{folder} is not the folder of a run: it has no config.yaml{hint}")
    try:
        config = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is damaged: {' '.join(str(error).split())}") from error
    if not isinstance(config, dict) or not all(
        isinstance(config.get(key), str) for key in ("store", "command")
    ):
        raise ConfigError(f"{path} is damaged: it is no configuration of a run")
    return config
