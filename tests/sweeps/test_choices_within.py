"""A sweep over choices within a generator: a candidate for each, and what can't be is said."""

from __future__ import annotations

import json

import pytest
import yaml

from synthlift import workers
from synthlift.core.store import Store
from synthlift.experiment import run_repeat

pytestmark = pytest.mark.usefixtures("quick_disk")
TINY = (
    "arm=[real,real_synthetic]",
    "metric=[accuracy]",
    "n_repeats=1",
    "generator.steps=2",
    "generator.largest_batch=4",
    "generator.network.channels=4",
    "generation.n_per_class=4",
    "classifier.cnn.steps=2",
    "split.n_per_class=2",
    "split.n_valid=20",
    "split.reserve=0",
    "compute.accelerator=cpu",
)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    def fill(study, root, compute, watching, numbers):
        store = Store(root)
        for number in numbers:
            run_repeat(study, store, compute, number)
        return store.executed

    monkeypatch.setattr(workers, "fill", fill)


def test_every_choice_is_a_candidate_and_one_that_can_not_be_is_said(synthlift, tmp_path):
    """dcgan has batch norm in its critic, and takes the other penalty."""
    folder = tmp_path / "sweep"
    choices = ("generator=cgan,dcgan", "generator/penalty=none,gradient_penalty")
    where = (f"store={tmp_path / 'store'}", f"hydra.sweep.dir={folder}")
    said = synthlift("-m", *choices, *TINY, *where)
    assert said.code == 1
    assert "Traceback" not in said.err
    report = json.loads((folder / "report.json").read_text())
    (condition,) = report["conditions"]
    states = {" ".join(c["overrides"]): c["state"] for c in condition["candidates"]}
    failed = "generator=dcgan generator/penalty=gradient_penalty"
    assert {name for name, state in states.items() if state == "failed"} == {failed}
    assert len(states) == 4
    assert "critic_norm=layer" in condition["candidates"][[*states].index(failed)]["reason"]
    config = yaml.safe_load((folder / "1" / "config.yaml").read_text())
    assert "generator/penalty=gradient_penalty" in config["command"]
    assert config["generator"]["penalty"]["weight"] == 10.0
    assert (
        sum(1 for _ in (tmp_path / "store" / "fit_generator").glob("*")) == 3 + 1
    )  # the chosen, on a fresh repeat
