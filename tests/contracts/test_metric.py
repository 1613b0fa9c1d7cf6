"""What every metric yaml promises, whichever of the two kinds it is."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from omegaconf import OmegaConf

from synthlift.configure import build
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, TableSchema
from synthlift.core.store import identity
from synthlift.core.tables import conform

FOLDER = Path(__file__).parents[2] / "conf" / "metric"
RECIPES = {p.stem: OmegaConf.load(p)[p.stem] for p in sorted(FOLDER.glob("*.yaml"))}
METRICS = {name: build(OmegaConf.to_container(node), name) for name, node in RECIPES.items()}
SCORES = [name for name, metric in METRICS.items() if hasattr(metric, "score")]
FIDELITY = [name for name, metric in METRICS.items() if hasattr(metric, "measure")]


@pytest.fixture(params=SCORES)
def score(request):
    return METRICS[request.param]


@pytest.fixture(params=FIDELITY)
def fidelity(request):
    return METRICS[request.param]


def predictions(n=60, k=4, seed=0, skill=1.0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    labels[:k] = np.arange(min(k, n))
    logits = rng.normal(size=(n, k)) + skill * np.eye(k)[labels]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return p.astype(np.float32), labels


def certain(labels, k):
    return np.eye(k, dtype=np.float32)[labels]


@pytest.mark.parametrize("name", METRICS)
def test_it_has_the_name_of_its_yaml_and_is_of_one_kind(name):
    assert METRICS[name].name == name
    assert (name in SCORES) != (name in FIDELITY)
    assert identity(METRICS[name]), "a metric has a place in a key"


def test_perfect_predictions_have_the_best_score(score):
    p, labels = predictions()
    best = score.score(certain(labels, 4), labels)
    assert best == pytest.approx(1 if score.higher_is_better else 0, abs=1e-6)
    assert (best > score.score(p, labels)) == score.higher_is_better


def test_more_sure_mistakes_have_the_worse_score(score):
    """Not less skill: who knows nothing and says so is well calibrated."""
    rng = np.random.default_rng(2)
    labels, luck = rng.integers(0, 4, 2000), rng.random(2000)
    values = []
    for wrong in (0.0, 0.1, 0.3, 0.6):
        said = np.where(luck < wrong, (labels + 1) % 4, labels)
        values.append(score.score(0.01 + 0.96 * certain(said, 4), labels))
    assert values == sorted(values, reverse=score.higher_is_better)


def test_the_order_of_rows_does_not_matter(score):
    p, labels = predictions()
    shuffled = np.random.default_rng(1).permutation(len(labels))
    assert score.score(p[shuffled], labels[shuffled]) == pytest.approx(score.score(p, labels))


def test_the_names_of_classes_do_not_matter(score):
    p, labels = predictions()
    order = np.array([2, 0, 3, 1])
    assert score.score(p[:, np.argsort(order)], order[labels]) == pytest.approx(
        score.score(p, labels)
    )


def test_its_rows_are_one_number_per_row_with_the_score_as_mean(score):
    p, labels = predictions(seed=2)
    rows = score.rows(p, labels)
    if rows is not None:
        assert rows.shape == (60,)
        assert rows.dtype == np.float64
        assert rows.mean() == pytest.approx(score.score(p, labels))


@pytest.mark.parametrize("n", [1, 5])
def test_one_row_or_one_class_is_enough(score, n):
    p, labels = predictions(n)
    assert math.isfinite(score.score(p, np.zeros_like(labels)))


def test_a_score_never_changes_the_predictions(score):
    p, labels = predictions()
    before = p.tobytes(), labels.tobytes()
    score.score(p, labels)
    assert (p.tobytes(), labels.tobytes()) == before


def measured(fidelity, real, synthetic, seed=0, held_out=None):
    p = certain(synthetic.labels, real.schema.n_classes)
    return fidelity.measure(real, synthetic, held_out, p, seed)


def toy_table(n_per_class, seed):
    """A number with missing values and a level, both tied to the class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(2 * n_per_class) % 2
    columns = (Column("x", "numeric"), Column("colour", "categorical", ("red", "blue")))
    x = labels + rng.normal(size=len(labels))
    x[::7] = np.nan
    red = rng.random(len(labels)) < 0.2 + 0.6 * labels
    frame = pd.DataFrame({"x": x, "colour": np.where(red, "red", "blue")})
    schema = TableSchema(columns, ("a", "b"))
    return SampleSet(schema, conform(frame, columns), labels, np.arange(len(labels)))


@pytest.fixture(params=["images", "table"])
def draw(request, images):
    """Real rows of one modality by number per class and seed."""
    return (lambda n, seed: images(n, seed=seed)) if request.param == "images" else toy_table


def numbers(fidelity, images):
    """What is measured with all that a metric can ask for, of images and of a table."""
    for draw in (lambda n, seed: images(n, seed=seed), toy_table):
        yield measured(fidelity, draw(20, 0), draw(30, 1), held_out=draw(15, 2))


def test_it_is_a_finite_number_that_json_can_hold_for_images_or_a_table(fidelity, images):
    found = [value for value in numbers(fidelity, images) if value is not None]
    assert found
    for value in found:
        assert isinstance(value, float)
        assert json.loads(json.dumps(value, allow_nan=False)) == value


def test_the_real_rows_themselves_measure_the_same_whatever_the_seed(fidelity, draw):
    real, held_out = draw(20, 0), draw(10, 1)
    values = [measured(fidelity, real, real, seed, held_out) for seed in range(3)]
    assert values == pytest.approx(values[:1] * 3, abs=1e-9)


def test_the_same_seed_gives_the_same_number(fidelity, draw):
    real, synthetic = draw(10, 0), draw(40, 1)
    assert measured(fidelity, real, synthetic, 5) == measured(fidelity, real, synthetic, 5)


def test_without_samples_there_is_no_number(fidelity, draw):
    real = draw(10, 0)
    assert measured(fidelity, real, real.take(np.arange(0)), held_out=real) is None


@pytest.mark.parametrize("n_real", [1, 2])
def test_hardly_any_rows_give_a_number_or_none_and_never_nan(fidelity, draw, n_real):
    value = measured(fidelity, draw(n_real, 0), draw(3, 1), held_out=draw(1, 2))
    assert value is None or math.isfinite(value)


def test_a_single_class_is_measured_too(fidelity, images):
    value = measured(fidelity, images(10, n_classes=1), images(10, n_classes=1, seed=1, first=None))
    assert value is None or math.isfinite(value)


def test_colour_images_of_another_size_are_measured_too(fidelity, images):
    value = measured(fidelity, images(6, (12, 9), 3), images(6, (12, 9), 3, seed=1, first=None))
    assert value is None or math.isfinite(value)
