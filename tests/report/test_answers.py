"""The verdict in a practitioner's words, and where a report comes from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthlift.report.answers import answer, answers
from synthlift.report.provenance import provenance_groups, provenance_rows


def answered(make, verdict, mean, low, high, metric="accuracy"):
    report = make.make_report()
    lift = replace(report.primary[0], metric=metric)
    return answer(report, replace(lift, verdict=verdict, mean=mean, low=low, high=high))


@pytest.mark.parametrize(
    ("verdict", "numbers", "begins", "sign"),
    [
        ("helps", (0.021, 0.01, 0.03), "Yes: accuracy rises from 92.5 % to 94.6 %", "▲"),
        ("helps", (0.005, 0.001, 0.009), "Yes, by less than 1 pt", "▲"),
        ("hurts", (-0.03, -0.05, -0.01), "No, they do harm: accuracy falls", "▼"),
        ("no difference", (0.001, -0.004, 0.006), "No difference that matters", "="),
        ("undecided", (0.01, -0.01, 0.03), "This study can't tell", "?"),
        ("no interval", (0.01, None, None), "No verdict", "–"),  # noqa: RUF001
        (None, (0.01, None, None), "No verdict", "–"),  # noqa: RUF001
    ],
)
def test_every_verdict_has_its_answer_and_a_sign_beside_its_colour(
    make, verdict, numbers, begins, sign
):
    found = answered(make, verdict, *numbers)
    assert found.text.startswith(begins)
    assert found.sign == sign
    assert found.question == "Does adding synthetic samples to the real ones help?"


def test_what_is_undecided_says_between_what(make):
    assert "from -1.0 to +3.0 pt" in answered(make, "undecided", 0.01, -0.01, 0.03).text


def test_questions_on_other_arms_name_them(make):
    report = make.make_report()
    lift = replace(report.primary[0], arm="mixed\n<b>", baseline="balanced")
    assert answer(report, lift).question == "Does mixed\\n<b> beat balanced?"
    assert "goes (+2.1 pt)" in answer(report, replace(lift, verdict=None)).text


def test_answers_belong_to_their_classifier(make):
    report = make.make_report(classifiers=("cnn", "mlp"))
    assert [a.lift.classifier for a in answers(report, "mlp")] == ["mlp", "mlp"]


def test_provenance_is_grouped_and_loses_nothing(make):
    report = make.make_report()
    extra = {"seconds": 83, "compute": {"_target_": "x.Y", "device": None}, "note": "by hand"}
    report = replace(report, provenance={**report.provenance, **extra})
    groups = dict(provenance_groups(report))
    assert list(groups) == ["Study", "Work", "Versions", "Compute", "Other"]
    assert ("Seed", "0") in groups["Study"]
    assert groups["Work"] == [("Stages", "40 run, 12 reused"), ("Time", "1 min 23 s")]
    assert groups["Compute"] == [("device", "automatic")]
    assert ("commit", "not recorded") in groups["Versions"]
    assert ("Seed", "0") in provenance_rows(report)
    assert ("Test rows", "797") not in provenance_rows(report)


def test_a_report_without_provenance_still_says_what_was_studied(make):
    groups = provenance_groups(replace(make.make_report(), provenance={}))
    assert [title for title, _ in groups] == ["Study"]
