"""The figures of a search: what is chosen, what nothing beats, safe names, any number of them."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from synthlift.core.results import Lift
from synthlift.report.search import best_lines, find_searches
from synthlift.report.search_plots import draw_search
from synthlift.report.search_scales import axis_of, scale_of
from synthlift.report.sweep import render_sweep_html
from synthlift.report.sweep_csv import csv_rows
from synthlift.report.sweep_tables import print_sweep, render_sweep_markdown
from synthlift.report.tables import render_csv
from synthlift.sweeps.records import Job
from synthlift.sweeps.results import Candidate, Choice, Condition, SweepReport, ValidScore

BAD = re.compile(r"\b(?:nan|None|inf|Undefined)\b")
ARM, BASELINE = "augmented_synthetic", "augmented"
KEYS = (
    "generator.generator_optimizer.rate",
    "generator.steps",
    "generator/penalty",
    "generator.n_critic",
    "arm.augmented_synthetic.weight",
)


def draw_settings(i, keys):
    rng = np.random.default_rng(i)
    drawn = {
        KEYS[0]: f"{10 ** rng.uniform(-4.5, -3):.17g}",
        KEYS[1]: str(round(1000 * 8 ** rng.random())),
        KEYS[2]: ("none", "r1", "lecam")[rng.integers(3)],
        KEYS[3]: str((1, 2, 4)[rng.integers(3)]),
        KEYS[4]: f"{rng.uniform(0, 0.6):.17g}",
    }
    return {key: drawn.get(key, str(rng.integers(9))) for key in keys}


def made(make, n=40, keys=KEYS, seconds=True, lifts=None, **changes):
    """A search of n candidates; the one with the largest lift is chosen."""
    settings = [draw_settings(i, keys) for i in range(n)]
    rng = np.random.default_rng(7)
    lifts = [0.01 * rng.normal() for _ in range(n)] if lifts is None else lifts
    costs = [30 + 300 * rng.random() for _ in range(n)] if seconds else [None] * n
    candidates = tuple(
        Candidate(
            tuple(f"{key}={value}" for key, value in own.items()),
            (i,),
            "finished",
            "",
            6,
            (
                ValidScore(BASELINE, "cnn", {"accuracy": 0.9}, "a", "real", 0.01, 2.0),
                ValidScore(ARM, "cnn", {"accuracy": 0.9 + lift}, f"b{i}", BASELINE, lift, cost),
            ),
        )
        for i, (own, lift, cost) in enumerate(zip(settings, lifts, costs, strict=True))
    )
    best = int(np.argmax(lifts))
    report = make.make_report()
    report = replace(report, lifts=tuple(x for x in report.lifts if not x.primary or x.arm == ARM))
    chosen = (Choice(BASELINE, "cnn", 0, 1), Choice(ARM, "cnn", best, n))
    found = Condition((), "digits", "finished", "", candidates, chosen, (), True, report)
    return replace(found, **changes)


def sweep(make, condition):
    jobs = tuple(
        Job(i, c.overrides, str(i), "finished", "", 1.0) for i, c in enumerate(condition.candidates)
    )
    return SweepReport("synthlift sweep=weight", "accuracy", jobs, (condition,))


def only(condition):
    [search] = find_searches(condition, "accuracy")
    return search


def test_a_search_has_the_settings_that_differ_and_what_was_chosen(make):
    search = only(made(make))
    assert search.keys == KEYS
    assert len(search.points) == 40
    assert search.chosen.lift == max(point.lift for point in search.points)
    assert search.chosen is search.best[0]
    assert isinstance(search.fresh, Lift)
    same = only(made(make, 5, keys=("generator.steps",)))
    assert same.keys == ("generator.steps",)


def test_nothing_beats_what_is_marked_and_something_beats_all_else(make):
    search = only(made(make))
    front = [p for p in search.points if p.is_front]
    assert 1 <= len(front) < 40
    for point in search.points:
        better = [p for p in search.points if p.seconds < point.seconds and p.lift > point.lift]
        assert bool(better) != point.is_front
    assert search.chosen.is_front, "nothing has more lift at any price"


def test_candidates_alike_on_both_are_all_marked(make):
    condition = made(make, 3, keys=("generator.steps",), lifts=[0.01, 0.01, 0.0])
    same = [
        replace(c, scores=tuple(replace(s, seconds=5.0) for s in c.scores))
        for c in condition.candidates
    ]
    points = only(replace(condition, candidates=tuple(same))).points
    assert [p.is_front for p in points] == [True, True, False]


def test_two_candidates_or_no_answer_are_no_search(make):
    assert find_searches(made(make, 2), "accuracy") == []
    assert find_searches(made(make, report=None), "accuracy") == []
    alike = (Choice(BASELINE, "cnn", 0, 1), Choice(ARM, "cnn", 0, 1))
    assert find_searches(made(make, chosen=alike), "accuracy") == []


def test_a_candidate_without_a_lift_is_no_point_of_it(make):
    condition = made(make, 5)
    first, *others = condition.candidates
    for scores in ((), (first.scores[0], replace(first.scores[1], lift=None))):
        with_gap = replace(condition, candidates=(replace(first, scores=scores), *others))
        chosen = (condition.chosen[0], replace(condition.chosen[1], candidate=4))
        assert len(only(replace(with_gap, chosen=chosen)).points) == 4


def test_numbers_lie_by_size_and_names_side_by_side():
    scale = scale_of(["100", "10", "1000", "10"])
    assert scale.places["10"] < scale.places["100"] < scale.places["1000"]
    middle = (scale.places["10"] + scale.places["1000"]) / 2
    assert scale.places["100"] == pytest.approx(middle, abs=0.02), "equal factors, equal places"
    assert [text for _, text in scale.ticks] == ["10", "100", "1000"]
    named = scale_of(["none", "r1", "none"])
    assert named.places == {"none": 25.0, "r1": 75.0}
    assert scale_of(["0", "5"]).places["0"] < 50 < scale_of(["0", "5"]).places["5"]
    assert axis_of([3.0]).low < 3.0 < axis_of([3.0]).high


def test_a_setting_with_few_values_has_their_means_and_one_with_many_has_none(make):
    view = draw_search(only(made(make)))
    by_title = {plot.title: plot for plot in view.effects}
    assert len(by_title["generator/penalty"].means) == 3
    assert by_title["generator.steps"].means == ()
    assert all(len(plot.dots) == 40 for plot in view.effects)
    assert all([d.kind for d in plot.dots].count("chosen") == 1 for plot in view.effects)
    small = made(make, 4, keys=("generator.n_critic",), lifts=[0.0, 0.02, 0.0, 0.04])
    values = ("1", "1", "2", "2")
    candidates = tuple(
        replace(c, overrides=(f"generator.n_critic={v}",))
        for c, v in zip(small.candidates, values, strict=True)
    )
    [plot] = draw_search(only(replace(small, candidates=candidates))).effects
    assert "mean +1 pt at 1; mean +2 pt at 2" in plot.alt


def test_all_settings_together_need_three_of_them(make):
    assert draw_search(only(made(make, keys=KEYS[:2]))).parallel is None
    drawn = draw_search(only(made(make, keys=KEYS[:3]))).parallel
    assert len(drawn.rows) == 4
    assert len(drawn.threads) == 40
    assert drawn.threads[-1].is_chosen, "on top of the others"
    tones = [thread.tone for thread in drawn.threads]
    assert (tones[0], tones[-1], set(tones)) == (1, 5, {1, 2, 3, 4, 5})


def test_without_seconds_there_is_no_figure_of_cost_and_the_rest_stands(make):
    condition = made(make, seconds=False)
    assert draw_search(only(condition)).cost is None
    said = render_sweep_html(sweep(make, condition))
    assert 'id="search"' in said
    assert not BAD.search(
        re.sub(r"penalty=<wbr>none|none", "", re.sub("<style.*?</style>", "", said, flags=re.S))
    )


def test_the_page_says_the_fresh_lift_beside_what_was_chosen(make):
    page = render_sweep_html(sweep(make, made(make)))
    assert "On fresh repeats: " in page
    assert page.count('class="dot-fresh"') == 2, "in the key and in the figure"
    assert 'href="#search"' in page
    by_row = render_sweep_html(sweep(make, made(make, fresh=False)))
    assert "Judged row by row" in by_row
    assert 'class="dot-fresh"' not in by_row


def test_a_baseline_that_is_chosen_too_is_said(make):
    condition = made(make)
    moving = (Choice(BASELINE, "cnn", 3, 4), condition.chosen[1])
    note = "augmented differs among these candidates, too"
    assert note not in render_sweep_html(sweep(make, condition))
    assert note in render_sweep_html(sweep(make, replace(condition, chosen=moving)))


def test_hostile_settings_are_inert(make):
    condition = made(make, 6)
    candidates = tuple(
        replace(c, overrides=(f"generator.{h[:9]}={h}", f"generator.steps={i}"))
        for i, (c, h) in enumerate(zip(condition.candidates, make.HOSTILE, strict=True))
    )
    same_key = tuple(
        replace(c, overrides=(f"generator.<b>={h}", f"generator.steps={i}"))
        for i, (c, h) in enumerate(zip(condition.candidates, make.HOSTILE, strict=True))
    )
    for hostile in (candidates, same_key):
        text = render_sweep_html(sweep(make, replace(condition, candidates=hostile)))
        assert "<script" not in text
        assert "<b>" not in text
        assert "<img" not in text


def test_the_terminal_names_the_best_three(make, capsys, tmp_path):
    condition = made(make)
    print_sweep(sweep(make, condition), tmp_path)
    said = capsys.readouterr().out
    lines = best_lines(only(condition))
    assert len(lines) == 4
    assert all(line in said for line in lines)
    assert lines[1].endswith(", chosen")
    assert re.search(r"1\. .*generator\.steps=\d+.*: \+\d\.\d pt, \d+ (?:s|min)", lines[1])
    print_sweep(sweep(make, made(make, 2)), tmp_path)
    assert "best by validation, lift" not in capsys.readouterr().out


def test_lift_and_seconds_are_in_every_file(make):
    report = sweep(make, made(make, 5))
    [condition] = json.loads(json.dumps(report.to_json(), allow_nan=False))["conditions"]
    score = condition["candidates"][2]["scores"][1]
    assert (score["arm"], score["baseline"]) == (ARM, BASELINE)
    assert isinstance(score["lift"], float)
    assert isinstance(score["seconds"], float)
    rows = [*csv.DictReader(io.StringIO(render_csv(csv_rows(report))))]
    assert float(rows[5]["lift_valid"]) == score["lift"]
    assert float(rows[5]["seconds"]) == score["seconds"]
    assert "| validation lift |" in render_sweep_markdown(report)
