"""Rows on both sides of a split: in training sets, as copies, as duplicates, as groups."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest

from synthlift.arms.base import Ingredients, TrainingRecipe, build
from synthlift.core.confidence import Confidence
from synthlift.core.errors import DataError
from synthlift.core.samples import SYNTHETIC, TrainingSet, concatenate
from synthlift.core.splits import PARTS, Splits
from synthlift.core.store import Store
from synthlift.datasets.base import Source
from synthlift.experiment import run

pytestmark = pytest.mark.usefixtures("quick_disk")
SEES_TEST = {"read_dataset", "make_splits", "predict"}


@pytest.mark.parametrize("name", ["real", "placebo", "balanced", "augmented", "ensemble"])
def test_a_classifier_fitted_on_a_single_test_row_is_refused(study, parts, mixed, score, name):
    _, rows = parts
    clean = build(study.arms[name], rows.train, plan=study.generation.plan)
    assert len(score(clean).test.labels)
    with pytest.raises(DataError, match="leakage: the classifier was fitted on 1 of the test rows"):
        score(replace(clean, train=mixed(rows.train, rows.test)))


def test_more_real_rows_from_the_test_set_are_refused(study, parts, score):
    _, rows = parts
    with pytest.raises(DataError, match="fitted on 23 of the test rows"):
        score(build(study.arms["more_real"], rows.train, reserve=rows.test))


def test_test_rows_in_the_place_of_synthetic_ones_are_refused(study, parts, score):
    _, rows = parts
    with pytest.raises(DataError, match="797 of the test rows"):
        score(build(study.arms["real_synthetic"], rows.train, synthetic=rows.test))


def test_a_classifier_fitted_on_valid_rows_is_refused_too(study, parts, score):
    """What is chosen on valid would else be chosen on what it was fitted on."""
    _, rows = parts
    with pytest.raises(DataError, match="20 of the valid rows"):
        score(build(study.arms["more_real"], rows.train, reserve=rows.valid))


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


@dataclass(frozen=True)
class Twice:
    """A pool in which every row stands twice, as rows of their own."""

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


def test_duplicate_images_across_the_split_are_counted_and_warned_of(study, cpu, tmp_path):
    facts, warnings = run_doubled(study, cpu, tmp_path)
    assert facts.duplicates > 20
    assert any(f"{facts.duplicates} of 1797 test rows also stand in train" in w for w in warnings)


def test_duplicate_table_rows_across_the_split_are_counted_and_warned_of(tiny, cpu, tmp_path):
    words = ("generation=balanced", "split.n_per_class=30")
    study = tiny("dataset=wine", "classifier=[logistic]", "arm=[real]", "n_repeats=1", *words)
    facts, warnings = run_doubled(study, cpu, tmp_path)
    assert facts.duplicates > 20
    assert any(f"{facts.duplicates} of {facts.n_test} test rows" in w for w in warnings)


def run_doubled(study, cpu, folder):
    doubled = replace(study, dataset=Twice(study.dataset), arms={"real": study.arms["real"]})
    report, repeats = run(doubled, Store(folder), cpu)
    return repeats[0].material.facts, report.warnings


@pytest.mark.parametrize("part", ["train", "valid", "reserve"])
def test_a_group_on_both_sides_of_a_split_is_refused(parts, part):
    """A patient of whom one picture teaches and another one tests."""
    splits = load_splits(parts)
    rows = {name: getattr(splits, name) for name in PARTS}
    own = {name: replace(samples, group=samples.origin) for name, samples in rows.items()}
    assert len(replace(splits, **own).test)  # each its own group: nothing crosses
    of_the_same = own[part].group.copy()
    of_the_same[0] = own["test"].group[0]
    with pytest.raises(DataError, match=f"1 groups are in both {part} and test|test and {part}"):
        replace(splits, **own | {part: replace(own[part], group=of_the_same)})


def test_no_stage_but_two_has_a_parameter_for_test_rows(stages):
    """And of those one makes them, the other scores."""
    assert len(stages) >= 7
    for name, stage in stages.items():
        names = set(inspect.signature(stage.write).parameters)
        assert (not names & {"test", "splits", "dataset", "pool", "source"}) == (
            name not in SEES_TEST
        )


def test_no_ingredient_of_an_arm_is_a_test_row():
    for recipe in (Ingredients, TrainingRecipe, TrainingSet, Confidence):
        assert not {f.name for f in fields(recipe)} & {"test", "valid", "splits"}
