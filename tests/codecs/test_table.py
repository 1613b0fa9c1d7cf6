import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from synthlift.codecs.base import fit_codec, load_codec, save_codec
from synthlift.codecs.levels import Fixed, Levels
from synthlift.codecs.scalars import Modes, Quantiles
from synthlift.codecs.table import TableCodec
from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, TableSchema
from synthlift.core.tables import conform

DAY = np.datetime64("1999-03-01", "us")
GRADES = ("low", "middle", "high")


def rows_of(cells, kinds):
    """A SampleSet of these cells; levels are those of the cells, in their order."""
    table = pd.DataFrame(cells)
    columns = tuple(
        Column(name, kind, levels_of(table[name], kind)) for name, kind in kinds.items()
    )
    n = len(table)
    schema = TableSchema(columns, ("a", "b"))
    return SampleSet(schema, conform(table, columns), np.arange(n) % 2, np.arange(n))


def levels_of(cells, kind):
    if kind == "ordinal":
        return GRADES
    return tuple(sorted(cells.dropna().unique())) if kind == "categorical" else ()


def column(values, kind):
    return rows_of({"x": values}, {"x": kind})


def random_rows(n, seed):
    """Every kind of column, with and without missing cells."""
    rng = np.random.default_rng(seed)
    jobs = np.array([f"job {i}" for i in range(30)], object)
    cells = {
        "price": (rng.lognormal(3, 1, n).round(2), "numeric"),
        "small": (rng.normal(0, 1e-4, n).round(7), "numeric"),
        "spiked": (np.where(rng.random(n) < 0.7, 0, rng.lognormal(2, 1, n)).round(3), "numeric"),
        "age": (rng.gamma(6, 7, n).round(), "integer"),
        "far": (rng.integers(-5_000_000, 5_000_000, n), "integer"),
        "rooms": (rng.integers(1, 7, n), "integer"),
        "id": (2**60 + rng.integers(0, 1_000, n), "integer"),
        "job": (jobs[rng.integers(0, 30, n)], "categorical"),
        "grade": (np.array(GRADES, object)[rng.integers(0, 3, n)], "ordinal"),
        "member": (rng.random(n) < 0.2, "boolean"),
        "born": (DAY + rng.integers(0, 9_000, n).astype("timedelta64[D]"), "datetime"),
        "seen": (DAY + rng.integers(0, 1_000_000, n).astype("timedelta64[s]"), "datetime"),
        "ticked": (DAY + rng.integers(0, 1_000_000, n).astype("timedelta64[us]"), "datetime"),
    }
    kinds = {name: kind for name, (_, kind) in cells.items()}
    table = {name: values for name, (values, _) in cells.items()}
    for name, kind in list(kinds.items()):
        holes = pd.Series(table[name]).astype(object).where(rng.random(n) > 0.2, None)
        kinds[f"{name} or none"], table[f"{name} or none"] = kind, holes
    return rows_of(table, kinds)


@cache
def random_codec(n):
    """The codec of random_rows(n, 0): a mixture takes a tenth of a second."""
    return TableCodec.fit(random_rows(n, seed=0))


@pytest.mark.parametrize("n", [2, 3, 10, 60, 499, 600])
def test_what_is_encoded_is_decoded_exactly_in_every_kind_of_column(n):
    rows, codec = random_rows(n, seed=0), random_codec(n)
    encoded = codec.encode(rows)
    pd.testing.assert_frame_equal(codec.decode(encoded), rows.table)
    assert encoded.dtype == np.float32
    assert encoded.shape == (n, *codec.code.shape)


def test_rows_that_are_all_alike_have_no_code():
    with pytest.raises(DataError, match=r"same value.*nothing to draw"):
        fit_codec(random_rows(1, seed=0), ())


def test_rows_beyond_the_train_rows_decode_to_the_nearest_that_these_allow():
    train, codec = random_rows(300, seed=0), random_codec(300)
    others = random_rows(300, seed=1)
    decoded = codec.decode(codec.encode(others))
    SampleSet(others.schema, decoded, others.labels, others.origin)  # its dtypes are right
    low, high = train.table["age"].min(), train.table["age"].max()
    wanted = others.table["age"].clip(low, high)
    pd.testing.assert_series_equal(decoded["age"], wanted)


