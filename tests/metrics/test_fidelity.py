from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthlift.core.samples import SampleSet, concatenate
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.tables import conform
from synthlift.metrics.copies import Copies
from synthlift.metrics.diversity import Diversity
from synthlift.metrics.label_adherence import LabelAdherence

IMAGES = ImageSchema(1, 6, 6, ("a", "b"))
TABLE = TableSchema(
    (
        Column("x", "numeric"),
        Column("when", "datetime"),
        Column("colour", "categorical", ("red", "blue")),
    ),
    ("a", "b"),
)
NO_P = np.empty((0, 2), np.float32)


def images(n, seed, spread=40.0):
    """Two classes of noise around different greys."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    pixels = 80 + 80 * labels[:, None, None, None] + spread * rng.standard_normal((n, 1, 6, 6))
    return SampleSet(IMAGES, pixels.clip(0, 255).astype(np.uint8), labels, np.arange(n))


def table(n, seed):
    rng = np.random.default_rng(seed)
    x, days = rng.normal(5, 1000, n), pd.to_timedelta(rng.uniform(0, 1000, n), unit="D")
    x[::10] = np.nan
    when = pd.Timestamp("2020-01-01") + pd.Series(days)
    colour = pd.Series(rng.choice(["red", "blue", None], n), dtype="str")
    features = pd.DataFrame({"x": x, "when": when, "colour": colour})
    return SampleSet(TABLE, conform(features, TABLE.columns), np.arange(n) % 2, np.arange(n))


def measure(metric, real, synthetic, seed=0):
    return metric.measure(real, synthetic, None, NO_P, seed)


@pytest.mark.parametrize("draw", [images, table])
def test_a_generator_that_hands_out_training_rows_copies(draw):
    real = draw(200, 0)
    rows = np.random.default_rng(0).choice(200, 5000)
    assert measure(Copies(), real, real.take(rows)) == 1.0


@pytest.mark.parametrize("draw", [images, table])
def test_fresh_draws_from_the_same_law_are_no_copies(draw):
    assert measure(Copies(), draw(300, 0), draw(5000, 1)) <= 0.03


def test_duplicates_among_real_rows_hide_neither_exact_nor_near_copies():
    once = images(100, 0)
    real = concatenate([once, once.take(np.arange(50))])
    near = once.images.copy()
    near[:, 0, 0, 0] ^= 1
    assert measure(Copies(), real, once) == 1.0
    assert measure(Copies(), real, replace(once, features=near)) == 1.0
    assert measure(Copies(), real, images(1000, 1)) <= 0.03


def test_half_copies_count_half():
    real = images(200, 0)
    mixed = concatenate([real, images(200, 1)])
    assert measure(Copies(), real, mixed) == pytest.approx(0.5, abs=0.02)


def test_copies_need_two_different_real_rows_and_a_sample():
    real = images(10, 0)
    assert measure(Copies(), real.take(np.array([0, 0])), real) is None
    assert measure(Copies(), real, real.take(np.arange(0))) is None


@pytest.mark.parametrize("draw", [images, table])
@pytest.mark.parametrize("m", [150, 300, 6000])
def test_diversity_of_fresh_draws_is_one_however_many(draw, m):
    assert measure(Diversity(), draw(300, 0), draw(m, 1)) == pytest.approx(1, abs=0.08)


def test_diversity_of_a_collapsed_generator_is_zero_and_of_a_narrow_one_less_than_one():
    real = images(100, 0)
    one_each = real.take(np.tile([0, 1], 300))
    assert measure(Diversity(), real, one_each) == 0
    assert measure(Diversity(), real, images(600, 1, spread=20)) == pytest.approx(0.5, abs=0.08)


def test_diversity_leaves_out_classes_of_one_and_is_none_when_that_leaves_none():
    real, synthetic = images(100, 0), images(100, 1)
    few = real.take(np.array([0, 1, 3, 5, 7]))  # one row of class a, four of class b
    only_b = few.take(few.labels == 1)
    assert measure(Diversity(), few, synthetic) is not None
    assert measure(Diversity(), few, synthetic.take(synthetic.labels == 0)) is None
    assert measure(Diversity(), only_b.take(np.array([0, 0, 0])), synthetic) is None


def test_the_same_seed_gives_the_same_diversity():
    real, synthetic = images(100, 0), images(777, 1)
    assert measure(Diversity(), real, synthetic, 3) == measure(Diversity(), real, synthetic, 3)


def test_wrong_labels_drop_adherence():
    real = images(100, 0)
    p = np.eye(2, dtype=np.float32)[real.labels]
    swapped = replace(real, labels=np.where(np.arange(100) < 30, 1 - real.labels, real.labels))
    assert LabelAdherence().measure(real, real, None, p, 0) == 1.0
    assert LabelAdherence().measure(real, swapped, None, p, 0) == pytest.approx(0.7)
    assert LabelAdherence().measure(real, real.take(np.arange(0)), None, NO_P, 0) is None
