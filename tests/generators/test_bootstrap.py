"""The smoothed bootstrap: whose rows, with how much noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.tables import conform
from synthlift.generators.bootstrap import Bootstrap, FittedBootstrap

COLUMNS = (
    Column("x", "numeric"),
    Column("n", "integer"),
    Column("kind", "categorical", ("p", "q", "r")),
)


def rows_of(n=40):
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 2
    table = pd.DataFrame(
        {
            "x": np.where(rng.random(n) < 0.2, np.nan, rng.normal(100 * labels, 1)),
            "n": rng.poisson(3, n),
            "kind": np.where(labels == 0, "p", rng.choice(["q", "r"], n)),
        }
    )
    schema = TableSchema(COLUMNS, ("a", "b"))
    return SampleSet(schema, conform(table, COLUMNS), labels, np.arange(n))


def drawn(train, bandwidth=1.0, flip=0.0, n=300, seed=0, scale=1.0):
    fitted = FittedBootstrap(Bootstrap(bandwidth, flip), train)
    return fitted.sample(np.arange(n) % 2, seed, scale, None)


def test_without_noise_it_is_the_plain_bootstrap():
    train = rows_of()
    samples = drawn(train, bandwidth=0.0)
    known = set(zip(train.fingerprints(), train.labels, strict=True))
    assert set(zip(samples.fingerprints(), samples.labels, strict=True)) == known


def test_the_noise_follows_silvermans_rule():
    """In one dimension: (4 / 3n)^(1/5) standard deviations."""
    n = 20000
    x = np.random.default_rng(0).normal(0, 1, n)
    schema = TableSchema(COLUMNS[:1], ("a", "b"))
    table = pd.DataFrame({"x": x})
    fitted = FittedBootstrap(
        Bootstrap(1.0, 0.0), SampleSet(schema, table, np.arange(n) % 2, np.arange(n))
    )
    assert fitted._noise.ravel() == pytest.approx((4 / (3 * n / 2)) ** 0.2, rel=0.03)


def test_missing_and_bounds_are_those_of_the_rows():
    train, samples = rows_of(), drawn(rows_of(), scale=3.0)
    assert samples.table["x"].isna().mean() == pytest.approx(
        train.table["x"].isna().mean(), abs=0.1
    )
    assert samples.table["n"].between(train.table["n"].min(), train.table["n"].max()).all()


def test_levels_come_from_rows_of_the_class():
    samples = drawn(rows_of(), flip=1.0)
    assert set(samples.table["kind"][samples.labels == 0]) == {"p"}
    assert set(samples.table["kind"][samples.labels == 1]) == {"q", "r"}


@pytest.mark.parametrize("n", [1, 7, 511, 513])
def test_a_prefix_of_the_labels_gives_a_prefix_of_the_samples(n):
    whole, part = drawn(rows_of(), flip=0.3, n=600), drawn(rows_of(), flip=0.3, n=n)
    assert part.fingerprints().tolist() == whole.fingerprints()[:n].tolist()


def test_a_smaller_scale_stays_closer_to_the_rows():
    train = rows_of()
    still = drawn(train, bandwidth=0.0).table["x"]
    near, far = ((drawn(train, scale=s).table["x"] - still).abs().mean() for s in (0.5, 1.0))
    assert 0 < near < far


def test_images_get_noise_on_their_pixels_and_stay_images(images):
    train = images(10)
    fitted = FittedBootstrap(Bootstrap(0.5, 0.0), train)
    samples = fitted.sample(np.arange(50) % 2, 0, 1.0, None)
    assert samples.images.dtype == np.uint8
    assert not set(samples.fingerprints()) & set(train.fingerprints())
    bright, dark = (samples.images[samples.labels == c].mean() for c in (1, 0))
    assert bright - dark > 60


def test_a_class_without_rows_is_refused_by_name():
    train = rows_of()
    with pytest.raises(DataError, match="class 'b' has no train rows"):
        drawn(train.take(train.labels == 0))


def test_images_too_large_are_refused_with_the_remedy():
    assert "dataset.size=512" in Bootstrap(1.0, 0.1).check(ImageSchema(1, 8, 600, ("a", "b")))


@pytest.mark.parametrize("wrong", [(-0.1, 0.1), (1.0, 1.1)])
def test_a_value_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match="bandwidth is at least 0"):
        Bootstrap(*wrong)


def test_prices_keep_their_cents_and_days_their_midnights():
    rng = np.random.default_rng(0)
    columns = (Column("price", "numeric"), Column("day", "datetime"))
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 40), unit="D")
    table = pd.DataFrame({"price": rng.normal(50, 9, 40).round(2), "day": days})
    schema = TableSchema(columns, ("a", "b"))
    train = SampleSet(schema, conform(table, columns), np.arange(40) % 2, np.arange(40))
    found = drawn(train).table
    assert (found["price"].round(2) == found["price"]).all()
    assert (found["day"].dt.normalize() == found["day"]).all()
    assert found["price"].nunique() > 100, "and there is noise on them"
