"""Column and pair similarity, the two-sample test and the closest record, on tables and images."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthlift.core.samples import SampleSet, concatenate
from synthlift.core.schema import Column, TableSchema
from synthlift.core.tables import conform
from synthlift.metrics.closest_record import ClosestRecord
from synthlift.metrics.column_similarity import ColumnSimilarity
from synthlift.metrics.columns import likeness
from synthlift.metrics.pair_similarity import PairSimilarity
from synthlift.metrics.two_sample import TwoSample

SCHEMA = TableSchema(
    (
        Column("x", "numeric"),
        Column("y", "integer"),
        Column("colour", "categorical", ("red", "blue", "green")),
    ),
    ("a", "b"),
)


def table(n, seed, *, shift=0.0, tied=True):
    """y follows x and the colour follows the class, unless they are not tied."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    x = rng.normal(0, 1, n) + shift
    y = np.round(10 * (x if tied else rng.permutation(x)))
    chance = np.where(labels if tied else rng.permutation(labels), 0.9, 0.1)
    colour = np.where(rng.random(n) < chance, "red", "blue").astype(object)
    colour[rng.random(n) < 0.1] = None
    x[rng.random(n) < 0.1] = np.nan
    frame = pd.DataFrame({"x": x, "y": y, "colour": colour})
    return SampleSet(SCHEMA, conform(frame, SCHEMA.columns), labels, np.arange(n))


def measure(metric, real, synthetic, held_out=None, seed=0):
    p = np.empty((len(synthetic), 2), np.float32)
    return metric.measure(real, synthetic, held_out, p, seed)


@pytest.mark.parametrize("metric", [ColumnSimilarity(), PairSimilarity()])
def test_similarity_of_the_rows_to_themselves_is_one_and_of_fresh_draws_nearly(metric):
    real = table(1500, 0)
    assert measure(metric, real, real) == pytest.approx(1, abs=1e-12)
    assert measure(metric, real, table(1500, 1)) > 0.95


def test_column_similarity_falls_with_a_shift_and_is_the_mean_over_columns():
    real = table(1500, 0)
    values = [measure(ColumnSimilarity(), real, table(1500, 1, shift=s)) for s in (0, 0.5, 1, 3)]
    assert values == sorted(values, reverse=True)
    shifted = table(1500, 1, shift=100)
    assert likeness(real, shifted)[:2] == pytest.approx([0.1, 0], abs=0.03)  # missing ones agree


def test_untied_columns_keep_their_column_similarity_and_lose_their_pair_similarity():
    real, untied = table(1500, 0), table(1500, 1, tied=False)
    assert measure(ColumnSimilarity(), real, untied) > 0.95
    gap = 1 - measure(PairSimilarity(), real, untied)
    # 6 pairs: x with y falls from 1 to 0, colour with the label from its V to 0
    assert gap == pytest.approx((1 + 0.72) / 6, abs=0.05)


def test_the_mix_of_classes_that_was_drawn_does_not_matter():
    real, synthetic = table(1500, 0), table(1500, 1)
    ones = np.flatnonzero(synthetic.labels == 1)
    unbalanced = concatenate([synthetic.take(synthetic.labels == 0), synthetic.take(ones[:200])])
    for metric in (ColumnSimilarity(), PairSimilarity()):
        assert measure(metric, real, unbalanced) > 0.94
    assert measure(TwoSample(), real, unbalanced) == pytest.approx(0.5, abs=0.06)


def test_images_have_no_pairs_but_a_similarity_of_pixels(images):
    real, dark = images(20), images(20, seed=1, first=None)
    assert measure(PairSimilarity(), real, dark) is None
    assert measure(ColumnSimilarity(), real, dark) > 0.9
    dark = replace(dark, features=dark.images // 2)
    assert measure(ColumnSimilarity(), real, dark) < 0.7


def test_a_single_column_of_a_single_class_has_no_pairs():
    schema = TableSchema((Column("x", "numeric"),), ("a",))
    frame = conform(pd.DataFrame({"x": np.arange(9.0)}), schema.columns)
    rows = SampleSet(schema, frame, np.zeros(9, np.int64), np.arange(9))
    assert measure(PairSimilarity(), rows, rows) is None


def test_fresh_draws_are_not_told_apart_and_others_are():
    real = table(1000, 0)
    assert measure(TwoSample(), real, table(1000, 1)) == pytest.approx(0.5, abs=0.05)
    assert measure(TwoSample(), real, table(1000, 1, tied=False)) > 0.8
    assert measure(TwoSample(), real, table(1000, 1, shift=100)) > 0.99


def test_a_pattern_of_missing_values_is_found_out():
    real, synthetic = table(1000, 0), table(1000, 1)
    frame = synthetic.table.copy()
    frame["x"] = frame["x"].fillna(frame["x"].mean())
    assert measure(TwoSample(), real, replace(synthetic, features=frame)) > 0.53


def test_rows_and_their_copies_are_not_told_apart_at_all():
    real = table(300, 0)
    assert measure(TwoSample(), real, real.take(np.arange(300)[::-1])) == pytest.approx(0.5)


def test_wrong_labels_are_found_out():
    real, synthetic = table(1000, 0), table(1000, 1)
    assert measure(TwoSample(), real, replace(synthetic, labels=1 - synthetic.labels)) > 0.75


def test_held_out_rows_stand_for_the_real_ones_if_there_are_enough():
    train, far = table(300, 0), table(300, 1, shift=100)
    assert measure(TwoSample(), train, far, far) == pytest.approx(0.5)
    assert measure(TwoSample(), train, far, far.take(np.arange(50))) > 0.99


def test_too_few_rows_are_not_told_apart_by_anybody():
    few = table(9, 0)
    assert measure(TwoSample(), few, few) is None


@pytest.mark.parametrize("n_held_out", [60, 300, 1500])
def test_fresh_draws_are_as_close_to_training_as_to_held_out_rows(n_held_out):
    held_out = table(n_held_out, 2)
    found = measure(ClosestRecord(), table(300, 0), table(3000, 1), held_out)
    assert found == pytest.approx(0.5, abs=0.08)


def test_copies_are_closest_to_training_rows_and_leaked_rows_are_not():
    real, held_out = table(300, 0), table(100, 2)
    assert measure(ClosestRecord(), real, real, held_out) > 0.97
    assert measure(ClosestRecord(), real, held_out, held_out) < 0.03


def test_ties_are_shared_by_size():
    held_out = table(30, 0)
    thrice = held_out.take(np.repeat(np.arange(30), 3))
    assert measure(ClosestRecord(), thrice, thrice, held_out) == pytest.approx(0.5)


@pytest.mark.parametrize("how", ["far off", "all alike"])
def test_where_a_few_real_rows_are_nearest_to_all_samples_nobody_knows(how):
    """They stand on one side or the other by chance: 1 or 0 would look like a finding."""
    real, held_out = table(300, 0), table(100, 2)
    far = table(300, 1, shift=100)
    samples = far if how == "far off" else table(2, 1).take(np.arange(300) % 2)
    assert measure(ClosestRecord(), real, samples, held_out) is None
    few = real.take(np.arange(300) % 2)  # copies, but of two rows only: Copies says it
    assert measure(ClosestRecord(), real, few, held_out) is None


def test_without_held_out_rows_nobody_knows_the_closest_record():
    real = table(30, 0)
    assert measure(ClosestRecord(), real, real, None) is None
    assert measure(ClosestRecord(), real, real, real.take(np.arange(0))) is None
