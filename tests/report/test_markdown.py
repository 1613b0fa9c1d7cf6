"""Markdown: the same facts, cells that do nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from synthlift.report.markdown import cell, render_markdown


def test_markdown_says_the_verdict_first_and_has_every_arm(make):
    report = make.make_report()
    text = render_markdown(report)
    assert text.index(cell(report.primary[0].sentence)) < text.index("|")
    for arm in report.by_classifier["cnn"]:
        assert f"| {arm} (" in text


def test_rows_made_without_a_generator_are_a_rival_and_not_real_rows_only(make):
    report = make.make_report(arms={"real": ("real", 0.0), "smote": ("real", 0.01)})
    arms = report.by_classifier["cnn"]
    arms["smote"] = replace(arms["smote"], n_synthetic=180)
    text = render_markdown(report)
    assert "| smote (rival without a generator) |" in text
    assert "| real (real rows only) |" in text


@pytest.mark.parametrize("n_repeats", [2, 6])
def test_markdown_never_shows_a_missing_number(make, n_repeats):
    text = render_markdown(make.make_report(n_repeats=n_repeats))
    assert re.findall(r"\b(?:nan|None|inf)\b", text) == []


def test_hostile_names_keep_every_table_in_shape(make):
    hostile = make.HOSTILE
    report = make.make_report(classes=hostile, classifiers=hostile, warnings=hostile, notes=hostile)
    widths: list[int] = []
    for line in render_markdown(report).splitlines():
        if not line.startswith("|"):
            widths = []
            continue
        widths.append(len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)))
        assert len(set(widths)) == 1


def test_cells_hold_no_live_markup(make):
    for text in make.HOSTILE:
        inert = cell(text)
        assert "\n" not in inert
        assert re.search(r"(?<!\\)[<`|*\[\]$]", inert.replace("\\\\", "")) is None
        assert "http://" not in inert


def test_fence_is_longer_than_any_in_the_command(make):
    report = make.make_report()
    report.provenance["command"] = "echo ````\n<script>"
    assert "`````\necho ````\n<script>\n`````" in render_markdown(report)


def test_generation_only_study_says_so(make):
    assert "generation-only study" in render_markdown(make.make_report(arms={}))


def test_columns_are_listed_the_least_alike_first(make):
    exhibit = make.make_table_exhibit(tuple(f"|{i} *x*" for i in range(25)))
    text = render_markdown(make.make_report(), [exhibit])
    assert "## How the columns compare" in text
    worst = min(exhibit.distribution["columns"], key=lambda column: column["similarity"])
    first = text.partition("held-out real rows |")[2].splitlines()[2]
    assert worst["name"].replace("|", "\\|").replace("*", "\\*") in first
    assert "Shown are the 20 least alike of 25 columns." in text
