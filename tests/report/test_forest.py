"""The forest plot: places in percent, the marked rows whole, nothing hidden by a far-off arm."""

from __future__ import annotations

import math

import pytest

from synthlift.report.facts import plotted_lifts
from synthlift.report.forest import ForestRow, forest, lift_row, split
from synthlift.report.scales import Axis, tick_text


def row(mean, low=None, high=None, marked=False):
    return ForestRow("arm", mean, low, high, f"{mean:+}", "", marked=marked)


def test_places_keep_the_order_of_the_numbers_and_lie_on_the_axis():
    plot = forest([row(2.0, 1.0, 3.0), row(-4.0, -6.0, -2.0)], "c", "points")
    first, second = plot.marks
    assert 0 < second.low < second.mean < second.high < plot.zero
    assert plot.zero < first.low < first.mean < first.high < 100
    assert first.mean - first.low == pytest.approx(first.high - first.mean, abs=0.02)


def test_the_band_lies_around_zero_and_can_be_left_out():
    plot = forest([row(0.0)], "c", "points")
    start, width = plot.band
    assert start + width / 2 == pytest.approx(plot.zero, abs=0.02)
    assert forest([row(0.0)], "c", "nats", band=None).band is None


def test_an_arm_far_beyond_the_marked_rows_ends_in_an_arrow():
    rows = [row(2.0, 1.0, 3.0, marked=True), row(-58.0, -70.0, -46.0), row(1.0)]
    plot = forest(rows, "c", "points")
    assert plot.is_cut
    assert [mark.left for mark in plot.marks] == [False, True, False]
    assert plot.marks[0].high - plot.marks[0].low > 10
    assert not forest(rows, "c", "points", reach=math.inf).is_cut


@pytest.mark.parametrize("mean", [0.0, 1e-12, -1e9, 3.0])
@pytest.mark.parametrize("band", [None, 1.0])
def test_any_single_estimate_can_be_drawn(mean, band):
    plot = forest([row(mean)], "c", "points", band=band)
    assert 0 <= plot.marks[0].mean <= 100
    assert 2 <= len(plot.ticks) <= 12


def test_a_split_keeps_the_axis():
    whole = forest([row(float(i)) for i in range(5)], "c", "points")
    first, rest = split(whole, 2)
    assert first.marks + rest.marks == whole.marks
    assert first.ticks == rest.ticks == whole.ticks
    assert split(whole, 5)[1] is None


def test_rows_of_lifts_are_in_points_and_primary_ones_are_marked(make):
    lifts = plotted_lifts(make.make_report(), "cnn")
    rows = [lift_row(lift) for lift in lifts]
    assert rows[0].mean == pytest.approx(2.1)
    assert (rows[0].value, rows[0].span) == ("+2.1", "[+1.0, +3.2]")
    assert rows[1].aside == "against augmented"
    assert [r.marked for r in rows].count(True) == 2


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3e-5, 7e-5), (-1e6, 2e6), (99.0, 101.0)])
def test_ticks_are_round_and_on_the_axis(low, high):
    ticks = Axis(low, high).ticks()
    assert 3 <= len(ticks) <= 11
    assert all(low - 1e-9 * abs(low) <= t <= high + 1e-9 * abs(high) for t in ticks)
    assert all(len(tick_text(t)) <= 8 for t in ticks)