@pytest.mark.parametrize("n", [60, 600])
def test_spans_cover_the_code_and_hold_what_their_activations_can_draw(n):
    rows, codec = random_rows(n, seed=0), random_codec(n)
    encoded, end = codec.encode(rows), 0
    for span in codec.code.spans:
        assert span.start == end < span.stop
        part, end = encoded[:, span.start : span.stop], span.stop
        if span.activation == "softmax":
            assert (part.sum(1) == 1).all()
            assert ((part == 0) | (part == 1)).all()
        else:
            assert span.activation == "tanh"
            assert np.abs(part).max() <= 0.99
    assert (end,) == codec.code.shape


def test_soft_codes_decode_to_their_largest_share():
    rows = column(["a", "b", "c", "c"], "categorical")
    codec = TableCodec.fit(rows)
    soft = 0.4 * codec.encode(rows) + 0.2
    assert codec.decode(soft)["x"].tolist() == ["a", "b", "c", "c"]


@pytest.mark.parametrize("n", [60, 600])
def test_whatever_a_network_emits_decodes_within_bounds_and_grid(n):
    train, codec = random_rows(n, seed=0), random_codec(n)
    noise = np.random.default_rng(0).uniform(-1, 1, (500, *codec.code.shape)).astype(np.float32)
    drawn = codec.decode(noise)
    SampleSet(train.schema, drawn, np.zeros(500, np.int64), np.full(500, -1))
    for held in train.schema.columns:
        new, old = drawn[held.name].dropna(), train.table[held.name].dropna()
        if held.kind in ("categorical", "boolean"):
            assert set(new) <= set(old)
        else:
            assert new.min() >= old.min()
            assert new.max() <= old.max()
        assert drawn[held.name].isna().any() == train.table[held.name].isna().any()
    assert (drawn["price"].round(2) == drawn["price"]).all()
    assert (drawn["born"] == drawn["born"].dt.normalize()).all()
    assert (drawn["seen"] == drawn["seen"].dt.floor("s")).all()


@pytest.mark.parametrize("n", [50, 499])
def test_below_500_rows_the_ranks_of_a_number_are_normal_scores(n):
    codec = TableCodec.fit(column(np.random.default_rng(0).lognormal(0, 3, n), "numeric"))
    assert isinstance(codec.columns[0].coder, Quantiles)
    assert codec.code.shape == (1,)
    middle = codec.columns[0].coder.middle
    assert np.allclose(middle, -np.array(middle[::-1]))
    assert 0.25 < np.std(middle) < 0.31


def test_a_spike_keeps_its_weight_among_quantiles():
    values = np.r_[np.zeros(80), np.arange(1, 21)]
    codec = TableCodec.fit(column(values, "numeric"))
    scalars = ndtri((np.arange(10_000) + 0.5) / 10_000)[:, None] / 3.3
    drawn = codec.decode(scalars.astype(np.float32))["x"]
    assert abs((drawn == 0).mean() - 0.8) < 0.01


def test_two_far_apart_clusters_are_two_modes():
    rng = np.random.default_rng(0)
    rows = column(np.r_[rng.normal(0, 1, 600), rng.normal(50, 0.1, 400)], "numeric")
    codec = TableCodec.fit(rows)
    coder = codec.columns[0].coder
    assert isinstance(coder, Modes)
    assert sorted(np.round(coder.mixture.centres)) == [0, 50]
    assert [s.discrete for s in codec.code.spans] == [False, False]
    modes = codec.encode(rows)[:, 1:].argmax(1)
    assert len(set(modes[:600])) == len(set(modes[600:])) == 1


def test_one_gaussian_is_one_mode_without_a_softmax():
    codec = TableCodec.fit(column(np.random.default_rng(0).normal(size=5_000), "numeric"))
    assert codec.code.shape == (1,)


def test_a_spike_among_modes_is_a_mode_of_its_own_whatever_the_scalar_is():
    rng = np.random.default_rng(0)
    rows = column(np.where(rng.random(2_000) < 0.9, 7.25, rng.normal(0, 1, 2_000)), "numeric")
    codec = TableCodec.fit(rows)
    coder = codec.columns[0].coder
    assert coder.spikes == (7.25,)
    code = np.zeros((3, coder.width), np.float32)
    code[:, 0], code[:, 1] = (-0.9, 0, 0.9), 1
    assert codec.decode(code)["x"].tolist() == [7.25] * 3


def test_heavy_tails_come_back_although_no_mode_reaches_them():
    values = np.random.default_rng(0).standard_cauchy(3_000).round(2)
    rows = column(values, "numeric")
    codec = TableCodec.fit(rows)
    assert np.array_equal(codec.decode(codec.encode(rows))["x"], values)


