"""Whatever is fitted, drawn or measured is the same when all test rows are others: tables.

Scaler, encoder and codec among it: the test rows of the other world are far away, at a level that
no other row has.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthlift.classifiers.vectoriser import Vectoriser
from synthlift.codecs.base import fit_codec, save_codec
from synthlift.core.samples import SampleSet, concatenate
from synthlift.core.schema import Column, TableSchema
from synthlift.core.splits import Splits
from synthlift.core.store import Store
from synthlift.core.tables import conform
from synthlift.datasets.base import Source
from synthlift.experiment import run

pytestmark = pytest.mark.usefixtures("quick_disk")

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


def test_other_test_rows_of_a_table_change_nothing_that_is_trained_drawn_or_measured(
    two_tables, artifacts, blind_stage
):
    plain, altered = (artifacts(root, blind_stage) for root in two_tables)
    assert plain
    assert plain == altered


def test_a_classifier_of_a_table_answers_for_valid_rows_alike_whatever_the_test_rows_are(
    two_tables, contents, artifacts
):
    """Those of scikit-learn store nothing else that would show what they learnt."""
    answers = []
    for root in two_tables:
        folders = [f for f in (root / "predict").iterdir() if f.is_dir()]
        answers.append(sorted(contents(f)["valid_p.npy"] for f in folders))
    assert answers[0] == answers[1]
    assert len(set(answers[0])) > 9  # arms differ, and so do classifiers
    plain, altered = (artifacts(root, "predict") for root in two_tables)
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
