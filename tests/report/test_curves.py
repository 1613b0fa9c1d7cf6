"""Training charts and the sentences on training health."""

from __future__ import annotations

import math
from importlib.resources import files

import pytest

from synthlift.report.curves import (
    BOTTOM,
    HEIGHT,
    LEFT,
    MOST_POINTS,
    TOP,
    WIDTH,
    draw_charts,
    draw_selection,
)
from synthlift.report.health import judge_training
from synthlift.report.remedies import calm_down, help_critic, hold_back_critic, widen


def points_of(line):
    return [tuple(map(float, p.split(","))) for piece in line.pieces for p in piece.split()]


def test_every_point_lies_on_its_chart(make):
    charts = draw_charts(make.make_curve())
    assert [chart.title for chart in charts] == ["Losses", "Critic score", "Critic accuracy, %"]
    for line in (line for chart in charts for line in chart.lines):
        for x, y in points_of(line):
            assert LEFT <= x <= WIDTH
            assert TOP <= y <= HEIGHT - BOTTOM


def test_long_curves_are_thinned_but_keep_their_last_row(make):
    curve = make.make_curve(20_000)
    line = draw_charts(curve)[0].lines[0]
    assert len(points_of(line)) <= MOST_POINTS + 1
    assert line.last == f"{curve[-1]['generator_loss']:.3g}"


def test_a_missing_value_breaks_the_line_and_a_lone_point_is_drawn(make):
    curve = make.make_curve(5)
    curve[1]["d_real"] = math.nan
    line = draw_charts(curve)[1].lines[0]
    assert [len(piece.split()) for piece in line.pieces] == [2, 3]


def test_a_few_spikes_do_not_flatten_the_rest(make):
    curve = make.make_curve(200)
    curve[100]["critic_loss"] = 1e6
    chart = draw_charts(curve)[0]
    assert chart.is_cut
    heights = [y for _, y in points_of(chart.lines[0])]
    assert max(heights) - min(heights) > 30
    assert not draw_charts(make.make_curve(200))[0].is_cut


@pytest.mark.parametrize("curve", [[], [{"step": 1.0}], [{"other": 1.0}], [{"step": math.nan}]])
def test_nothing_recorded_gives_no_chart(curve):
    assert draw_charts(curve) == []


def critic(real, fake, n=30):
    return [{"critic_accuracy_real": real, "critic_accuracy_fake": fake}] * n


@pytest.mark.parametrize(
    ("real", "fake", "level", "title"),
    [
        (0.99, 1.0, "bad", "too strong"),
        (0.99, 0.7, "good", "balance"),
        (0.6, 0.62, "good", "balance"),
        (0.9, 0.2, "watch", "mostly wrong on synthetic"),
        (0.1, 0.9, "watch", "mostly wrong on real"),
    ],
)
def test_the_critic_is_judged_by_both_accuracies(real, fake, level, title):
    (finding,) = judge_training(critic(real, fake), {})
    assert finding.level == level
    assert title in finding.title
    assert f"{100 * real:.0f} %" in finding.text


def test_under_the_wasserstein_loss_a_strong_critic_is_in_order():
    recipe = {**GAN, "loss": {"class": "x.Wasserstein"}}
    (finding,) = judge_training(critic(1.0, 1.0), {}, recipe)
    assert finding.level == "good"


def test_only_the_last_third_counts():
    (finding,) = judge_training([*critic(1.0, 1.0, 20), *critic(0.6, 0.6, 10)], {})
    assert finding.level == "good"


@pytest.mark.parametrize(
    ("diversity", "levels"), [(0.1, ["bad"]), (0.4, ["watch"]), (0.8, []), (None, [])]
)
def test_collapse_is_read_off_the_diversity(diversity, levels):
    assert [f.level for f in judge_training([], {"diversity": diversity})] == levels


CONF = files("synthlift.conf")
GAN = {
    "critic_optimizer": {"class": "x.Adam", "rate": 0.0004},
    "generator_optimizer": {"class": "x.Adam", "rate": 0.0001},
    "label_ramp": {"class": "x.FromTheStart"},
    "penalty": {"class": "x.NoPenalty"},
    "n_critic": 1,
    "steps": 4000,
}


@pytest.mark.parametrize(
    ("curve", "diversity", "modality", "settings"),
    [
        (critic(1.0, 1.0), None, "image", hold_back_critic(GAN, "image")),
        (critic(1.0, 1.0), None, "table", hold_back_critic(GAN, "table")),
        (critic(0.6, 0.2), None, "table", help_critic(GAN)),
        ([{"step": 1.0, "critic_loss": math.nan}], None, "image", calm_down(GAN)),
        ([], 0.1, "image", widen(GAN, "image")),
    ],
)
def test_remedies_are_settings_that_there_are(curve, diversity, modality, settings):
    (finding,) = judge_training(curve, {"diversity": diversity}, GAN, modality)
    assert settings
    for setting in settings:
        assert setting in finding.text
        group, _, choice = setting.partition("=")
        if "/" in group:
            assert (CONF / group / f"{choice}.yaml").is_file()
    assert ("augmentation" in finding.text) <= (modality == "image")


def test_a_critic_with_batch_norm_gets_no_penalty_on_its_slope():
    recipe = {**GAN, "network": {"class": "x.Dcgan", "critic_norm": "batch"}}
    assert "generator/penalty=lecam" in hold_back_critic(recipe, "image")


def test_the_most_serious_finding_comes_first():
    curve = [{**row, "generator_loss": math.nan, "step": 7.0} for row in critic(0.6, 0.6)]
    found = judge_training(curve, {"diversity": 0.4})
    assert [f.level for f in found] == ["bad", "watch", "good"]
    assert "step 7" in found[0].text


def test_the_losses_of_an_autoencoder_are_three_lines():
    rows = [
        {"step": 10.0 * i, "loss": 9 / i, "reconstruction": 8 / i, "divergence": 1 / i}
        for i in (1, 2)
    ]
    (chart,) = draw_charts(rows)
    assert [line.name for line in chart.lines] == ["whole", "reconstruction", "divergence"]
    assert judge_training(rows, {}) == []
    (finding,) = judge_training([{"step": 1.0, "divergence": math.nan}], {})
    assert finding.title == "The training diverged"


def test_scores_that_weights_were_chosen_by_are_drawn_and_the_kept_step_is_named():
    rows = [{"step": 500.0 * i, "score": 0.5 + i / 10, "kept": float(i == 2)} for i in range(4)]
    chart = draw_selection(rows)
    assert "kept: step 1,000" in chart.title
    assert chart.lines[0].last == "80"
    assert chart.rule is None
    assert draw_selection([]) is None
