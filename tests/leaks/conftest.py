"""What the planted leaks share: a study with a few steps, its split, data whose test rows change.

Every item of PROTOCOL 5 is planted in one of these files: test_rows (rows on both sides of a
split), test_lineage (what made the samples), test_worlds and test_table_worlds (whatever is fitted,
drawn or measured), test_choosing (what is chosen, and what is reported).
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from synthlift import stages as stage_modules
from synthlift.core.samples import concatenate
from synthlift.core.store import Stage, Store
from synthlift.datasets.base import Source
from synthlift.experiment import first
from synthlift.stages.fit_classifier import fit_classifier
from synthlift.stages.predict import predict
from synthlift.stages.read_dataset import read_dataset
from synthlift.stages.split import SplitParts, make_splits

SEES_TEST = {"read_dataset", "make_splits", "predict"}
NAMES = [f"synthlift.stages.{m.name}" for m in pkgutil.iter_modules(stage_modules.__path__)]
FOUND = [value for name in NAMES for value in vars(importlib.import_module(name)).values()]
STAGES = {stage.name: stage for stage in FOUND if isinstance(stage, Stage)}
ARMS = "real,real_synthetic,synthetic,placebo,augmented,balanced,ensemble,more_real"


@pytest.fixture(scope="session")
def stages():
    """Every stage that there is, by name."""
    return STAGES


@pytest.fixture(params=sorted(set(STAGES) - SEES_TEST))
def blind_stage(request):
    """The name of a stage that may not see test rows."""
    return request.param


@dataclass(frozen=True)
class WithTest:
    """The digits with their last 797 rows as an official test set.

    altered: those are turned upside down and inverted, and each has another label.
    """

    inner: Any
    altered: bool

    name = "digits"
    n_test = None
    augmentation = None

    def fingerprint(self):
        return self.inner.fingerprint()

    def load(self):
        whole = self.inner.load().pool
        pool, test = whole.take(np.arange(1000)), whole.take(np.arange(1000, 1797))
        if self.altered:
            upside_down = 255 - test.images[:, :, ::-1]
            test = replace(test, features=upside_down, labels=(test.labels + 1) % 10)
        return Source(pool, test)


@pytest.fixture(scope="session")
def with_test():
    return WithTest


@dataclass(frozen=True)
class Mixed:
    """Train rows with n of the test rows among them: the leak itself."""

    train: Any
    test: Any
    n: int = 1

    def read(self):
        return concatenate([self.train.read(), self.test.read().take(np.arange(self.n))])


@pytest.fixture(scope="session")
def mixed():
    return Mixed


@pytest.fixture(scope="module")
def study(tiny):
    return tiny(f"arm=[{ARMS}]", "n_repeats=1", "split.imbalance=2")


@pytest.fixture
def parts(study, tmp_path):
    """A store, and the parts of the study's split in it."""
    store = Store(tmp_path)
    source = store.run(read_dataset, study.dataset)
    drawn = store.run(make_splits, source, study.dataset.n_test, study.split, 0, 0)
    return store, SplitParts.of(drawn)


@pytest.fixture
def score(study, parts, cpu):
    """Train the study's classifier on a training set and have it judged."""
    store, rows = parts
    classifier = first(study.classifiers)

    def fit_and_predict(training):
        fitted = store.run(fit_classifier, training, classifier, 1, 0, compute=cpu)
        return store.run(predict, fitted, rows.valid, rows.test, compute=cpu).read()

    return fit_and_predict


def files_of(contents, root, stage):
    """What the artifacts of a stage hold, whatever their keys: a sorted list."""
    folders = [folder for folder in (root / stage).iterdir() if folder.is_dir()]
    found = [contents(folder) for folder in folders]
    for files in found:
        files.pop("manifest.json")
    return sorted(repr(sorted(files.items())) for files in found)


@pytest.fixture(scope="session")
def artifacts(contents):
    """What the artifacts of a stage hold: artifacts(store folder, stage)."""
    return lambda root, stage: files_of(contents, root, stage)
