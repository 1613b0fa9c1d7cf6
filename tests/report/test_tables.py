"""trials.csv is inert and the terminal table fits 80 columns."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from synthlift.report.tables import render_csv, terminal_table, verdict_sentences
from synthlift.show import print_report


def read(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_keeps_numbers_as_numbers(make):
    rows = read(render_csv(make.make_trials()))
    assert float(rows[0]["test_accuracy"]) == 0.9
    assert read(render_csv([{"arm": "a", "lift": -0.25}])) == [{"arm": "a", "lift": "-0.25"}]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_text_is_never_a_formula(start):
    [row] = read(render_csv([{"arm": f"{start}1+1", "n": 1}]))
    assert row["arm"].startswith("'")


def test_csv_names_survive_the_round_trip(make):
    rows = read(render_csv([{"arm": name} for name in make.HOSTILE]))
    assert [row["arm"].removeprefix("'") for row in rows] == list(make.HOSTILE)


def test_csv_with_missing_values_and_no_trials():
    assert read(render_csv([{"a": 1}, {"b": float("nan")}])) == [
        {"a": "1", "b": ""},
        {"a": "", "b": ""},
    ]
    assert render_csv([]) == ""


def printed(report, classifier=None):
    console = Console(width=80, file=io.StringIO(), force_terminal=False, color_system=None)
    console.print(terminal_table(report, classifier))
    return console.file.getvalue()


@pytest.mark.parametrize("n_repeats", [2, 6])
def test_terminal_table_fits_and_hides_nothing(make, n_repeats):
    text = printed(make.make_report(n_repeats=n_repeats))
    assert max(map(len, text.splitlines())) <= 80
    assert re.findall(r"\b(?:nan|None|inf)\b|…", text) == []
    for arm in make.ARMS:
        assert re.search(rf"^ ?{arm} ", text, re.MULTILINE)


def test_terminal_table_shows_hostile_names_as_text(make):
    arms = {"real": ("real", 0.0), "[red]x\x1b[31m" + "y" * 90: ("control", 0.1)}
    text = printed(make.make_report(arms=arms))
    assert "\x1b" not in text
    assert "[red]" in text
    assert max(map(len, text.splitlines())) <= 80


def test_terminal_table_names_the_classifier_when_there_are_several(make):
    report = make.make_report(classifiers=("cnn", "svm"))
    assert "with svm" in printed(report, "svm")


def test_every_lift_is_over_real_and_a_verdict_on_another_baseline_brings_its_own(make):
    text = " ".join(printed(make.make_report()).split())
    assert (
        "+2.4 [+1.3, +3.5] undecided (over augmented: +0.5 pt [-0.6, +1.6]) augmented_placebo"
        in text
    )


def test_narrow_verdicts_lose_no_letter(make):
    """A least width of another column once pushed the last one over the edge."""
    report = make.make_report()
    wide = [replace(x, mean=-0.1463, low=-0.2463, high=-0.1263) for x in report.lifts]
    text = " ".join(printed(replace(report, lifts=tuple(wide))).split())
    assert "over augmented: -14.6 pt [-24.6, -12.6])" in text.replace(" augmented_placebo", "")


def test_other_classifiers_have_a_line_each_below_the_sentences_of_the_first(make):
    found = verdict_sentences(make.make_report(classifiers=("cnn", "svm", "knn")))
    assert len(found) == 4
    assert all("cnn" in sentence for sentence in found[:2])
    assert found[2] == (
        "with svm: real_synthetic over real +2.1 pt [+1.0, +3.2], helps; "
        "augmented_synthetic over augmented +0.5 pt [-0.6, +1.6], undecided"
    )
    assert found[3].startswith("with knn: ")


def test_verdict_sentences_cover_all_three_kinds_of_study(make):
    assert len(verdict_sentences(make.make_report())) == 2
    assert "generation-only" in verdict_sentences(make.make_report(arms={}))[0]
    assert "No verdict" in verdict_sentences(make.make_report(arms={"real": ("real", 0.0)}))[0]
    assert printed(make.make_report(arms={}))


def test_the_terminal_says_what_the_brackets_are_and_under_which_regime(make, capsys, tmp_path):
    provenance = {"stages": {"run": 1, "reused": 0}, "seconds": 1.0, "command": "synthlift"}
    print_report(replace(make.make_report(), provenance=provenance), tmp_path)
    assert "Brackets: 95 % intervals (fixed test set)" in capsys.readouterr().out
    few = make.make_report(n_repeats=2)
    print_report(replace(few, provenance=provenance), tmp_path)  # the warnings say so
    assert "Brackets" not in capsys.readouterr().out
