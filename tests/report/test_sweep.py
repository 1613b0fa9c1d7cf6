"""The report of a sweep: whole and inert in every form, for one condition and for twelve."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.console import Console

from synthlift.core.errors import StoreError
from synthlift.core.results import Lift
from synthlift.report.sweep import link, render_sweep_html, write_sweep
from synthlift.report.sweep_csv import csv_rows
from synthlift.report.sweep_facts import cells
from synthlift.report.sweep_tables import (
    print_sweep,
    render_sweep_markdown,
    sweep_terminal_tables,
)
from synthlift.report.tables import render_csv
from synthlift.sweeps.records import Job
from synthlift.sweeps.results import (
    Candidate,
    Choice,
    Condition,
    Naive,
    SweepReport,
    ValidScore,
)

ARMS = ("real", "real_synthetic", "augmented")
BAD = re.compile(r"\b(?:nan|None|inf|Undefined)\b")


def valid(arm, value):
    return ValidScore(arm, "cnn", {"accuracy": value}, f"{arm}{value}")


def contested(make, n=0, **changes):
    """A condition with two candidates, the first chosen for the synthetic arm."""
    steps = tuple(
        Candidate(
            (f"generator.steps={k}",),
            (2 * n + i,),
            "finished",
            "",
            6,
            tuple(valid(arm, 0.9 - 0.1 * i * (arm == "real_synthetic")) for arm in ARMS),
        )
        for i, k in enumerate((200, 800))
    )
    lift = Lift("real_synthetic", "real", "cnn", "accuracy", 0.031, 0.012, 0.05, 0.01, 6)
    found = Condition(
        (f"dataset=data_{n}",),
        f"data_{n}",
        "finished",
        "",
        steps,
        tuple(Choice(arm, "cnn", 0, 2 if arm == "real_synthetic" else 1) for arm in ARMS),
        (Naive(1, 2, lift),),
        True,
        make.make_report(),
        f"results/{n}",
        ("fidelity and pictures are those of generator.steps=200",),
    )
    return replace(found, **changes)


def sweep(make, n=2, **changes):
    conditions = tuple(contested(make, i) for i in range(n))
    jobs = tuple(
        Job(
            k,
            (f"dataset=data_{k // 2}", f"generator.steps={(200, 800)[k % 2]}"),
            str(k),
            "finished",
            "",
            3.5,
        )
        for k in range(2 * n)
    )
    provenance = {"seconds": 12.5, "stages": {"run": 40, "reused": 3}, "versions": {"numpy": "2"}}
    made = SweepReport("synthlift -m dataset=a,b", "accuracy", jobs, conditions, provenance)
    return replace(made, **changes)


def broken(make):
    """A sweep with a failed condition, an unfinished one and one that is whole."""
    jobs = (
        Job(0, ("n_repeats=3",), "0", "failed", "the loss is not finite", 1.0),
        Job(1, ("n_repeats=4",), "1"),
        Job(2, ("n_repeats=5",), "2", "finished", "", 2.0),
    )
    empty = {"candidates": (Candidate((), (0,), "failed", "the loss is not finite"),)}
    failed = Condition(("n_repeats=3",), "", "failed", "the loss is not finite", **empty)
    missing = Candidate((), (1,), "unfinished")
    open_ = Condition(("n_repeats=4",), "", "unfinished", "some have not run", (missing,))
    alone = Candidate((), (2,), "finished", "", 5, (valid("real", 0.9),))
    whole = Condition(
        ("n_repeats=5",), "digits", "finished", "", (alone,), report=make.make_report(), folder="2"
    )
    return sweep(make, jobs=jobs, conditions=(failed, open_, whole))


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.ids, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        values = dict(attributes)
        self.ids += [values["id"]] if "id" in values else []
        self.addresses += [values[name] for name in ("href", "src") if name in values]

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("n", [1, 2, 12])
def test_the_page_is_whole_with_any_number_of_conditions(make, n):
    text = render_sweep_html(sweep(make, n))
    page = Page(text)
    said = " ".join(page.words)
    assert not BAD.search(said)
    assert {"script", "iframe", "link"}.isdisjoint(page.tags)
    assert all(f"data_{i}" in said for i in range(n))
    assert "Do not quote" in said
    assert {a.removeprefix("#") for a in page.addresses if a.startswith("#")} <= {*page.ids, "main"}
    assert len(page.ids) == len(set(page.ids))
    assert ("lifts" in page.ids) == (n > 1)


def test_links_are_relative_and_lead_to_every_report(make):
    page = Page(render_sweep_html(sweep(make)))
    outward = [a for a in page.addresses if not a.startswith("#")]
    assert {*outward} == {f"{i}/report.html" for i in range(4)} | {
        f"results/{i}/report.html" for i in range(2)
    }


def test_the_verdict_comes_first(make):
    text = render_sweep_html(sweep(make))
    places = [text.index(f'id="{name}"') for name in ("verdict", "lifts", "arms", "candidates")]
    assert places == sorted(places)


def test_chosen_scores_are_marked_and_no_others(make):
    text = render_sweep_html(sweep(make, 1))
    assert text.count('class="taken"') == 1


def test_what_failed_and_what_is_missing_is_said_with_the_command(make):
    for text in (render_sweep_html(broken(make)), render_sweep_markdown(broken(make))):
        assert "not finished" in text
        assert "the loss is not finite" in text
        assert text.count("synthlift -m dataset=a,b") >= 2
        assert "No answer yet" in text
        assert not BAD.search(re.sub("<[^>]+>", " ", text))


def test_a_sweep_of_which_nothing_is_left_still_reports(make):
    nothing = sweep(make, jobs=(), conditions=())
    assert "0 studies" in render_sweep_markdown(nothing)
    assert render_sweep_html(nothing)
    assert render_csv(csv_rows(nothing)) == ""


def hostile(make):
    name = "dataset=<script>alert(1)</script>\n=cmd|`x`[y](http://z)\U0001f600"
    arms = {"real": ("real", 0.0), "<b>&\"'": ("synthetic", 0.02)}
    condition = contested(
        make,
        overrides=(name,),
        dataset=name,
        report=make.make_report(arms=arms),
        notes=(name,),
    )
    good = replace(condition.candidates[0], scores=tuple(valid(arm, 0.9) for arm in arms))
    bad = Candidate((name,), (1,), "failed", name)
    condition = replace(condition, candidates=(good, bad), chosen=())
    job = Job(0, (name,), "a b#?<", "finished", "", 1.0)
    return sweep(
        make,
        jobs=(job, replace(job, num=1, status="failed", reason=name)),
        conditions=(condition,),
        command=f"synthlift -m '{name}'",
    )


def test_hostile_names_stay_text_on_the_page(make):
    text = render_sweep_html(hostile(make))
    assert "<script" not in text
    assert "<b>&" not in text
    assert "a%20b%23%3F%3C/report.html" in Page(text).addresses


def test_hostile_names_stay_text_in_markdown_and_csv(make):
    text = re.sub(r"^    .*$", "", render_sweep_markdown(hostile(make)), flags=re.MULTILINE)
    assert not re.search(r"(?<!\\)[<`]|(?<!\\)\]\(", text)
    rows = [*csv.reader(io.StringIO(render_csv(csv_rows(hostile(make)))))]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_the_csv_has_a_row_for_every_condition_candidate_and_arm(make):
    rows = [*csv.DictReader(io.StringIO(render_csv(csv_rows(sweep(make)))))]
    assert len(rows) == 2 * 2 * len(ARMS)
    [chosen] = [
        r
        for r in rows
        if (r["condition"], r["candidate"], r["arm"])
        == ("dataset=data_0", "generator.steps=200", "real_synthetic")
    ]
    assert chosen["chosen"] == "yes"
    assert float(chosen["accuracy_valid"]) == 0.9
    assert 0 < float(chosen["accuracy_test"]) < 1
    assert chosen["verdict"]
    others = [r for r in rows if r["candidate"] == "generator.steps=800"]
    assert {r["chosen"] for r in others} == {"no"}
    assert {r["accuracy_test"] for r in others} == {""}


def test_every_lift_in_the_table_is_over_real(make):
    condition = contested(make)
    found = cells(condition, "cnn", "accuracy")["augmented_synthetic"]
    assert (found.lift, found.lift_span) == ("+2.4 pt", "[+1.3, +3.5]")
    assert found.verdict == "undecided (over augmented: +0.5 pt [-0.6, +1.6])"


def test_failures_are_rows_of_the_csv(make):
    rows = [*csv.DictReader(io.StringIO(render_csv(csv_rows(broken(make)))))]
    assert [(r["state"], r["reason"]) for r in rows][:2] == [
        ("failed", "the loss is not finite"),
        ("unfinished", "some have not run"),
    ]


def test_json_holds_numbers_or_null(make):
    for report in (sweep(make), broken(make), hostile(make)):
        found = json.loads(json.dumps(report.to_json(), allow_nan=False))
        assert (found["schema"], found["kind"]) == (1, "sweep")
        assert len(found["conditions"]) == len(report.conditions)
    first = sweep(make).to_json()["conditions"][0]
    assert first["report"]["schema"] == 1
    assert first["chosen"][1] == {
        "arm": "real_synthetic",
        "classifier": "cnn",
        "candidate": 0,
        "n_options": 2,
    }
    assert first["naive"][0]["lift"]["mean"] == 0.031


def test_failures_and_missing_parts_are_listed_once(make):
    report = broken(make)
    assert report.failures == ["job 0 (n_repeats=3): the loss is not finite"]
    assert report.unfinished == ["job 1 (n_repeats=4): not run"]
    lost = contested(make, state="failed", reason="disk full", report=None)
    assert sweep(make, conditions=(lost,)).failures == ["dataset=data_0: disk full"]


def test_the_terminal_says_verdict_choice_warning_and_where(make, capsys, tmp_path):
    print_sweep(sweep(make), tmp_path)
    said = capsys.readouterr().out
    assert "dataset=data_0: real_synthetic" in said
    assert "takes generator.steps=200, the best of 2 by validation accuracy" in said
    assert "Do not quote" in said
    assert str(tmp_path / "report.html") in said
    assert "again    synthlift -m dataset=a,b" in said
    assert not BAD.search(said)


def test_the_terminal_names_failures_and_how_to_go_on(make, capsys, tmp_path):
    print_sweep(broken(make), tmp_path)
    said = capsys.readouterr().out
    assert said.count("the loss is not finite") == 1
    assert "failed: job 0" in said
    assert "1 finished, 1 failed, 1 not run" in said
    assert "go on    synthlift -m" in said


@pytest.mark.parametrize("n", [1, 12])
def test_the_terminal_table_fits_eighty_columns(make, n):
    console = Console(width=80, file=io.StringIO(), color_system=None, highlight=False)
    console.print(sweep_terminal_tables(sweep(make, n), "cnn"))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_the_regime_of_every_number_is_named(make, capsys, tmp_path):
    same = sweep(make)
    pooled = replace(make.make_report(), regime="small_pool")
    mixed = replace(same, conditions=(contested(make, 0), contested(make, 1, report=pooled)))
    for report, note in ((same, False), (mixed, True)):
        print_sweep(report, tmp_path)
        page = " ".join(Page(render_sweep_html(report)).words)
        for text in (page, render_sweep_markdown(report), capsys.readouterr().out):
            assert "fixed test set" in text
            assert ("Conditions differ in their regime" in text) == note
            assert ("small pool, divided anew" in text) == note


def test_four_files_are_written_or_one_message(make, tmp_path):
    write_sweep(sweep(make), tmp_path)
    names = {"report.html", "report.json", "report.md", "sweep.csv"}
    assert {path.name for path in tmp_path.iterdir()} == names
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="can't write"):
        write_sweep(sweep(make), tmp_path / "file")


def test_a_link_is_an_address_and_never_a_scheme():
    assert link("javascript:alert(1)") == "javascript%3Aalert%281%29/report.html"
