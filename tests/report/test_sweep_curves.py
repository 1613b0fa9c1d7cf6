"""Lifts, scores and worth against the one number in which the conditions of a sweep differ."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from synthlift.core.findings import Worth
from synthlift.report.sweep import render_sweep_html
from synthlift.report.sweep_curves import draw_sweep_curves
from synthlift.report.sweep_series import numbered
from synthlift.report.sweep_tables import render_sweep_markdown
from synthlift.sweeps.results import Candidate, Choice, Condition, SweepReport


def sweep(make, *overrides, change=lambda report, n: report):
    """A condition for each of the overrides; the lift of real_synthetic is 1 pt more in each."""
    conditions = []
    for n, override in enumerate(overrides):
        report = make.make_report(n_classes=3)
        lifts = tuple(
            replace(lift, mean=0.01 * n, low=0.01 * n - 0.02, high=0.01 * n + 0.02)
            if (lift.arm, lift.baseline, lift.metric) == ("real_synthetic", "real", "accuracy")
            else lift
            for lift in report.lifts
        )
        report = change(replace(report, lifts=lifts), n)
        words = tuple(override.split())
        conditions.append(Condition(words, "digits", "finished", "", (), report=report))
    return SweepReport("synthlift", "accuracy", (), tuple(conditions))


def numbers(*values):
    return tuple(f"split.n_per_class={value}" for value in values)


def line(view, title, name):
    [plot] = [plot for plot in view.plots if plot.title.startswith(title)]
    return next(line for line in plot.lines if line.name == name)


def test_lifts_lie_over_equal_factors_at_their_heights(make):
    [view] = draw_sweep_curves(sweep(make, *numbers(20, 5, 10)))
    assert view.number == "labels per class"
    [plot] = [plot for plot in view.plots if plot.title == "Lift over real rows alone, points"]
    assert [text for _, text in plot.x_ticks] == ["5", "10", "20"]
    places = [place for place, _ in plot.x_ticks]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.02)
    marks = line(view, "Lift over real rows", "real_synthetic").marks
    heights = [mark.y for mark in marks]  # 5 came second, 10 third, 20 first: +1, +2, 0 points
    assert heights[1] < heights[0] < heights[2] == plot.zero
    assert all(mark.low > mark.y > mark.high for mark in marks)


def test_every_question_the_best_rival_and_classical_augmentation_are_drawn(make):
    [view] = draw_sweep_curves(sweep(make, *numbers(5, 10)))
    drawn = {plot.title: [line.name for line in plot.lines] for plot in view.plots}
    assert drawn["Lift over real rows alone, points"] == ["real_synthetic", "augmented"]
    assert drawn["Lift over augmented, points"] == ["augmented_synthetic"]
    assert drawn["Accuracy of real rows alone, %"] == ["real"]
    heads = view.table.heads
    assert "real_synthetic over real rows alone" in heads
    assert len(view.table.rows) == 2
    assert all(len(cells) == len(heads) for _, cells in view.table.rows)


def with_worth(rows, low, high):
    def change(report, n):
        name = next(iter(report.by_classifier))
        found = Worth("real_synthetic", name, "accuracy", 60, 60, rows, low, high, "They did so.")
        return replace(report, worths=(found,))

    return change


def test_an_end_that_the_data_do_not_bound_is_an_arrow_at_the_edge(make):
    [view] = draw_sweep_curves(sweep(make, *numbers(5, 10), change=with_worth(40.0, 20.0, None)))
    mark = line(view, "Worth", "real_synthetic").marks[0]
    assert (mark.high, mark.above, mark.below) == (0.0, True, False)
    assert view.worths == (("5", "They did so."), ("10", "They did so."))


def test_worth_without_a_number_is_said_and_not_drawn(make):
    found = sweep(make, *numbers(5, 10), change=with_worth(None, None, None))
    [view] = draw_sweep_curves(found)
    assert not [plot for plot in view.plots if plot.title.startswith("Worth")]
    assert len(view.worths) == 2


def test_without_intervals_there_are_marks_alone(make):
    def change(report, n):
        lifts = tuple(replace(x, low=None, high=None, p=None) for x in report.lifts)
        return replace(report, lifts=lifts)

    [view] = draw_sweep_curves(sweep(make, *numbers(5, 10), change=change))
    marks = line(view, "Lift over real rows", "real_synthetic").marks
    assert [(mark.low, mark.high) for mark in marks] == [(None, None)] * 2


def test_a_number_that_is_not_above_zero_has_an_even_axis(make):
    [view] = draw_sweep_curves(sweep(make, "x.y=-1", "x.y=0", "x.y=1"))
    places = [place for place, _ in view.plots[0].x_ticks]
    assert places[1] == 50.0
    assert view.number == "x.y"


@pytest.mark.parametrize(
    "overrides",
    [
        ("dataset=a", "dataset=b"),
        ("split.n_per_class=5", "n_repeats=5"),
        ("split.n_per_class=5 n_repeats=3", "split.n_per_class=10 n_repeats=4"),
        ("split.n_per_class=5", "split.n_per_class=null"),
        ("split.n_per_class=5", "split.n_per_class=nan"),
        ("split.n_per_class=5",),
        ("",),
        (),
    ],
)
def test_conditions_that_differ_in_anything_else_have_no_curve(make, overrides):
    assert draw_sweep_curves(sweep(make, *overrides)) == []


def test_a_condition_without_an_answer_is_left_out_of_the_curve(make):
    whole = sweep(make, *numbers(5, 10, 20))
    open_ = replace(whole.conditions[1], report=None, state="unfinished", reason="not run")
    key, found = numbered(replace(whole, conditions=(*whole.conditions[::2], open_)))
    assert (key, [*found]) == ("split.n_per_class", [5.0, 20.0])


def test_the_page_has_the_plots_with_their_numbers_as_text(make):
    text = render_sweep_html(sweep(make, *numbers(5, 10), change=with_worth(40.0, 20.0, None)))
    assert text.index('id="curves"') < text.index('id="lifts"')
    assert text.count('<figure class="step">') == text.count('role="img"') >= 4
    assert "20 or more" in text
    assert not re.search(
        r"\b(?:nan|None|inf)\b", re.sub("<style>.*?</style>", "", text, flags=re.S)
    )


def test_markdown_has_the_numbers_of_the_curve(make):
    text = render_sweep_markdown(sweep(make, *numbers(5, 10), change=with_worth(40.0, 20.0, None)))
    [rows] = re.findall(r"## Lift against labels per class.*?\n\n(.*?)\n\n", text, flags=re.S)
    assert [row.split("|")[1].strip() for row in rows.splitlines()[2:]] == ["5", "10"]
    assert "- 10 labels per class: They did so." in text


def test_a_choice_by_row_is_explained_in_every_form(make):
    report = make.make_report(n_classes=3)
    two = tuple(Candidate((f"generator.steps={k}",), (k,), "finished", "", 6) for k in (1, 2))
    chosen = (Choice("real_synthetic", "cnn", 1, 2),)
    found = Condition((), "digits", "finished", "", two, chosen, report=report)
    made = SweepReport("synthlift", "accuracy", (), (found,))
    for text in (render_sweep_html(made), render_sweep_markdown(made)):
        assert "no row judges a choice that it took part in" in text
    assert "should take generator.steps=2" in render_sweep_html(made)
    assert made.to_json()["conditions"][0]["by_row"] is True
