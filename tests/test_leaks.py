"""Planted leaks (PROTOCOL 5): each is refused, counted, or shown to have no way in."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthlift import experiment
from synthlift.arms.base import Ingredients, TrainingRecipe, build
from synthlift.classifiers.vectoriser import Vectoriser
from synthlift.codecs.base import fit_codec, save_codec
from synthlift.core.errors import DataError
from synthlift.core.samples import SYNTHETIC, SampleSet, TrainingSet, concatenate
from synthlift.core.schema import Column, TableSchema
from synthlift.core.splits import Splits
from synthlift.core.store import Stage, Store
from synthlift.core.tables import conform
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


def test_rows_made_before_the_split_are_refused(parts):
    """SMOTE on all rows: what it made of test rows would teach, or be taken for real ones."""
    splits = load_splits(parts)
    made = replace(splits.test.take(np.arange(9)), origin=np.full(9, SYNTHETIC))
    with pytest.raises(DataError, match="1 rows are in both train and test, row -1 first"):
        replace(
            splits,
            train=concatenate([splits.train, made]),
            test=concatenate([splits.test, made]),
        )


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


TABLE = TableSchema(
    (
        Column("age", "integer"),
        Column("pay", "numeric"),
        Column("city", "categorical", ("here", "there", "nowhere")),
    ),
    ("no", "yes"),
)


@cache
def table_rows():
    """Two classes of 200 and 100 rows that numbers and levels tell apart, some values missing."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [200, 100])
    frame = pd.DataFrame({"age": rng.integers(20, 60, 300) + 9 * labels})
    frame["pay"] = rng.lognormal(labels, 1.0)
    frame.loc[::17, "pay"] = np.nan
    frame["city"] = np.where(rng.random(300) < 0.3 + 0.4 * labels, "there", "here")
    return SampleSet(TABLE, conform(frame, TABLE.columns), labels, np.arange(300))


@dataclass(frozen=True)
class Table:
    """The rows of `table_rows`, every third one in an official test set.

    altered: those are far away, at a level that no other row has, and each has the other label.
    """

    augmentation: Any
    altered: bool

    name = "table"
    n_test = None

    def fingerprint(self):
        return "table"

    def load(self):
        whole = table_rows()
        is_test = np.arange(len(whole)) % 3 == 0
        test = whole.take(np.flatnonzero(is_test))
        if self.altered:
            frame = test.table.assign(city="nowhere", pay=1e6)
            frame["age"] += 1000
            frame = conform(frame, TABLE.columns)
            test = replace(test, features=frame, labels=1 - test.labels)
        return Source(whole.take(np.flatnonzero(~is_test)), test)


@pytest.fixture(scope="module")
def table_study(tiny):
    arms = "real,real_synthetic,synthetic,placebo,augmented,smote,balanced,oversampled,ensemble"
    made = tiny(
        "dataset=iris",
        "generator=bootstrap",
        "classifier=[mlp,logistic]",
        f"arm=[{arms}]",
        "split=fractions",
        "split.n_per_class=null",
        "split.reserve=0",
        "n_repeats=1",
    )
    return replace(made, dataset=Table(made.dataset.augmentation, altered=False))


@pytest.fixture(scope="module")
def two_tables(table_study, cpu, tmp_path_factory):
    """The study of a table twice, in two stores: in the second all test rows are others."""
    worlds = []
    for altered in (False, True):
        store = Store(tmp_path_factory.mktemp("table"))
        run(
            replace(table_study, dataset=Table(table_study.dataset.augmentation, altered)),
            store,
            cpu,
        )
        worlds.append(store.root)
    return worlds


@pytest.mark.parametrize("stage", sorted(set(STAGES) - SEES_TEST))
def test_other_test_rows_of_a_table_change_nothing_that_is_trained_drawn_or_measured(
    two_tables, contents, stage
):
    plain, altered = (files_of(contents, root, stage) for root in two_tables)
    assert plain
    assert plain == altered


def test_a_classifier_of_a_table_answers_for_valid_rows_alike_whatever_the_test_rows_are(
    two_tables, contents
):
    """Those of scikit-learn store nothing else that would show what they learnt."""
    answers = []
    for root in two_tables:
        folders = [f for f in (root / "predict").iterdir() if f.is_dir()]
        answers.append(sorted(contents(f)["valid_p.npy"] for f in folders))
    assert answers[0] == answers[1]
    assert len(set(answers[0])) > 9  # arms differ, and so do classifiers
    plain, altered = (files_of(contents, root, "predict") for root in two_tables)
    assert not set(plain) & set(altered)


def test_codec_and_vectoriser_are_those_of_the_train_rows(two_tables, tmp_path, contents):
    """Fitted on all rows, the planted leak, both would be others."""
    root = two_tables[1]
    (split,) = (f for f in (root / "make_splits").iterdir() if f.is_dir())
    splits = Splits.load(split)
    everything = concatenate([splits.train, splits.valid, splits.test])
    (folder,) = (f for f in (root / "fit_generator").iterdir() if f.is_dir())
    codecs = {}
    for name, rows in (("train", splits.train), ("all", everything)):
        (tmp_path / name).mkdir()
        save_codec(fit_codec(rows, ()), tmp_path / name)
        codecs[name] = contents(tmp_path / name)
    stored = {name: contents(folder)[name] for name in codecs["train"]}
    assert stored == codecs["train"]
    assert stored != codecs["all"]
    texts = {path.read_text() for path in root.glob("fit_classifier/*/member_0/vectoriser.json")}
    assert json.dumps(Vectoriser.fit(splits.train).to_json()) in texts
    assert json.dumps(Vectoriser.fit(everything).to_json()) not in texts
