"""Varied copies of table rows: what may change, by how much, and what stays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthlift.augmentations.affine import Affine
from synthlift.augmentations.jitter import Jitter
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.tables import conform

COLUMNS = (
    Column("price", "numeric"),
    Column("rooms", "integer"),
    Column("built", "datetime"),
    Column("sea", "boolean"),
    Column("state", "ordinal", ("poor", "fair", "good")),
    Column("town", "categorical", ("Aix", "Bonn", "Cork")),
)


def houses(n=400):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "price": np.where(rng.random(n) < 0.1, np.nan, rng.normal(100, 20, n)),
            "rooms": rng.integers(1, 9, n),
            "built": pd.Timestamp("2000-01-01") + pd.to_timedelta(rng.integers(0, 9999, n), "D"),
            "sea": rng.random(n) < 0.5,
            "state": rng.choice(["poor", "good", None], n),
            "town": rng.choice(["Aix", "Bonn"], n),
        }
    )
    schema = TableSchema(COLUMNS, ("a", "b"))
    return SampleSet(schema, conform(table, COLUMNS), np.arange(n) % 2, np.arange(n))


def test_every_row_keeps_its_label_and_origin():
    rows = houses()
    varied = Jitter(0.1, 0.1, 2).vary(rows, 0)
    assert varied.labels.tolist() == rows.labels.tolist()
    assert varied.origin.tolist() == rows.origin.tolist()
    assert len(set(varied.fingerprints()) & set(rows.fingerprints())) < len(rows) / 10


def test_noise_has_the_scale_asked_for_in_spreads_of_the_column():
    rows = houses(4000)
    moved = Jitter(0.1, 0, 1).vary(rows, 0).table["price"] - rows.table["price"]
    assert moved.std() == pytest.approx(0.1 * 20, rel=0.1)


def test_missing_stays_missing_and_bounds_are_kept():
    rows = houses()
    varied = Jitter(3.0, 1.0, 1).vary(rows, 0).table
    assert (varied.isna() == rows.table.isna()).all().all()
    for name in ("price", "rooms", "built"):
        assert varied[name].min() == rows.table[name].min()
        assert varied[name].max() == rows.table[name].max()


def test_levels_change_as_often_as_asked_and_only_to_levels_of_the_rows():
    rows = houses(4000)
    varied = Jitter(0.0, 0.2, 1).vary(rows, 0).table
    assert (varied["town"] != rows.table["town"]).mean() == pytest.approx(0.1, abs=0.02)
    assert set(varied["town"]) == {"Aix", "Bonn"}
    assert "fair" not in set(varied["state"])


def test_nothing_asked_for_changes_nothing():
    rows = houses()
    pd.testing.assert_frame_equal(Jitter(0.0, 0.0, 1).vary(rows, 0).table, rows.table)


def test_the_seed_decides():
    jitter, rows = Jitter(0.1, 0.1, 1), houses()
    one, same, other = (jitter.vary(rows, seed).fingerprints().tolist() for seed in (1, 1, 2))
    assert one == same != other


def test_a_column_of_which_nothing_is_known_stays_so():
    rows = houses(3)
    table = rows.table.assign(price=np.nan)
    unknown = SampleSet(rows.schema, table, rows.labels, rows.origin)
    assert Jitter(0.1, 0.1, 1).vary(unknown, 0).table["price"].isna().all()


def test_images_and_tables_are_told_apart():
    images, table = ImageSchema(1, 8, 8, ("a", "b")), houses(2).schema
    assert Jitter(0.1, 0.1, 1).check(table) is None
    assert "columns" in Jitter(0.1, 0.1, 1).check(images)
    assert "pixels" in Affine(0.1, 0.1, 0.1, False).check(table)


@pytest.mark.parametrize("wrong", [(-0.1, 0.1, 1), (0.1, 1.1, 1), (0.1, 0.1, 0)])
def test_a_value_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match="scale is at least 0"):
        Jitter(*wrong)
