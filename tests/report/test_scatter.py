"""Scatter, heat map and nearest rows of a table."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, TableSchema
from synthlift.core.tables import conform
from synthlift.report.heatmap import heatmap
from synthlift.report.nearest_rows import nearest_rows, value_text
from synthlift.report.scatter import scatter_view


@pytest.fixture(scope="module")
def rings(make, tmp_path_factory):
    return make.make_rings(tmp_path_factory.mktemp("rings"))


@pytest.fixture(scope="module")
def exhibit(make):
    return make.make_table_exhibit()


def test_two_columns_are_drawn_whole_and_as_training_went_on(rings):
    view = scatter_view(rings)
    assert view.is_whole
    assert [panel.title for panel in view.scatters[0].panels] == ["real", "synthetic"]
    assert [panel.title for panel in view.training.panels] == [
        "step 100",
        "step 1,000",
        "step 2,000",
    ]
    assert [name for *_, name in view.keys] == ["inner", "middle", "outer"]
    assert sum(path.count("M") for _, path in view.scatters[0].panels[0].marks) == 400


def test_of_many_snapshots_the_first_middle_and_last_are_shown(rings):
    many = replace(rings, snapshots=rings.snapshots[:1] * 4 + rings.snapshots[1:] * 2)
    assert len(scatter_view(many).training.panels) == 3
    assert scatter_view(replace(rings, snapshots=())).training is None


def test_points_lie_where_they_belong():
    columns = (Column("x", "numeric"), Column("y", "integer"))
    schema = TableSchema(columns, ("a",))
    frame = conform(pd.DataFrame({"x": [0.0, 1.0, None], "y": [0, 1, 1]}), columns)
    rows = SampleSet(schema, frame, np.zeros(3, np.int64), np.arange(3))
    from synthlift.report.exhibits import Exhibit

    view = scatter_view(Exhibit(0, rows, rows, np.arange(3), np.zeros(3), [], ()))
    (panel, _) = view.scatters[0].panels
    ((_, path),) = panel.marks
    assert panel.n == 2
    first, second = [tuple(map(int, p[: p.index("h")].split())) for p in path.split("M")[1:]]
    assert first[0] < second[0]
    assert first[1] > second[1]  # up is less in an SVG
    assert first[0] + second[0] == pytest.approx(400, abs=1)


def test_of_many_columns_those_most_tied_to_the_class_are_drawn(exhibit):
    view = scatter_view(exhibit)
    tied = {c["name"]: abs(c["association"][0] or 0) for c in exhibit.distribution["columns"]}
    numbers = [c.name for c in exhibit.train.schema.columns if c.kind in ("numeric", "integer")]
    best = set(sorted(numbers, key=lambda name: -tied[name])[:3])
    assert {s.x for s in view.scatters} | {s.y for s in view.scatters} == best
    assert (len(view.scatters), view.is_whole, view.training) == (3, False, None)


def test_rare_classes_share_a_mark(make):
    columns = (Column("x", "numeric"), Column("y", "numeric"))
    schema = TableSchema(columns, tuple("abcdefgh"))
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(8), np.arange(8, 0, -1))
    frame = conform(pd.DataFrame(rng.normal(size=(36, 2)), columns=["x", "y"]), columns)
    rows = SampleSet(schema, frame, labels, np.arange(36))
    view = scatter_view(make._table_exhibit(rows, rows))
    assert [name for *_, name in view.keys] == [*"abcde", "all other classes"]


def test_one_numeric_column_has_no_scatter(make):
    assert scatter_view(make.make_table_exhibit(("only", "whole")[:1])) is None


def test_heatmap_is_a_triangle_and_lists_the_largest_differences(exhibit):
    pairs = exhibit.distribution["pairs"]
    found = heatmap(pairs)
    n = len(pairs["names"])
    assert len(found.cells) <= n * (n - 1) / 2
    gaps = [abs(float(pair.gap)) for pair in found.pairs]
    assert gaps == sorted(gaps, reverse=True)
    assert any("the class" in (p.first, p.second) for p in found.pairs) or len(gaps) == 12
    assert found.pairs[0].first in found.alt


def test_without_pairs_there_is_no_heatmap():
    assert heatmap(None) is None
    nothing = {"names": ["x", None], "n_columns": 2, "real": [[1, None], [None, 1]]}
    assert heatmap({**nothing, "synthetic": nothing["real"]}) is None


def test_the_nearest_rows_are_compared_cell_by_cell(exhibit):
    found = nearest_rows(exhibit)
    pair, (row, neighbour, _) = found.pairs[0], exhibit.closest(1)[0]
    ours, theirs = exhibit.synthetic.table.iloc[row], exhibit.train.table.iloc[neighbour]
    assert [cell[0] for cell in pair.cells] == [value_text(v) for v in ours]
    assert [cell[1] for cell in pair.cells] == [value_text(v) for v in theirs]
    assert pair.n_differ == sum(differs for *_, differs in pair.cells)


def test_a_copy_differs_in_no_cell(exhibit):
    n = len(exhibit.train)
    copied = replace(exhibit, synthetic=exhibit.train, nearest=np.arange(n), distance=np.zeros(n))
    assert {pair.n_differ for pair in nearest_rows(copied).pairs} == {0}


def test_values_are_shown_as_a_reader_knows_them():
    shown = [value_text(v) for v in (pd.NA, np.nan, pd.NaT, np.True_, 3, 2.0)]
    assert shown == ["", "", "", "True", "3", "2"]
    assert value_text(pd.Timestamp("2020-01-31 12:30")) == "2020-01-31 12:30"
    assert value_text(pd.Timestamp("2020-01-31")) == "2020-01-31"
    assert value_text("x" * 99) == "x" * 23 + "…"
