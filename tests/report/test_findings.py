"""What to do, worth, tuning, failures and limits: in words, wherever the report is read."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from synthlift.core.results import Report
from synthlift.report import facts
from synthlift.report.advice import advise, finding_sentences, worth_lines
from synthlift.report.answers import answer, as_sentence
from synthlift.report.html import render_html
from synthlift.report.limits import find_limits
from synthlift.report.markdown import render_markdown
from synthlift.report.tables import terminal_table
from synthlift.report.tuning import tuning_table
from synthlift.report.worth import gap_row
from synthlift.statistics.intervals import Interval
from synthlift.statistics.verdict import sentence


@pytest.fixture(scope="module")
def report(make):
    return make.with_findings(make.make_report())


@pytest.fixture(scope="module")
def page(report):
    return render_html(report, [])


def test_a_report_with_findings_survives_its_json(report):
    assert Report.from_json(report.to_json()) == report


def test_what_to_do_stands_between_the_answers_and_the_first_table(page):
    assert page.index('class="card') < page.index('id="what-to-do"') < page.index("<table")
    assert "Classical augmentation only." in page
    assert page.index('id="worth"') < page.index("<table")


@pytest.mark.parametrize(
    ("fields", "caveat"),
    [
        ({"low": 0.004, "high": 0.03}, ""),
        ({"low": -0.01, "high": 0.03}, ""),  # its advice says so
        ({"low": -0.03, "high": -0.01}, "worse than real rows alone"),
        ({"low": None, "high": None}, "Without an interval"),
        ({"arm": "real", "low": -0.01, "high": 0.01}, "No other arm scored higher"),
    ],
)
def test_a_policy_says_what_speaks_against_it(report, fields, caveat):
    policy = replace(report.policies[0], **fields)
    found = advise(replace(report, policies=(policy,)), "cnn")
    assert caveat in found.caveat
    assert bool(found.caveat) == bool(caveat)
    assert found.lift == "+1.9 pt"


def test_a_choice_that_is_always_the_baseline_promises_nothing(report):
    policy = replace(report.policies[0], arm="real", mean=0.0, low=0.0, high=0.0)
    found = replace(report, policies=(policy,))
    assert advise(found, "cnn").lift == ""
    assert "Lift to expect" not in render_html(found, [])


def test_worth_and_gap_of_the_arms_asked_about_stand_near_the_top(report):
    lines = worth_lines(report, "cnn")
    assert sum(" worth " in line for line in lines) == 3  # their baseline beside them
    assert sum("of the gap to more_real" in line for line in lines) == 1


def test_the_terminal_says_what_to_do_what_it_was_worth_and_what_would_settle_it(report):
    text = "\n".join(finding_sentences(report))
    assert "what to do: classical augmentation only: +1.9 pt" in text
    assert "were worth" in text
    assert "About 20 repeats instead of 6 would settle it." in text


def test_several_classifiers_each_have_their_advice(make):
    report = make.with_findings(make.make_report(classifiers=("cnn", "mlp")))
    text = "\n".join(finding_sentences(report))
    assert "what to do with cnn: " in text
    assert "what to do with mlp: " in text


def test_a_card_says_each_thing_once(report):
    lift = report.primary[1]
    settle = "About 20 repeats instead of 6 would settle it."
    interval = Interval(0.005, -0.006, 0.016, 0.4, 5.0, 0.975)
    said = sentence(
        "a", "b", "cnn", interval, "undecided", 6, visible=lift.visible, settle=lift.settle
    )
    assert said.endswith(settle)
    found = answer(report, replace(lift, sentence=said))
    arms = f"{lift.arm} against {lift.baseline}"
    assert found.about == f"{arms}: {lift.n} repeats, {lift.classifier}."
    assert found.settle == settle
    assert found.visible.startswith("2.3 pt.")
    kept = answer(report, replace(lift, sentence=f"a helps on this training set: {said}"))
    assert kept.about.startswith(f"{arms} on this training set: ")
    none = replace(lift, low=None, high=None, sentence="a against b: no interval for 1 repeat.")
    assert answer(report, none).about == none.sentence


def test_one_end_of_a_gap_is_said_in_words(report):
    gap = report.gaps[0]
    assert gap_row(gap).span == "[20, 90]"
    assert gap_row(replace(gap, high=None)).span == "20 % or more"
    assert gap_row(replace(gap, low=None)).span == "90 % or less"
    assert gap_row(replace(gap, low=None, high=None)).span == "not bounded"


def test_every_arm_had_as_many_trials_or_the_page_says_which_had_more(report):
    fair = tuning_table(report, "cnn")
    assert fair.is_fair
    assert "each arm was trained 4 times" in fair.sentence
    unfair = tuple(replace(x, n_trials=9 if x.arm == "smote" else 4) for x in report.tunings)
    one = replace(unfair[0], n_trials=1)
    found = tuning_table(replace(report, tunings=(*unfair[1:], one)), "cnn")
    assert not found.is_fair
    assert "from 1 to 4 trials" in found.sentence


def test_what_was_chosen_names_its_repeats(report):
    rows = {row.arm: row for row in tuning_table(report, "cnn").rows}
    assert rows["real"].chosen == "only the seed of the classifier (all 6 repeats)"
    assert "weight 0.25, no threshold (repeats 2, 4, 6)" in rows["real_synthetic"].chosen


def test_arms_of_the_curve_stay_out_of_the_arms(report):
    assert "real_half" in report.by_classifier["cnn"]
    assert "real_half" not in [row.name for row in facts.arm_rows(report, "cnn")]
    assert "real_half" not in render_markdown(report)


def test_a_failed_arm_has_a_row_in_every_table(report, page):
    said = "failed in 2 of 6 repeats: no <memory> | left"
    assert "failed in 2 of 6 repeats: no &lt;memory&gt; | left" in page
    assert "failed in 2 of 6 repeats: no \\<memory\\> \\| left" in render_markdown(report)
    console = Console(width=200, file=io.StringIO(), force_terminal=False)
    console.print(terminal_table(report))
    assert said in console.file.getvalue()


def test_a_study_whose_arms_all_failed_is_no_generation_only_study(make):
    gone = (make.FailedArm("real", "cnn", 6, 6, "no memory left"),)
    report = replace(make.make_report(arms={}), failed=gone)
    for text in (render_html(report, []), render_markdown(report)):
        assert "generation-only" not in text
        assert "No verdict" in text
        assert "failed in 6 of 6 repeats" in text


def limits(report):
    return {limit.title: limit.text for limit in find_limits(report)}


def test_limits_are_read_off_the_report(report):
    found = limits(report)
    assert "digits" in found["One dataset"]
    assert "300 labels" in found["Validation rows have labels too"]
    assert "The same 797 test rows in every repeat" in found
    assert "2.3 pt" in found["Small lifts go unseen"]
    assert "smote with cnn" in found["Arms that failed"]
    assert "Tuned: threshold, weight; nothing else" in found
    assert "On this training set" not in found


def test_other_studies_have_other_limits(make, report):
    found = limits(replace(make.make_report(arms={"real": ("real", 0.0)}), regime="small_pool"))
    assert "Few data: 797 test rows, drawn anew in every repeat" in found
    assert {"Nothing was tuned", "What more labels would bring"} <= set(found)
    alone = tuple(replace(x, sentence="helps on this training set") for x in report.lifts)
    assert "On this training set" in limits(replace(report, lifts=alone))
    assert "too few" in limits(make.make_report(n_repeats=2))["2 repeats"]
    assert set(limits(make.make_report(arms={}))) == {
        "One dataset",
        "Validation rows have labels too",
        "Whether the samples help",
        "Privacy",
    }


def test_a_curve_that_says_nothing_has_no_limit_of_its_own(report):
    title = "Worth is read off a fitted curve"
    assert title in limits(report)
    unknown = tuple(replace(x, rows=None, low=None, high=None) for x in report.worths)
    assert title not in limits(replace(report, worths=unknown))


def test_names_stay_as_they_are_where_a_sentence_begins(report):
    assert as_sentence("more_real closed it") == "more_real closed it."
    assert "Real_synthetic" not in render_markdown(report)


def test_markdown_has_all_that_the_page_has(report):
    text = render_markdown(report)
    for title in (
        "### Worth in real rows",
        "### Gap closed",
        "### Can its probabilities be trusted?",
        "### What was tuned",
        "## What this study can't say",
    ):
        assert title in text
    assert "p is adjusted for 10 classes (Holm)" in text