@pytest.mark.parametrize(
    ("kind", "decimals", "spread"), [("integer", 0, 1.0), ("numeric", 2, 1.0), ("numeric", 4, 0.5)]
)
def test_a_long_tail_of_more_than_1000_values_comes_back_exactly(kind, decimals, spread):
    values = np.random.default_rng(0).lognormal(8, spread, 20_000).round(decimals)
    values[:2] = values.max() * 3, values.max() * 2  # no mode reaches these
    rows = column(values, kind)
    codec = TableCodec.fit(rows)
    held = codec.columns[0].coder
    assert isinstance(held, Quantiles)
    assert len(held.values) <= 1_000 < len(np.unique(values))
    pd.testing.assert_frame_equal(codec.decode(codec.encode(rows)), rows.table)


def test_of_more_than_1000_values_the_ends_and_spikes_are_held_and_spikes_keep_their_weight():
    values = np.r_[np.full(2_000, 5.0), np.random.default_rng(0).lognormal(0, 2, 8_000)]
    coder = Quantiles.fit(values)
    assert {values.min(), 5.0, values.max()} <= set(coder.values)
    assert len(coder.values) <= 1_000
    normal = ndtri((np.arange(10_000) + 0.5) / 10_000)[:, None]
    scalars = normal * coder.high[-1] / normal.max()
    assert np.abs(scalars).max() < 0.95, "a tanh reaches them"
    drawn = coder.decode(scalars, np.zeros(10_000))
    assert abs((drawn == 5).mean() - 0.2) < 0.002
    assert drawn.std() == pytest.approx(values.std(), rel=0.05), "the tails are as long"
    quartiles = [np.quantile(v, [0.1, 0.25, 0.5, 0.75, 0.9]) for v in (drawn, values)]
    np.testing.assert_allclose(*quartiles, rtol=0.01)


def test_neighbours_that_few_of_very_many_rows_have_are_told_apart():
    values = np.r_[np.zeros(500_000), 1, 2, 3, np.full(500_000, 10.0)]
    coder = Quantiles.fit(values)
    codes = np.empty((5, 1), np.float32)
    coder.encode(np.unique(values), codes)
    assert coder.decode(codes, np.zeros(5)).tolist() == [0, 1, 2, 3, 10]


@pytest.mark.parametrize("n", [100, 2_000])
def test_numbers_on_no_grid_come_back_within_a_millionth_of_their_range(n):
    values = np.random.default_rng(0).normal(size=n)
    rows = column(values, "numeric")
    codec = TableCodec.fit(rows)
    error = np.abs(codec.decode(codec.encode(rows))["x"] - values).max()
    assert error <= 1e-6 * np.ptp(values)


def test_few_different_numbers_are_levels_and_an_unseen_one_becomes_the_nearest():
    rows = column(np.tile([1, 2, 10], 20), "integer")
    codec = TableCodec.fit(rows)
    assert [s.discrete for s in codec.code.spans] == [True]
    others = column([1, 3, 7, 9], "integer")
    assert codec.decode(codec.encode(others))["x"].tolist() == [1, 2, 10, 10]


def test_ten_numbers_are_levels_in_many_rows_and_a_scalar_in_few():
    many, few = (TableCodec.fit(column(np.tile(np.arange(10), r), "integer")) for r in (50, 49))
    assert isinstance(many.columns[0].coder, Levels)
    assert isinstance(few.columns[0].coder, Quantiles)


def test_an_unseen_level_has_equal_shares_and_decodes_to_the_most_frequent():
    schema = TableSchema((Column("x", "categorical", ("a", "b", "new")),), ("u",))
    table = conform(pd.DataFrame({"x": ["a", "b", "b", "new", None]}), schema.columns)
    rows = SampleSet(schema, table, np.zeros(5, np.int64), np.arange(5))
    codec = TableCodec.fit(rows.take(np.arange(3)))
    encoded = codec.encode(rows)
    assert encoded[3:].tolist() == [[0.5, 0.5]] * 2
    assert codec.decode(encoded)["x"].tolist() == ["a", "b", "b", "b", "b"]


def test_missing_where_train_has_none_is_encoded_as_the_median():
    codec = TableCodec.fit(column(np.arange(20.0), "numeric"))
    encoded = codec.encode(column([np.nan, 9.0], "numeric"))
    assert encoded[0] == encoded[1]


