"""Planted leaks (PROTOCOL 5): each is refused, counted, or shown to have no way in."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest

from synthlift import experiment
from synthlift.arms.base import Ingredients, TrainingRecipe, build
from synthlift.core.errors import DataError
from synthlift.core.samples import TrainingSet, concatenate
from synthlift.core.splits import Splits
from synthlift.core.store import Stage, Store
from synthlift.datasets.base import Source
from synthlift.experiment import run
from synthlift.stages.predict import predict
from synthlift.stages.read_dataset import read_dataset
from synthlift.stages.split import SplitParts, make_splits

pytestmark = pytest.mark.usefixtures("quick_disk")
SEES_TEST = {"read_dataset", "make_splits", "predict"}
STAGES = {name: s for name, s in vars(experiment).items() if isinstance(s, Stage)}


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


@dataclass(frozen=True)
class Twice:
    """A pool in which every row stands twice."""

    inner: Any

    name = "twice"
    n_test = None
    augmentation = None

    def fingerprint(self):
        return "twice"

    def load(self):
        pool = self.inner.load().pool
        both = concatenate([pool, pool])
        return Source(replace(both, origin=np.arange(len(both))))


@pytest.fixture(scope="module")
def study(tiny):
    arms = "arm=[real,real_synthetic,synthetic,placebo,augmented,balanced,ensemble,more_real]"
    return tiny(arms, "n_repeats=1", "split.imbalance=2")


@pytest.fixture
def parts(study, tmp_path):
    """A store, and the parts of the study's split in it."""
    store = Store(tmp_path)
    source = store.run(read_dataset, study.dataset)
    drawn = store.run(make_splits, source, study.dataset.n_test, study.split, 0, 0)
    return store, SplitParts.of(drawn)


@dataclass(frozen=True)
class Mixed:
    """Train rows with a single test row among them."""

    train: Any
    test: Any

    def read(self):
        return concatenate([self.train.read(), self.test.read().take(np.array([5]))])


@pytest.mark.parametrize("name", ["real", "placebo", "balanced"])
def test_a_classifier_fitted_on_a_single_test_row_is_refused(study, parts, cpu, name):
    store, rows = parts
    arm = study.arms[name]
    clean = build(arm, rows.train, plan=study.generation.plan)
    training = replace(clean, train=Mixed(rows.train, rows.test))
    classifier = experiment.first(study.classifiers)
    fitted = store.run(experiment.fit_classifier, training, classifier, 1, 0, compute=cpu)
    with pytest.raises(DataError, match="leakage: the classifier was fitted on 1 of the test rows"):
        store.run(predict, fitted, rows.valid, rows.test, compute=cpu)


def test_more_real_rows_from_the_test_set_are_refused(study, parts, cpu):
    store, rows = parts
    training = build(study.arms["more_real"], rows.train, reserve=rows.test)
    classifier = experiment.first(study.classifiers)
    fitted = store.run(experiment.fit_classifier, training, classifier, 1, 0, compute=cpu)
    with pytest.raises(DataError, match="797 of the test rows"):
        store.run(predict, fitted, rows.valid, rows.test, compute=cpu)


def test_test_rows_in_the_place_of_synthetic_ones_are_refused(study, parts, cpu):
    store, rows = parts
    training = build(study.arms["real_synthetic"], rows.train, synthetic=rows.test)
    classifier = experiment.first(study.classifiers)
    fitted = store.run(experiment.fit_classifier, training, classifier, 1, 0, compute=cpu)
    with pytest.raises(DataError, match="797 of the test rows"):
        store.run(predict, fitted, rows.valid, rows.test, compute=cpu)


def test_a_classifier_fitted_on_valid_rows_is_refused_too(study, parts, cpu):
    """What is chosen on valid would else be chosen on what it was fitted on."""
    store, rows = parts
    training = build(study.arms["more_real"], rows.train, reserve=rows.valid)
    classifier = experiment.first(study.classifiers)
    fitted = store.run(experiment.fit_classifier, training, classifier, 1, 0, compute=cpu)
    with pytest.raises(DataError, match="20 of the valid rows"):
        store.run(predict, fitted, rows.valid, rows.test, compute=cpu)


def test_oversampling_before_the_split_is_refused(parts):
    """A repeated row keeps its origin, so its copies can't lie on both sides."""
    splits = load_splits(parts)
    repeated = concatenate([splits.train, splits.test.take(np.array([0, 0, 0]))])
    with pytest.raises(DataError, match="1 rows are in both train and test"):
        replace(splits, train=repeated)


def load_splits(parts):
    return Splits.load(parts[1].train.folder.parent)


def test_duplicates_across_the_split_are_counted_and_warned_of(study, cpu, tmp_path):
    doubled = replace(study, dataset=Twice(study.dataset), arms={"real": study.arms["real"]})
    report, repeats = run(doubled, Store(tmp_path), cpu)
    n = repeats[0].material.facts.duplicates
    assert n > 20
    assert any(f"{n} of 1797 test rows also stand in train" in w for w in report.warnings)


def test_no_stage_but_two_has_a_parameter_for_test_rows():
    """And of those one makes them, the other scores."""
    assert len(STAGES) >= 6
    for name, stage in STAGES.items():
        names = set(inspect.signature(stage.write).parameters)
        assert (not names & {"test", "splits", "dataset", "pool", "source"}) == (
            name not in SEES_TEST
        )


def test_no_ingredient_of_an_arm_is_a_test_row():
    for recipe in (Ingredients, TrainingRecipe, TrainingSet):
        assert not {f.name for f in fields(recipe)} & {"test", "valid", "splits"}


@pytest.fixture(scope="module")
def two_worlds(study, cpu, tmp_path_factory):
    """The same study twice, in stores of their own: in the second all test rows are others."""
    worlds = []
    for altered in (False, True):
        store = Store(tmp_path_factory.mktemp("world"))
        run(replace(study, dataset=WithTest(study.dataset, altered)), store, cpu)
        worlds.append(store.root)
    return worlds


def files_of(contents, root, stage):
    """What the artifacts of a stage hold, whatever their keys: a sorted list."""
    folders = [folder for folder in (root / stage).iterdir() if folder.is_dir()]
    found = [contents(folder) for folder in folders]
    for files in found:
        files.pop("manifest.json")
    return sorted(repr(sorted(files.items())) for files in found)


@pytest.mark.parametrize("stage", sorted(set(STAGES) - SEES_TEST))
def test_other_test_rows_change_nothing_that_is_trained_drawn_or_measured(
    two_worlds, contents, stage
):
    plain, altered = (files_of(contents, root, stage) for root in two_worlds)
    assert plain
    assert plain == altered


def test_other_test_rows_change_what_is_scored(two_worlds, contents):
    plain, altered = (files_of(contents, root, "predict") for root in two_worlds)
    assert len(plain) == len(altered) == 8
    assert not set(plain) & set(altered)


@pytest.mark.parametrize("part", ["train", "valid", "reserve"])
def test_other_test_rows_change_no_other_part_of_the_split(two_worlds, contents, part):
    plain, altered = (part_of(contents, root, part) for root in two_worlds)
    assert plain == altered
    assert part_of(contents, two_worlds[0], "test") != part_of(contents, two_worlds[1], "test")


def part_of(contents, root, name):
    (folder,) = (f for f in (root / "make_splits").iterdir() if f.is_dir())
    return contents(folder / name)
