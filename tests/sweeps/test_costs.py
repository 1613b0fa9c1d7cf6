"""Seconds of an arm: added up from the manifests of what it was made of."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from synthlift.configure import experiment
from synthlift.sweeps.costs import cost_arms

WORDS = ("arm=[real,real_synthetic]", "n_repeats=2", "metric=[accuracy]")


def leave_manifest(folder, **facts):
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(facts))
    return SimpleNamespace(folder=folder)


@pytest.fixture
def ran(world, compose, tmp_path):
    """Two repeats whose store says 100 s, 10 s and 1 s in the first, twice that in the second."""
    study = experiment(compose(*WORDS))[0]
    w = world(lambda study, arm, classifier: (0.7, 0.7))
    repeats = []
    for number, times in ((0, 1), (1, 2)):
        repeat = w.repeat(study, number)
        trials = []
        for trial in repeat.trials:
            key = f"{trial.arm}{number}"
            inputs = [{"artifact": f"of_{key}"}]
            leave_manifest(tmp_path / "predict" / key, inputs=inputs, seconds=1000)
            leave_manifest(tmp_path / "fit_classifier" / f"of_{key}", inputs=[], seconds=times)
            trials.append(replace(trial, made_of=key))
        material = replace(
            repeat.material,
            generator=leave_manifest(tmp_path / "fit_generator" / str(number), seconds=100 * times),
            drawn=leave_manifest(tmp_path / "generate" / str(number), seconds=10 * times),
        )
        repeats.append(replace(repeat, material=material, trials=tuple(trials)))
    return study, repeats, tmp_path


def test_an_arm_costs_its_training_and_the_samples_that_it_needs(ran):
    study, repeats, root = ran
    found = cost_arms(repeats, study.arms, root)
    assert found == {("real", "cnn"): 1.5, ("real_synthetic", "cnn"): 166.5}


def test_a_tuned_arm_costs_as_many_trainings_as_were_tried(ran):
    study, repeats, root = ran
    tuned = [replace(r, trials=tuple(replace(t, n_options=4) for t in r.trials)) for r in repeats]
    assert cost_arms(tuned, study.arms, root)["real_synthetic", "cnn"] == 165 + 4 * 1.5


@pytest.mark.parametrize("lost", ["fit_generator/1", "generate/0", "fit_classifier/of_real1"])
def test_what_the_store_does_not_say_is_not_guessed(ran, lost):
    study, repeats, root = ran
    (root / lost / "manifest.json").write_text("{")
    arm = "real" if lost.endswith("real1") else "real_synthetic"
    found = cost_arms(repeats, study.arms, root)
    assert {cell[0] for cell, seconds in found.items() if seconds is None} == {arm}