def test_rare_levels_share_a_position_and_are_drawn_by_their_frequency():
    rng = np.random.default_rng(0)
    counts = np.r_[np.full(64, 50), 30, 10, np.full(10, 1)]
    names = np.array([f"level {i}" for i in range(len(counts))], object)
    number = rng.normal(size=counts.sum())
    cells = {"x": np.repeat(names, counts), "y": number}
    rows = rows_of(cells, {"x": "categorical", "y": "numeric"})
    codec = TableCodec.fit(rows)
    encoded = codec.encode(rows)
    coder = codec.columns[0].coder
    assert coder.width == 65
    decoded = codec.decode(encoded)
    common = rows.table["x"].isin(names[:64])
    assert (decoded["x"][common] == rows.table["x"][common]).all()
    rest = decoded["x"][~common]
    assert set(rest) <= set(names[64:])
    many = np.repeat(encoded[~common.to_numpy()][:1], 4_000, axis=0)
    many[:, 65] = np.linspace(-0.9, 0.9, 4_000)
    shares = codec.decode(many)["x"].value_counts(normalize=True)
    assert abs(shares["level 64"] - 0.6) < 0.03
    assert abs(shares["level 65"] - 0.2) < 0.03


def test_a_row_decodes_to_the_same_alone_and_among_others():
    names = np.array([f"level {i}" for i in range(100)], object)
    rng = np.random.default_rng(0)
    cells = {"x": names[rng.permutation(300) % 100], "y": rng.normal(size=300)}
    rows = rows_of(cells, {"x": "categorical", "y": "numeric"})
    codec = TableCodec.fit(rows)
    codes = rng.normal(size=(50, *codec.code.shape)).astype(np.float32)
    alone = pd.concat([codec.decode(codes[i : i + 1]) for i in range(50)], ignore_index=True)
    pd.testing.assert_frame_equal(alone, codec.decode(codes))


def test_a_column_of_one_value_or_none_takes_no_room():
    cells = {"one": [3] * 9, "none": [None] * 9, "x": np.arange(9.0)}
    rows = rows_of(cells, {"one": "integer", "none": "categorical", "x": "numeric"})
    codec = TableCodec.fit(rows)
    assert [c.width for c in codec.columns] == [0, 0, 1]
    assert isinstance(codec.columns[0].coder, Fixed)
    decoded = codec.decode(codec.encode(rows))
    pd.testing.assert_frame_equal(decoded, rows.table)


def test_numbers_of_every_size_are_encoded():
    extremes = np.array([-1e300, -1e-300, 0, 1e-300, 1e300, 1e8, 2.5])
    for values in (extremes, np.tile(extremes, 100) * np.linspace(0.5, 1, 700)):
        codec = TableCodec.fit(column(values, "numeric"))
        assert np.isfinite(codec.encode(column(values, "numeric"))).all()
    widest = column([-(2**63) + 1, 2**63 - 1, 0, 5], "integer")
    decoded = TableCodec.fit(widest).decode(TableCodec.fit(widest).encode(widest))["x"]
    assert decoded.iloc[[0, 1]].tolist() == [-(2**63) + 1, 2**63 - 1]


def test_no_rows_are_encoded_and_decoded_to_no_rows():
    rows = random_rows(30, seed=0)
    codec = TableCodec.fit(rows)
    none = codec.decode(codec.encode(rows.take(np.arange(0))))
    pd.testing.assert_frame_equal(none, rows.table.iloc[:0])


def test_more_rows_than_a_block_are_coded_as_one(monkeypatch):
    rows = random_rows(50, seed=0)
    codec = TableCodec.fit(rows)
    whole = codec.encode(rows)
    monkeypatch.setattr("synthlift.codecs.table.BLOCK", 7)
    assert (codec.encode(rows) == whole).all()
    pd.testing.assert_frame_equal(codec.decode(whole), rows.table)


@pytest.mark.parametrize("n", [60, 600])
def test_it_survives_the_disk(tmp_path, n):
    codec = random_codec(n)
    save_codec(codec, tmp_path)
    assert load_codec(tmp_path) == codec
    json.loads((tmp_path / "codec.json").read_text(), parse_constant=pytest.fail)


def test_it_is_the_same_each_time():
    rows = column(np.random.default_rng(0).lognormal(size=600), "numeric")
    assert TableCodec.fit(rows) == TableCodec.fit(rows)
