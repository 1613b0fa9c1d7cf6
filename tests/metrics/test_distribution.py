"""distribution.json: real beside synthetic, in numbers that JSON can hold."""

import json

import numpy as np
import pandas as pd
import pytest

from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, TableSchema
from synthlift.core.tables import conform
from synthlift.metrics.distribution import bin_edges, describe

COLUMNS = (
    Column("x", "numeric"),
    Column("n", "integer"),
    Column("when", "datetime"),
    Column("colour", "categorical", ("red", "blue", "never")),
    Column("size", "ordinal", ("small", "large")),
    Column("yes", "boolean"),
    Column("nothing", "numeric"),
)
SCHEMA = TableSchema(COLUMNS, ("a", "b"))


def table(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(5, 2, n)
    x[::5] = np.nan
    frame = pd.DataFrame(
        {
            "x": x,
            "n": rng.integers(0, 4, n),
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(n), unit="D"),
            "colour": pd.Series(rng.choice(["red", "blue", None], n), dtype=object),
            "size": rng.choice(["small", "large"], n),
            "yes": rng.random(n) < 0.5,
            "nothing": np.nan,
        }
    )
    return SampleSet(SCHEMA, conform(frame, COLUMNS), np.arange(n) % 2, np.arange(n))


@pytest.fixture(scope="module")
def described():
    return describe(table(100, 0), table(100, 1), table(40, 2), 0)


def test_json_holds_it_without_nan_and_the_seed_fixes_it(described):
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert describe(table(100, 0), table(100, 1), table(40, 2), 0) == described


def test_statistics_are_those_of_pandas(described):
    facts, x = described["columns"][0]["real"], table(100, 0).table["x"]
    assert facts["count"] == 80
    assert facts["missing"] == pytest.approx(0.2)
    assert facts["sd"] == pytest.approx(x.std(ddof=0))
    wanted = x.quantile([0, 0.25, 0.5, 0.75, 1])
    found = [facts[k] for k in ("min", "q25", "median", "q75", "max")]
    assert found == pytest.approx(wanted.tolist())


def test_histograms_hold_every_known_value_on_shared_bins(described):
    for column in described["columns"][:3]:
        for side, counts in zip(("real", "synthetic"), column["counts"], strict=True):
            assert sum(counts) == column[side]["count"]
            assert len(column["edges"]) == len(counts) + 1
    assert described["columns"][1]["edges"] == [-0.5, 0.5, 1.5, 2.5, 3.5]


def test_dates_are_iso_text_and_their_spread_is_in_days(described):
    facts = described["columns"][2]["real"]
    assert (facts["min"], facts["max"]) == ("2020-01-01", "2020-04-09")
    assert facts["median"] == "2020-02-19T12:00:00"
    assert facts["sd"] == pytest.approx(np.arange(100).std())
    assert described["columns"][2]["edges"][0].startswith("2020-01-01")


def test_levels_have_their_shares_most_frequent_first(described):
    colour = described["columns"][3]
    real = table(100, 0).table["colour"]
    shares = {name: share for name, share, _ in colour["levels"]}
    assert shares == pytest.approx((real.value_counts() / 100).drop("never").to_dict())
    assert colour["n_levels"] == [2, 2]
    assert colour["real"]["missing"] == pytest.approx(real.isna().mean())
    assert {name for name, *_ in described["columns"][5]["levels"]} == {"True", "False"}


def test_a_column_without_a_value_has_no_statistics(described):
    nothing = described["columns"][6]
    assert nothing["real"]["mean"] is None
    assert (nothing["edges"], nothing["counts"], nothing["similarity"]) == ([], [[], []], 1)
    assert nothing["association"] == [None, None]


def test_pairs_name_their_columns_and_the_label_is_the_last(described):
    pairs = described["pairs"]
    assert pairs["names"][-1] is None
    size = len(pairs["names"])
    assert size <= 20
    assert np.array(pairs["real"], float).shape == (size, size)


def test_held_out_rows_say_what_can_be_expected(described):
    assert all(0 <= column["held_out"] <= 1 for column in described["columns"])
    without = describe(table(100, 0), table(100, 1), None, 0)
    assert {column["held_out"] for column in without["columns"]} == {None}


def test_channels_of_images_are_described_in_colour(images):
    found = describe(images(5, channels=3), images(5, channels=3, seed=1), None, 0)
    assert [column["name"] for column in found["columns"]] == ["red", "green", "blue"]
    assert sum(found["columns"][0]["counts"][0]) == 10 * 64
    assert found["pairs"] is None


def test_sides_without_a_common_class_are_not_compared(images):
    real = images(5)
    assert describe(real.take(real.labels == 0), real.take(real.labels == 1), None, 0) is None


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("values", [[3.0], [-5.0, 1e12], [0.0, 0.0], list(range(1000))])
def test_there_are_never_too_many_bins_and_they_rise(values, whole):
    edges = bin_edges(np.array(values), whole=whole)
    assert 2 <= len(edges) <= 25
    assert (np.diff(edges) > 0).all()
