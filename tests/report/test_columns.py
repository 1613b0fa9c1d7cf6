"""Columns real beside synthetic: worst first, histograms that add up, names cut visibly."""

import re

import pytest

from synthlift.metrics.distribution import describe
from synthlift.report.columns import MOST_COLUMNS, by_likeness, column_table, level_bars, short


@pytest.fixture(scope="module")
def distribution(make):
    return make.make_table_exhibit().distribution


def views(distribution):
    table = column_table(distribution)
    return {view.name: view for view in (*table.first, *table.rest)}


def test_the_least_alike_come_first(distribution):
    found = [column["similarity"] for column in by_likeness(distribution["columns"])]
    assert found == sorted(found)
    assert (
        column_table(distribution).first[0].name == by_likeness(distribution["columns"])[0]["name"]
    )


def test_each_kind_has_a_histogram_or_bars(distribution):
    for view in views(distribution).values():
        assert (view.histogram is None) == (view.kind in ("categorical", "ordinal", "boolean"))
        assert bool(view.bars) == (view.histogram is None)
        assert len(view.statistics) == 5


def test_a_histogram_has_the_areas_of_its_counts(distribution):
    column = next(c for c in distribution["columns"] if c["kind"] == "numeric")
    histogram = views(distribution)[column["name"]].histogram
    tops = [54 - float(y) for y in re.findall(r"V([\d.]+)H", histogram.synthetic)]
    counts = column["counts"][1]
    assert len(tops) == len(counts)
    assert [top / max(tops) for top in tops] == pytest.approx(
        [n / max(counts) for n in counts], abs=0.01
    )


def test_dates_are_dates_and_their_spread_is_in_days(distribution):
    view = next(v for v in views(distribution).values() if v.kind == "datetime")
    texts = dict(view.statistics)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", texts["Median"][0])
    assert texts["SD"][0].endswith(" d")


def test_missing_shares_and_uneven_levels_are_said(distribution):
    found = views(distribution)
    assert any(view.missing[0].endswith("%") for view in found.values())
    assert any("among synthetic rows" in view.levels for view in found.values())


def test_of_too_many_columns_the_least_alike_are_kept(make):
    rows = [make.make_rows(30, tuple(map(str, range(130))), seed, seed / 3) for seed in (0, 1)]
    table = column_table(describe(*rows, None, 0))
    assert (table.n_shown, table.n) == (MOST_COLUMNS, 130)


def test_a_column_without_any_value_is_shown(distribution):
    empty = {"count": 0, "missing": 1.0}
    column = {
        "name": "x", "kind": "numeric", "similarity": 1.0, "held_out": None, "real": empty,
        "synthetic": empty, "edges": [], "counts": [[], []],
    }  # fmt: skip
    (view,) = column_table({**distribution, "columns": [column]}).first
    assert view.histogram is None
    assert view.missing == ("100 %", "100 %")


def test_bars_of_no_level_and_of_shares_of_nothing():
    assert level_bars([]) == ()
    assert level_bars([("a", 0.0, 0.0)])[0].widths == (0, 0)


def test_names_are_cut_visibly_and_made_plain():
    assert short("x" * 60, 10) == "x" * 9 + "…"
    assert short("a\nb", 10) == "a\\nb"
