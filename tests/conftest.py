"""What many suites share: real composition with tiny budgets, toy images, a place to work in.

Fixtures that return functions: tests share no import path under importlib mode.
"""

# ruff: noqa: E402

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # before numpy and torch are imported: the cores are shared

import contextlib
import csv
import functools
import io
import logging
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra
import numpy as np
import pytest
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from synthlift.cli import main
from synthlift.configure import experiment
from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema
from synthlift.core.store import Place
from synthlift.experiment import Experiment
from synthlift.stages.compute import Compute

TINY = {
    "generator": {"steps": 4, "batch_size": 4, "log_every": 2, "checkpoint_every": 2},
    "generation": {"n_per_class": 4},
    "classifier": {"steps": 3, "batch_size": 8},
    "split": {"n_per_class": 3, "n_valid": 20, "reserve": 20},
}


@functools.cache
def _composed(*overrides: str) -> dict[str, Any]:
    GlobalHydra.instance().clear()
    with hydra.initialize_config_module("synthlift.conf", version_base="1.3"):
        config = hydra.compose("config", list(overrides))
    return {**OmegaConf.to_container(config, resolve=True), "command": "synthlift"}


def compose_config(*overrides: str) -> dict[str, Any]:
    """The configuration that these overrides give, resolved: Hydra's own composition."""
    return deepcopy(_composed(*overrides))


def shrink(config: dict[str, Any], *chosen: str) -> dict[str, Any]:
    """The same with tiny budgets, but for the keys that were chosen."""
    nodes = [(key, config.get(key) or {}) for key in ("generator", "generation", "split")]
    nodes += [("classifier", node) for node in (config.get("classifier") or {}).values()]
    for key, node in nodes:
        small = {k: v for k, v in TINY[key].items() if k in node}
        node |= {k: v for k, v in small.items() if not any(c.endswith(f".{k}") for c in chosen)}
    return config


@pytest.fixture(scope="module")
def quick_disk() -> Iterator[None]:
    """Nothing is forced to the disk: what survives a power cut is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session")
def compose() -> Callable[..., dict[str, Any]]:
    return compose_config


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Experiment]:
    """A study of the real configuration in which every training takes a few steps."""

    def build(*overrides: str) -> Experiment:
        chosen = [override.split("=")[0] for override in overrides]
        return experiment(shrink(compose_config(*overrides), *chosen))[0]

    return build


@pytest.fixture(scope="session")
def cpu() -> Compute:
    return Compute("cpu", 0, 1, 1)


def toy_images(
    n_per_class: int = 6,
    size: tuple[int, int] = (8, 8),
    channels: int = 1,
    n_classes: int = 2,
    seed: int = 0,
    first: int | None = 0,
) -> SampleSet:
    """Noise around a grey per class, dark to bright; origin from `first`, None is synthetic."""
    n = n_per_class * n_classes
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    grey = 60 + 120 * labels[:, None, None, None] / max(n_classes - 1, 1)
    pixels = grey + rng.normal(0, 20, (n, channels, *size))
    schema = ImageSchema(channels, *size, tuple("abcdefghij"[:n_classes]))
    origin = np.full(n, -1) if first is None else np.arange(first, first + n)
    return SampleSet(schema, pixels.clip(0, 255).astype(np.uint8), labels, origin)


@pytest.fixture(scope="session")
def images() -> Callable[..., SampleSet]:
    return toy_images


@pytest.fixture(scope="session")
def work_in() -> Callable[..., Place]:
    """A place under a folder: `out` to fill, `work` that outlives a kill."""

    def make(folder: Path, progress: Callable[[int, int], None] = lambda done, n: None) -> Place:
        for name in ("out", "work"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        return Place(folder / "out", folder / "work", progress)

    return make


def bytes_under(folder: Path) -> dict[str, bytes]:
    """What the files below a folder hold, but for the seconds that a training took."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        if path.name == "training.csv":
            rows = list(csv.DictReader(io.StringIO(content.decode())))
            content = repr([{k: v for k, v in row.items() if k != "seconds"} for row in rows])
            content = content.encode()
        found[path.relative_to(folder).as_posix()] = content
    return found


@pytest.fixture(scope="session")
def contents() -> Callable[[Path], dict[str, bytes]]:
    return bytes_under


def link_artifacts(store: Path, copy: Path) -> Path:
    """A store of its own that has all that another has, by links: what is made stays in it."""
    for artifact in store.glob("*/*"):
        if artifact.is_dir():
            (copy / artifact.parent.name).mkdir(parents=True, exist_ok=True)
            (copy / artifact.parent.name / artifact.name).symlink_to(artifact)
    return copy


@pytest.fixture(scope="session")
def linked() -> Callable[[Path, Path], Path]:
    return link_artifacts


@dataclass(frozen=True)
class Called:
    """What one command line did: its exit status and all that it wrote to the terminal."""

    code: int
    out: str
    err: str


def call(*words: Any) -> Called:
    """Run `synthlift WORDS` in this process and leave no trace in it."""
    out, err, argv = io.StringIO(), io.StringIO(), sys.argv
    handlers, environment = list(logging.root.handlers), dict(os.environ)
    GlobalHydra.instance().clear()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main([str(word) for word in words])
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.argv, logging.root.handlers = argv, handlers
        os.environ.clear()
        os.environ.update(environment)
        GlobalHydra.instance().clear()
    return Called(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def synthlift() -> Callable[..., Called]:
    return call


@dataclass(frozen=True)
class Finished(Called):
    """The smallest whole study: the words it was asked with, its run folder and its store."""

    words: tuple[str, ...]
    run: Path
    store: Path


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """`synthlift experiment=smoke` with fewer repeats and steps, by two worker processes."""
    folder = tmp_path_factory.mktemp("smoke")
    run, store = folder / "run", folder / "store"
    fewer = ("n_repeats=2", "generator.steps=6", "generator.batch_size=4", "classifier.cnn.steps=3")
    where = ("compute.accelerator=cpu", "compute.workers=2", f"store={store}")
    words = ("experiment=smoke", *fewer, *where)
    said = call(*words, f"hydra.run.dir={run}")
    return Finished(said.code, said.out, said.err, words, run, store)
