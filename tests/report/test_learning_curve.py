"""The learning curve as places: arms meet the fit, open ends run off, names never cross lines."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from synthlift.report.html import render_html
from synthlift.report.learning_curve import LABEL_GAP, draw_curves, stack
from synthlift.report.scales import LogAxis


@pytest.fixture(scope="module")
def report(make):
    return make.with_findings(make.make_report())


def one(report):
    [view] = draw_curves(report, "cnn")
    return view


def path(text):
    return [tuple(map(float, pair.split(","))) for pair in text.split()]


def test_equal_factors_are_equally_far_apart():
    axis = LogAxis(20.0, 320.0)
    places = [axis.place(n) for n in (20, 40, 80, 160, 320)]
    assert [b - a for a, b in pairwise(places)] == [25.0] * 4


def test_an_arm_meets_the_fit_where_its_worth_is(report):
    view = one(report)
    fit = [*path(view.fit), *(pair for part in view.guessed for pair in path(part))]
    for arm in view.arms:
        left = max((p for p in fit if p[0] <= arm.x), key=lambda p: p[0])
        right = min((p for p in fit if p[0] >= arm.x), key=lambda p: p[0])
        assert right[1] - 0.5 <= arm.y <= left[1] + 0.5


def test_every_place_lies_on_the_plot(report):
    view = one(report)
    places = [x for pair in path(view.fit) for x in pair]
    places += [x for p in view.points for x in (p.x, p.y, p.low, p.high)]
    places += [x for arm in view.arms for x in (arm.x, arm.y, arm.label_y, *arm.band)]
    assert min(places) >= 0
    assert max(places) <= 100


def test_the_arms_of_the_primary_questions_and_their_baselines_are_drawn_first(report):
    assert [arm.name for arm in one(report).arms][:3] == [
        "real_synthetic",
        "augmented_synthetic",
        "augmented",
    ]
    assert len(one(report).worths) > len(one(report).arms)


def test_open_ends_run_to_the_edge_and_are_said_in_words(report):
    worths = [replace(x, low=None, high=None, rows=40.0) for x in report.worths]
    view = one(replace(report, worths=tuple(worths)))
    assert {arm.band for arm in view.arms} == {(0.0, 100.0)}
    assert {row.set for row in view.worths} == {"not bounded"}
    half = [replace(x, low=20.0, high=None) for x in worths]
    assert one(replace(report, worths=tuple(half))).worths[0].set == "+20 or more"
    other = [replace(x, low=None, high=20.0) for x in worths]
    assert one(replace(report, worths=tuple(other))).worths[0].set == "+20 or fewer"


def test_an_arm_with_only_an_end_has_a_band_and_no_marker(report):
    worths = [replace(x, rows=None, low=30.0, high=None) for x in report.worths]
    view = one(replace(report, worths=tuple(worths)))
    assert all(arm.x is None and arm.band[1] == 100.0 for arm in view.arms)
    assert view.has_worths


def test_what_lies_far_beyond_the_sizes_does_not_squeeze_the_plot(report):
    far = [replace(x, rows=1e9, low=1e8, high=None) for x in report.worths]
    view = one(replace(report, worths=tuple(far)))
    sizes = [point.x for point in view.points]
    assert max(sizes) - min(sizes) > 50


def test_a_curve_without_a_fit_says_why_and_draws_its_points(make):
    report = make.without_numbers(make.make_report(n_repeats=2))
    view = one(report)
    assert view.fit == ""
    assert view.guessed == ()
    assert len(view.points) == 2
    assert not view.has_worths
    page = render_html(report, [])
    assert "Two sizes are too few for a curve." in page
    assert "Worth of each arm" not in page


def test_a_flat_curve_and_a_single_size_can_be_drawn(report):
    curve = report.curves[0]
    flat = tuple(replace(p, score=curve.points[0].score) for p in curve.points)
    for points in (flat, curve.points[:1]):
        bare = replace(curve, points=points, a=None, b=None, c=None, reason="flat")
        assert one(replace(report, curves=(bare,), worths=())).points


def test_no_percent_above_all(report):
    assert max(float(text) for _, text in one(report).y_ticks) <= 100


@pytest.mark.parametrize("places", [[50.0, 49.0, 48.0, 47.0], [50.0, 10.0], [9.0, 2.0, 9.0], [5.0]])
def test_a_name_is_above_its_line_and_crosses_neither_line_nor_name(places):
    names = stack(places, LABEL_GAP)
    for name, line in zip(names, places, strict=True):
        assert name <= line
        assert not [other for other in places if name - LABEL_GAP < other < name]
    for above, below in pairwise(sorted(names)):
        assert below - above >= LABEL_GAP


def test_places_in_the_page_are_percent(report):
    svg = re.search(r'<figure class="sizes">.*?</figure>', render_html(report, []), re.DOTALL)
    assert svg is not None
    assert "nan" not in svg.group()
    assert svg.group().count('class="mark') == 4
