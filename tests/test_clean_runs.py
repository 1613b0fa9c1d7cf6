"""A thousand clean studies without a false alarm: the firewall refuses leaks and nothing else.

Random small tables and images through the whole pipeline, in both regimes: two to five classes,
even or not, with and without groups, reserve and an official test set.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet, concatenate
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.store import Place
from synthlift.core.tables import conform
from synthlift.datasets.base import Source
from synthlift.experiment import run

pytestmark = [pytest.mark.usefixtures("quick_disk"), pytest.mark.slow]
N_RUNS = {"table": 50, "image": 450}  # in each regime
SMALL = ("fewer than 3 repeats", "one row more or less", "no recall for")  # that it is tiny, is so


@dataclass(frozen=True)
class Kept:
    """An artifact that is read once."""

    key: str
    folder: Path
    load: Callable[[Path], Any]

    @cached_property
    def value(self) -> Any:
        return self.load(self.folder)

    def read(self) -> Any:
        return self.value

    def part(self, name, load):
        return Kept(f"{self.key}/{name}", self.folder / name, load)


class Workshop:
    """Makes every artifact when it is asked for: a store without keys, locks and checksums."""

    def __init__(self, root):
        self.root = root
        self.numbers = count()

    def run(self, stage, *inputs, **how):
        folder = self.root / str(next(self.numbers))
        folder.mkdir(parents=True)
        given = [value.read() if hasattr(value, "read") else value for value in inputs]
        stage.write(*given, place=Place(folder, folder, lambda done, total: None), **how)
        return Kept(folder.name, folder, lambda path: stage.read(path, *inputs))


@dataclass(frozen=True)
class Prior:
    """The quickest classifier: how common each class is, whatever the sample."""

    p: tuple[float, ...] = ()

    def check(self, schema):
        return None

    def fit(self, training, seed, device, progress):
        counts = sum(samples.counts() for samples in training.sets)
        return Prior(tuple((counts / counts.sum()).tolist()))

    def predict(self, samples):
        return np.tile(np.array(self.p, np.float32), (len(samples), 1))

    def save(self, folder):
        (folder / "p.json").write_text(json.dumps(self.p))

    def load(self, folder, schema, training, seed):
        return Prior(tuple(json.loads((folder / "p.json").read_text())))


@dataclass(frozen=True)
class Clean:
    """Rows of random numbers, each its own, around a place per class."""

    modality: str
    counts: tuple[int, ...]
    n_official: int
    per_group: int | None
    seed: int

    name = "clean"
    n_test = None
    augmentation = None

    def fingerprint(self):
        return repr(self)

    def load(self):
        rng = np.random.default_rng(self.seed)
        labels = rng.permutation(np.repeat(np.arange(len(self.counts)), self.counts))
        more = np.arange(self.n_official) % len(self.counts)
        labels = np.concatenate([labels, more])
        group = None if self.per_group is None else np.arange(len(labels)) // self.per_group
        make = draw_table if self.modality == "table" else draw_images
        schema, features = make(labels, rng)
        whole = SampleSet(schema, features, labels, np.arange(len(labels)), group)
        n_pool = sum(self.counts)
        pool, test = whole.take(np.arange(n_pool)), whole.take(np.arange(n_pool, len(labels)))
        return Source(pool, test if self.n_official else None)


def draw_table(labels, rng):
    levels, n_classes = ("low", "mid", "high"), labels.max() + 1
    columns = (Column("size", "numeric"), Column("grade", "categorical", levels))
    table = pd.DataFrame({"size": rng.normal(labels, 1), "grade": rng.choice(levels, len(labels))})
    return TableSchema(columns, tuple("abcde"[:n_classes])), conform(table, columns)


def draw_images(labels, rng):
    pixels = rng.normal(90 + 20 * labels[:, None, None, None], 30, (len(labels), 1, 5, 5))
    schema = ImageSchema(1, 5, 5, tuple("abcde"[: labels.max() + 1]))
    return schema, pixels.clip(0, 255).astype(np.uint8)


def draw_case(modality, regime, seed):
    """A dataset and the sizes of a split: every class has rows enough, all else is random."""
    rng = np.random.default_rng([seed, modality == "table", regime == "fixed_test"])
    n_classes, n_train, n_valid = (int(n) for n in rng.integers([2, 4, 2], [6, 8, 4]))
    even, grouped = rng.random(2) < 0.5
    if regime == "fixed_test":
        reserve, n_official = (int(n) for n in rng.integers([0, 0], [3, 2]) * [n_classes, 30])
        counts = 8 * (n_train + n_valid) + rng.integers(0, 4, n_classes)
    else:  # less than three times what is fitted on
        reserve, n_official = (0 if grouped else n_classes), 0
        counts = np.full(n_classes, int(3 * ((1 if even else 0.75) * n_train + n_valid)) - 1)
    per_group = int(rng.integers(1, 4 if regime == "fixed_test" else 3)) if grouped else None
    dataset = Clean(modality, tuple(counts.tolist()), n_official, per_group, seed)
    sizes = {"n_per_class": n_train, "n_valid": n_valid * n_classes, "reserve": reserve}
    return dataset, {**sizes, "imbalance": 1.0 if even else 2.0}


@pytest.fixture(scope="module")
def studies(tiny):
    """A study per modality, whose dataset and split are still to be put in."""
    arms = "real,real_synthetic,synthetic,placebo,oversampled,balanced,real_half,more_real"
    words = (
        "generator=bootstrap",
        "generation=balanced",
        "split=labels",
        "metric=[accuracy]",
        "n_repeats=1",
        "arm.real_synthetic.threshold=0.01",
    )
    return {
        "image": tiny("dataset=digits", *words, f"arm=[{arms}]"),
        "table": tiny("dataset=iris", *words, f"arm=[{arms},smote]"),
    }


def put_in(study, modality, regime, seed):
    """The study of a random case, with the arms of the mission and two of the others."""
    dataset, sizes = draw_case(modality, regime, seed)
    others = np.random.default_rng(seed).permutation(list(study.arms)[2:])[:2]
    return replace(
        study,
        dataset=dataset,
        split=replace(study.split, n_test=None, **sizes),
        arms={name: study.arms[name] for name in ("real", "real_synthetic", *others)},
        classifiers={"prior": Prior()},
        teacher=study.arms["real"],
        seed=seed,
    )


@pytest.fixture
def folder(tmp_path):
    """A place for a hundred thousand small files: in memory, where the machine has such a place."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as name:
        yield Path(name)


