"""Reliability diagrams: the diagonal is where confidence and accuracy agree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthlift.core.findings import ReliabilityBin
from synthlift.core.results import Score
from synthlift.report.reliability import draw_calibration, judge_confidence


def bin_of(confidence, accuracy, half=0.05):
    ends = (None, None) if half is None else (accuracy - half, accuracy + half)
    low = int(10 * confidence) / 10
    return ReliabilityBin(low, low + 0.1, 0.5, confidence, Score(accuracy, *ends))


@pytest.fixture(scope="module")
def report(make):
    return make.with_findings(make.make_report())


def test_real_and_the_arms_of_the_questions_are_seen_first(report):
    found = draw_calibration(report, "cnn")
    assert [view.arm for view in found.first] == ["real", "real_synthetic", "augmented_synthetic"]
    assert len(found.first) + len(found.rest) == len(report.reliability)


def test_arms_of_the_curve_have_no_row(report):
    names = [arm for arm, _ in draw_calibration(report, "cnn").losses]
    assert "real_half" not in names
    assert "more_real" in names


def test_a_bin_as_sure_as_right_lies_on_the_diagonal(report):
    perfect = replace(report.reliability[0], bins=(bin_of(0.25, 0.25), bin_of(0.75, 0.75)))
    [view] = draw_calibration(replace(report, reliability=(perfect,)), "cnn").first
    (x0, y0), (x1, y1) = (map(float, end.split(",")) for end in view.diagonal.split())
    for mark in view.marks:
        share = (mark.x - x0) / (x1 - x0)
        assert mark.y == pytest.approx(y0 + share * (y1 - y0), abs=0.2)
        assert mark.high < mark.y < mark.low  # upwards is a smaller y


@pytest.mark.parametrize(
    ("bins", "words"),
    [
        ([bin_of(0.9, 0.7), bin_of(0.5, 0.5)], "too sure in 1 of 2 bins"),
        ([bin_of(0.5, 0.7)], "not sure enough in 1 of 1 bin"),
        (
            [bin_of(0.9, 0.7), bin_of(0.5, 0.7), bin_of(0.6, 0.6)],
            "too sure in 1 of 3 bins, not sure enough in 1 of 3 bins",
        ),
        ([bin_of(0.5, 0.52)], "as sure as it is right, as far as 1 bin can tell"),
        ([bin_of(0.5, 0.9, None)], "without intervals, too few repeats to tell"),
    ],
)
def test_what_a_diagram_shows_is_said_in_words(bins, words):
    assert judge_confidence(bins) == words


def test_losses_without_bins_and_bins_without_losses_are_both_shown(make, report):
    only_losses = draw_calibration(replace(report, reliability=()), "cnn")
    assert only_losses.first == ()
    assert only_losses.metrics == ("calibration_error", "log_loss")
    assert only_losses.note == "Calibration error and log-loss: lower is better."
    bare = {
        "cnn": {
            name: replace(arm, scores={"accuracy": arm.scores["accuracy"]})
            for name, arm in report.by_classifier["cnn"].items()
        }
    }
    found = draw_calibration(replace(report, by_classifier=bare), "cnn")
    assert found.metrics == ()
    assert found.first
    assert draw_calibration(replace(report, by_classifier=bare, reliability=()), "cnn") is None
