"""The calibration of the instrument: its population, its studies, and the command, run short."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"
RATES = ("false_positive_rate", "coverage", "power")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports one of the scripts by its name."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module


@pytest.fixture
def calibrate(script: Any, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command; its standard output."""

    def run(*words: str) -> str:
        assert script("calibrate").main(words) == 0
        return capsys.readouterr().out

    return run


@pytest.fixture
def refusal(script: Any, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command; what it says on standard error when it refuses."""

    def run(*words: str) -> str:
        assert script("calibrate").main(words) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err

    return run


# the population


def test_accuracy_of_a_rule_is_the_share_of_rows_that_it_tells_right(script):
    population, lib = (
        script("calibrate_population").Population((0.6,)),
        script("calibrate_population"),
    )
    train, rows = population.draw(40, seed=1), population.draw(40_000, seed=2)
    rules = lib.fit_rules(lib.features(train), train.labels)
    right = (rules.decide(lib.features(rows)) > 0) == rows.labels
    assert right.mean() == pytest.approx(float(rules.accuracy(population.mean())), abs=0.01)


def test_ridge_rules_solve_the_penalised_normal_equations(script):
    lib, rng = script("calibrate_population"), np.random.default_rng(0)
    x, labels = rng.normal(size=(2, 20, 3)), rng.integers(0, 2, (2, 20))
    rules = lib.fit_rules(x, labels)
    for i in range(2):
        left = np.c_[x[i], np.ones(20)]
        penalty = np.diag([lib.RIDGE] * 3 + [0.0])
        solved = np.linalg.solve(left.T @ left + penalty, left.T @ (2.0 * labels[i] - 1))
        assert np.r_[rules.weights[i], rules.offset[i]] == pytest.approx(solved)


def test_a_weight_of_two_counts_as_a_row_given_twice(script):
    lib, rng = script("calibrate_population"), np.random.default_rng(0)
    x, labels = rng.normal(size=(1, 9, 3)), np.arange(9)[None] % 2
    twice = np.r_[np.arange(9), np.arange(3)]
    weight = np.bincount(twice) * 1.0
    lib_weight = lib.fit_rules(x, labels, weight)
    repeated = lib.fit_rules(x[:, twice], labels[:, twice])
    assert lib_weight.weights == pytest.approx(repeated.weights)
    assert lib_weight.offset == pytest.approx(repeated.offset)


def test_a_planted_effect_is_there_on_average_over_training_sets(script):
    lib = script("calibrate_population")
    population = lib.plant(0.05, n_train=30)
    mean = population.mean()
    lifts = []
    for seed in range(600):
        train = population.draw(30, seed)
        x = lib.features(train)
        one, other = (
            float(lib.fit_rules(x[:, own], train.labels).accuracy(mean[own]))
            for own in map(lib.columns_of, (0, 1))
        )
        lifts.append(other - one)
    error = np.std(lifts) / len(lifts) ** 0.5
    assert np.mean(lifts) == pytest.approx(0.05, abs=3 * error)
    assert error < 0.003


# the studies


@pytest.mark.parametrize("n", [50, 150, 300])
@pytest.mark.parametrize("regime", ["small_pool", "fixed_test"])
def test_a_study_has_the_size_and_the_regime_that_it_says(script, regime, n):
    studies = script("calibrate_studies")
    design = studies.Design(regime, n)
    population = script("calibrate_population").Population((0.6,))
    (facts,) = studies.Rows.draw(design, population, 0, range(1)).facts
    assert (facts.regime, facts.n_train) == (regime, design.n_train)
    labelled = facts.n_train + facts.n_valid
    if regime == "fixed_test":
        assert (labelled, facts.n_pool, facts.n_test) == (n, 2 * n, 2 * n)
    else:
        assert (labelled + facts.n_test, facts.n_pool) == (n, n)
    assert facts.duplicates == 0


def test_nets_of_one_seed_start_alike_and_meet_rows_in_the_same_order(script):
    net, rng = script("calibrate_net"), np.random.default_rng(0)
    labels = np.arange(30)[None] % 2
    few, many = (net.draw_batches(labels, 5, n) for n in (4, 8))
    n_seen = min(few.size, many.size)
    assert (few.ravel()[:n_seen] == many.ravel()[:n_seen]).all()
    assert (np.sort(many.ravel()[:30]) == np.arange(30)).all()  # every row once, then again
    x = rng.normal(size=(1, 30, 10)) + (2 * labels - 1)[..., None]
    one, again = net.fit_nets(x, labels, 3), net.fit_nets(x, labels, 3)
    assert (one.inner == again.inner).all()
    assert ((one.decide(x) > 0) == labels).mean() > 0.95


def test_the_real_cgan_gives_the_trials_of_two_arms(script, monkeypatch):
    gan, studies = script("calibrate_cgan"), script("calibrate_studies")
    few = ("generator.steps=2", "classifier.cnn.steps=2", "generator.log_every=1")
    monkeypatch.setattr(gan, "SETTINGS", gan.SETTINGS + few)
    gan.read_recipe.cache_clear()
    trials, facts, schema = gan.draw_gan_study(studies.Design("fixed_test", 50), 0, range(1))
    gan.read_recipe.cache_clear()
    real, other = trials
    assert (real.arm, real.kind, other.arm) == ("real", "real", "real_synthetic")
    assert real.n_synthetic == other.n_synthetic > 0
    assert (real.test.origin == other.test.origin).all()
    assert not (real.test.p == other.test.p).all()  # another seed, another generator
    assert (facts[0].regime, schema.n_classes) == ("fixed_test", 2)


# the command


def test_a_null_gives_false_positives_and_coverage_and_no_power(calibrate):
    found = json.loads(calibrate("--studies=12", "--null=same_generator", "--n=50"))
    assert found["power"] is None
    assert found["false_positive_rate"]["n"] == found["coverage"]["n"] == 12
    assert found["false_positive_rate"]["value"] <= 0.25
    assert found["coverage"]["value"] >= 0.75
    assert sum(found["verdicts"].values()) == pytest.approx(1, abs=1e-5)
    assert {"regime", "n", "seed", "mean_lift_pt", "mean_half_width_pt"} <= set(found)


def test_a_large_effect_is_seen_in_every_study(calibrate):
    words = ("--studies=8", "--effect=10", "--regime=fixed_test", "--n=300")
    found = json.loads(calibrate(*words))
    assert found["false_positive_rate"] is None
    assert found["power"]["value"] == 1
    low, high = found["power"]["low"], found["power"]["high"]
    assert 0.6 < low < high == 1
    assert found["mean_lift_pt"]["mean"] == pytest.approx(10, abs=3)


def test_the_placebo_is_judged_too(calibrate):
    found = json.loads(calibrate("--studies=4", "--null=placebo", "--regime=fixed_test"))
    assert found["coverage"]["value"] >= 0.5
    assert abs(found["mean_lift_pt"]["mean"]) < 2


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(calibrate):
    words = ("--studies=11", "--n=50", "--regime=fixed_test")
    first = calibrate(*words)
    assert first == calibrate(*words) == calibrate(*words, "--workers=2")
    assert first != calibrate(*words, "--seed=1")


@pytest.mark.parametrize("regime", ["small_pool", "fixed_test"])
def test_a_sweep_judges_the_chosen_and_names_the_naive_one(calibrate, regime):
    words = ("--studies=3", "--n=50", f"--regime={regime}", "--sweep=4")
    found = json.loads(calibrate(*words))
    assert found["candidates"] == 4
    for which in ("chosen", "naive"):
        assert found[which]["false_positive_rate"]["n"] == 3
    assert found["naive"]["mean_lift_pt"]["mean"] > -2  # the best of four


def test_looks_stop_at_the_first_verdict(calibrate):
    found = json.loads(calibrate("--studies=4", "--n=50", "--regime=fixed_test", "--looks=18"))
    assert found["planned"]["repeats"] == [6, 12, 18]
    for which in ("planned", "unplanned"):
        spoke = found[which]["false_positive_rate"]["value"] * 4
        assert spoke == pytest.approx(sum(found[which]["by_look"]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--studies=0"], "--studies is at least 1, not 0"),
        (["--workers=0"], "--workers is at least 1, not 0"),
        (["--null=placebo", "--effect=3"], "planted on the exchangeable design, not on placebo"),
        (["--effect=40"], "can't be planted"),
        (["--generator=cgan"], "--generator=cgan serves --null=same_generator"),
        (["--looks=18"], "--looks needs --regime=fixed_test"),
        (["--looks=4", "--regime=fixed_test"], "a cap of 4"),
        (["--sweep=1"], "2 candidates at least"),
        (["--sweep=5", "--null=placebo"], "--sweep chooses among exchangeable candidates"),
    ],
)
def test_settings_without_a_meaning_are_refused_in_words(refusal, words, said):
    assert said in refusal(*words)


def test_the_table_has_all_cells_and_goes_on_where_it_stopped(script, tmp_path, monkeypatch):
    table = script("calibrate_table")
    cells = [*table.cells(seed=0)]
    assert len(cells) == len({cell.name for cell in cells}) == 42
    two = [c for c in cells if c.n == 50 and c.effect in (0, 5) and c.null == "exchangeable"][:2]
    monkeypatch.setattr(table, "cells", lambda seed: iter(two))
    found = table.run_table(tmp_path, studies=3, seed=0, workers=1)
    assert all(set(RATES) <= set(record) for record in found)
    files = sorted((tmp_path / "cells").iterdir())
    assert [path.suffix for path in files] == [".json", ".json"]
    kept = json.loads(files[0].read_text()) | {"n_repeats": 99}
    files[0].write_text(json.dumps(kept))
    again = table.run_table(tmp_path, studies=3, seed=0, workers=1)
    assert 99 in [record["n_repeats"] for record in again]  # read, not run again
    shown = (tmp_path / "table.md").read_text()
    assert len(shown.splitlines()) == 2 + len(two)
    assert not {"nan", "None"} & set(shown.split())


def test_no_part_of_the_fast_studies_imports_torch():
    code = "import sys, calibrate; sys.exit('torch' in sys.modules or 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, check=False)
    assert done.returncode == 0