@pytest.mark.parametrize("regime", ["fixed_test", "small_pool"])
@pytest.mark.parametrize("modality", ["table", "image"])
def test_a_clean_study_raises_no_alarm(studies, cpu, folder, modality, regime):
    for seed in range(N_RUNS[modality]):
        report = run_case(studies, cpu, folder / str(seed), modality, regime, seed)
        assert report.regime == regime, seed
        assert not alarms(report), (seed, alarms(report))


def run_case(studies, cpu, root, modality, regime, seed, change=lambda study: study):
    study = change(put_in(studies[modality], modality, regime, seed))
    try:
        return run(study, Workshop(root), cpu)[0]
    except DataError as error:
        pytest.fail(f"run {seed}: {error}")
    finally:
        shutil.rmtree(root)


def alarms(report):
    return [w for w in report.warnings if not any(words in w for words in SMALL)]


@dataclass(frozen=True)
class Doubled:
    """The same with every row twice: the leak that a check of clean runs must not sleep through."""

    inner: Clean

    name = "doubled"
    n_test = None
    augmentation = None

    def load(self):
        pool = self.inner.load().pool
        both = concatenate([pool, pool])
        return Source(replace(both, origin=np.arange(len(both)), group=None))


@pytest.mark.parametrize("modality", ["table", "image"])
def test_the_same_studies_with_every_row_twice_raise_it(studies, cpu, folder, modality):
    for seed in range(5):
        report = run_case(studies, cpu, folder / str(seed), modality, "fixed_test", seed, double)
        assert any("test rows also stand in" in said for said in alarms(report))


def double(study):
    return replace(study, dataset=Doubled(study.dataset))
