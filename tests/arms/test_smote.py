"""Rows made by SMOTE: between train rows of their class, for every mix of columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthlift.arms.base import Ingredients
from synthlift.arms.smote import Smote
from synthlift.core.plans import Plan
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.tables import conform

COLUMNS = (
    Column("price", "numeric"),
    Column("rooms", "integer"),
    Column("built", "datetime"),
    Column("state", "ordinal", ("poor", "fair", "good")),
    Column("sea", "boolean"),
    Column("town", "categorical", ("Aix", "Bonn", "Cork")),
)
MIXES = {"numbers": COLUMNS[:4], "levels": COLUMNS[4:], "both": COLUMNS}
SMOTE = Smote(0.25, None, "real", None)


def houses(columns=COLUMNS, counts=(10, 6), missing=0.0):
    """Class by class, each in its own range of prices and town."""
    n = sum(counts)
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(counts)), counts)
    table = pd.DataFrame(
        {
            "price": 1000 * labels + rng.normal(100, 20, n),
            "rooms": rng.integers(1, 9, n),
            "built": pd.Timestamp("2000-01-01") + pd.to_timedelta(rng.integers(0, 999, n), "D"),
            "state": rng.choice(["poor", "fair", "good"], n),
            "sea": rng.random(n) < 0.5,
            "town": np.array(["Aix", "Bonn", "Cork"])[labels],
        }
    ).astype(object)
    table = table.mask(rng.random(table.shape) < missing)[[c.name for c in columns]]
    schema = TableSchema(columns, tuple("abc"[: len(counts)]))
    return SampleSet(schema, conform(table, columns), labels, np.arange(n))


def slot_of(train, n=8):
    return SMOTE.assemble(Ingredients(train, plan=Plan(n, None))).slot


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_as_many_rows_of_each_class_as_the_plan_says(mix, missing):
    slot = slot_of(houses(MIXES[mix], missing=missing))
    assert slot.counts().tolist() == [8, 8]
    assert (slot.origin == -1).all()


def test_made_rows_lie_between_train_rows_of_their_class():
    train, slot = houses(), slot_of(houses(), 50)
    for label in (0, 1):
        ours, theirs = (s.table[s.labels == label] for s in (slot, train))
        for name in ("price", "rooms", "built"):
            assert ours[name].between(theirs[name].min(), theirs[name].max()).all()
        assert set(ours["town"]) == set(theirs["town"])
    assert not set(slot.fingerprints()) & set(train.fingerprints())


def test_missing_values_come_as_often_as_their_neighbours_have_them():
    train = houses(counts=(40, 40), missing=0.4)
    share = slot_of(train, 200).table.isna().mean()
    assert (share[["price", "rooms", "built", "state"]] > 0.05).all()
    assert slot_of(houses(), 50).table.notna().all().all()


def test_a_column_of_which_nothing_is_known_stays_so():
    train = houses()
    table = train.table.assign(price=np.nan, town=pd.Categorical([None] * 16, COLUMNS[5].levels))
    unknown = SampleSet(train.schema, conform(table, COLUMNS), train.labels, train.origin)
    assert slot_of(unknown).table[["price", "town"]].isna().all().all()


def test_a_class_of_one_row_is_repeated_and_one_of_two_is_not():
    train = houses(counts=(5, 1, 2))
    slot = slot_of(train)
    prints = [set(slot.fingerprints()[slot.labels == c]) for c in range(3)]
    assert prints[1] == set(train.fingerprints()[train.labels == 1])
    assert len(prints[2]) > 1


def test_the_train_rows_decide_the_draws_and_nothing_else():
    train = houses()
    again, elsewhere = slot_of(train), replace(train, origin=train.origin + 100)
    assert slot_of(train).fingerprints().tolist() == again.fingerprints().tolist()
    assert slot_of(elsewhere).fingerprints().tolist() != again.fingerprints().tolist()


def test_images_are_refused_with_the_remedy():
    assert "take it out of arm" in SMOTE.check(ImageSchema(1, 8, 8, ("a", "b")))
    assert SMOTE.check(houses().schema) is None
