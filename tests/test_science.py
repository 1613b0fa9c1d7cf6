"""Science in the plane, where the truth is known: what must help, what must hurt, what must not.

Whole studies and their verdicts. Real rows are four per class of a pinwheel with four bent blades.
Sizes are such that every verdict asserted here holds for seeds 0 to 9.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from synthlift.arms.base import repeat_evenly
from synthlift.core.samples import SYNTHETIC, SampleSet
from synthlift.core.schema import Column, TableSchema
from synthlift.core.store import Store
from synthlift.datasets.base import Source
from synthlift.experiment import run
from synthlift.generators.bootstrap import Bootstrap

pytestmark = pytest.mark.usefixtures("quick_disk")
BLADES = TableSchema(
    (Column("x", "numeric"), Column("y", "numeric")), ("east", "north", "west", "south")
)


def draw_points(labels, rng):
    """The true law: along the bent blade of its class, with normal noise of 0.15."""
    along = rng.uniform(0, 1, len(labels))
    angle, radius = 2 * np.pi * labels / 4 + 1.6 * along, 0.5 + 1.5 * along
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return pd.DataFrame(points + rng.normal(0, 0.15, points.shape), columns=["x", "y"])


def made(features, labels):
    """Samples that a generator gives."""
    return SampleSet(BLADES, features, labels, np.full(len(labels), SYNTHETIC))


@dataclass(frozen=True)
class Pinwheel:
    """A pool of n points, the classes in turn."""

    n: int
    seed: int

    name = "pinwheel"
    n_test = None
    augmentation = None

    def fingerprint(self):
        return f"pinwheel of {self.n}, seed {self.seed}"

    def load(self):
        labels = np.arange(self.n) % 4
        points = draw_points(labels, np.random.default_rng(self.seed))
        return Source(SampleSet(BLADES, points, labels, np.arange(self.n)))


@dataclass(frozen=True)
class Oracle:
    """Draws from the true law; permuted: the same points, their labels dealt out anew."""

    permuted: bool

    sizes: ClassVar[tuple[int, ...]] = (1,)
    needs_valid: ClassVar[bool] = False
    schema: ClassVar[TableSchema] = BLADES

    def check(self, schema):
        return None

    def check_rows(self, n_rows):
        return None

    def fit(self, train, valid, codec, seed, place, device):
        pass

    def load(self, folder, codec):
        return self

    def sample(self, labels, seed, scale, device):
        rng = np.random.default_rng(seed)
        points = draw_points(labels, rng)
        return made(points, rng.permutation(labels) if self.permuted else labels)


@dataclass(frozen=True)
class Parrot:
    """Gives the train rows again, each as often as the others of its class."""

    train: Any = None

    sizes: ClassVar[tuple[int, ...]] = (1,)
    needs_valid: ClassVar[bool] = False
    schema: ClassVar[TableSchema] = BLADES

    def check(self, schema):
        return None

    def check_rows(self, n_rows):
        return None

    def fit(self, train, valid, codec, seed, place, device):
        train.save(place.folder / "rows")

    def load(self, folder, codec):
        return Parrot(SampleSet.load(folder / "rows"))

    def sample(self, labels, seed, scale, device):
        rows = np.empty(len(labels), np.int64)
        for label in range(4):
            mine = np.flatnonzero(labels == label)
            rows[mine] = repeat_evenly(np.flatnonzero(self.train.labels == label), len(mine))
        return made(self.train.take(rows).table, labels)


@pytest.fixture
def ask(tiny, cpu, tmp_path):
    """The report of a study with this generator; more: overrides of its recipe."""

    def report_on(generator, n_pool, *more, seed=0):
        words = ("dataset=rings", "generator=bootstrap", "split=labels", "split.reserve=0")
        study = tiny(*words, "generation=balanced", *more)
        study = replace(
            study,
            dataset=Pinwheel(n_pool, 100 + seed),
            generator=generator,
            teacher=study.arms["real"],
            fidelity=(),
            seed=seed,
        )
        return run(study, Store(tmp_path), cpu)[0]

    return report_on


TRUTH = (
    "arm=[real,real_synthetic]",
    "arm.real_synthetic.weight=0.9",
    "classifier=[knn]",
    "split.n_per_class=4",
    "generation.n_per_class=100",
)
LARGE_TEST = (2000, "split.n_valid=20", "n_repeats=10")
SMALL_POOL = (220, "split.n_valid=60", "n_repeats=15")
REGIMES = [("fixed_test", LARGE_TEST), ("small_pool", SMALL_POOL)]


@pytest.mark.parametrize(("regime", "sizes"), REGIMES, ids=["fixed_test", "small_pool"])
def test_samples_of_the_true_law_help(ask, regime, sizes):
    report = ask(Oracle(permuted=False), *sizes, *TRUTH)
    (lift,) = report.primary
    assert report.regime == regime
    assert lift.verdict == "helps"
    assert lift.low > 0


@pytest.mark.parametrize(("regime", "sizes"), REGIMES, ids=["fixed_test", "small_pool"])
def test_the_same_samples_with_permuted_labels_hurt(ask, regime, sizes):
    report = ask(Oracle(permuted=True), *sizes, *TRUTH)
    (lift,) = report.primary
    assert report.regime == regime
    assert lift.verdict == "hurts"
    assert lift.high < 0


REPEATED = (
    "arm=[real,real_synthetic]",
    "classifier=[knn,logistic,random_forest,mlp]",
    "classifier.random_forest.parameters.n_estimators=20",
    "classifier.mlp.steps=30",
    "split.n_valid=20",
    "generation.n_per_class=100",
    "n_repeats=4",
)
KEPT = Bootstrap(0.0, 0.0)  # without noise: rows drawn with replacement


@pytest.mark.parametrize(
    ("generator", "seed", "n_per_class"),
    [
        (Parrot(), 0, 4),
        (Parrot(), 1, 20),
        (Bootstrap(0.0, 0.0), 1, 4),
        (Bootstrap(0.0, 0.0), 0, 20),
    ],
    ids=["parrot-4", "parrot-20", "bootstrap-4", "bootstrap-20"],
)
def test_train_rows_repeated_never_help(ask, generator, seed, n_per_class):
    report = ask(generator, 1000, *REPEATED, f"split.n_per_class={n_per_class}", seed=seed)
    verdicts = {lift.classifier: lift.verdict for lift in report.primary}
    assert list(verdicts) == ["knn", "logistic", "random_forest", "mlp"]
    assert "helps" not in verdicts.values()


FEW_REPEATED = (
    "arm=[real,real_synthetic,placebo]",
    "classifier=[knn]",
    "split.n_per_class=4",
    "split.n_valid=20",
    "generation.n_per_class=20",
    "n_repeats=6",
)


def test_what_repeating_rows_does_to_a_classifier_the_placebo_shows(ask):
    """Among 4 rows per class 5 neighbours are many; of rows that stand twice they are fewer.

    So points can be won although the samples teach nothing: the placebo wins the same.
    """
    report = ask(Parrot(), 1000, *FEW_REPEATED)
    (primary,) = report.primary
    (control,) = (x for x in over_real(report) if x.arm == "placebo")
    assert primary.mean > 0
    assert control.mean == pytest.approx(primary.mean, abs=0.01)
    warned = any("mere repetition" in warning for warning in report.warnings)
    assert warned == (primary.verdict == "helps")


def over_real(report):
    return [x for x in report.lifts if (x.metric, x.baseline) == ("accuracy", "real")]


def test_the_nearest_neighbour_of_rows_that_stand_twice_is_the_same(ask):
    words = (*FEW_REPEATED, "classifier.knn.parameters.n_neighbors=1")
    assert [lift.mean for lift in over_real(ask(Parrot(), 1000, *words))] == [0, 0]
