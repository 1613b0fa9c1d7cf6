"""The same jobs under every launcher, searched or listed: one training on two devices for all."""

from __future__ import annotations

import json

import pytest
from omegaconf import OmegaConf

TINY = (
    "arm=[real,augmented,augmented_synthetic]",
    "metric=[accuracy]",
    "n_repeats=1",
    "generator.steps=2",
    "generator.batch_size=4",
    "generator.network.channels=4",
    "generation.n_per_class=4",
    "generation.ratio=null",
    "classifier.cnn.steps=2",
    "teacher.members=1",
    "split.n_per_class=2",
    "split.n_valid=20",
    "split.reserve=0",
    "compute.accelerator=cpu",
    "compute.devices=2",
)
TWO = ("-m", "arm.augmented_synthetic.threshold=0,0.0001")  # alike: nothing is to be chosen
SEARCH = (
    "-m",
    "arm.augmented_synthetic.threshold=choice(0,0.0001)",
    "hydra/sweeper=optuna",
    "hydra.sweeper.n_trials=2",
    "hydra.sweeper.n_jobs=2",
    "hydra.sweeper.direction=maximize",
    "hydra.sweeper.sampler.seed=0",
    "objective={_target_: synthlift.sweeps.objective.Objective, arm: augmented_synthetic}",
)
JOBLIB = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")


def made(store, stage):
    """The manifests of what a stage made."""
    return [json.loads(path.read_text()) for path in store.glob(f"{stage}/*/manifest.json")]


def answers(folder):
    """What a sweep found: its candidates' scores, arms, lifts and fidelity."""
    (condition,) = json.loads((folder / "report.json").read_text())["conditions"]
    assert condition["state"] == "finished"
    scores = {" ".join(c["overrides"]): c["scores"] for c in condition["candidates"]}
    return scores, [condition["report"][name] for name in ("arms", "lifts", "fidelity")]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("launchers") / "store"


@pytest.fixture(scope="module")
def at_once(synthlift, store):
    """A search whose two trials run at once on an empty store, and how it ended."""
    folder = store.parent / "at_once"
    return synthlift(*SEARCH, *TINY, *JOBLIB, f"store={store}", f"hydra.sweep.dir={folder}"), folder


def test_trials_at_once_share_one_training_on_two_devices(at_once, store):
    said, folder = at_once
    assert said.code == 0, said.err
    (trained,) = made(store, "fit_generator")
    assert "devices=2" in trained["how"]["compute"]
    assert len(made(store, "generate")) == 1
    assert len(made(store, "measure")) == 1
    assert len([*folder.glob("*/job.json")]) == 2
    assert isinstance(OmegaConf.load(folder / "optimization_results.yaml").best_value, float)


@pytest.mark.parametrize("launcher", ["basic", "submitit_local"])
def test_under_another_launcher_the_same_jobs_find_all_of_it(at_once, store, synthlift, launcher):
    folder, before = store.parent / launcher, sorted(store.glob("*/*/manifest.json"))
    words = (f"hydra/launcher={launcher}", f"store={store}", f"hydra.sweep.dir={folder}")
    said = synthlift(*TWO, *TINY, *words)
    assert said.code == 0, said.err
    assert answers(folder) == answers(at_once[1])
    assert sorted(store.glob("*/*/manifest.json")) == before
