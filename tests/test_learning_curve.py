"""`synthlift experiment=learning_curve`: a study per number of labels, and the curve."""

from __future__ import annotations

import json

import pytest

from synthlift import workers
from synthlift.core.store import Store
from synthlift.experiment import run_repeat

pytestmark = pytest.mark.usefixtures("quick_disk")
TINY = (
    "arm=[real,real_synthetic,augmented]",
    "metric=[accuracy]",
    "n_repeats=1",
    "generator.steps=2",
    "generator.batch_size=4",
    "generator.log_every=2",
    "generator.checkpoint_every=2",
    "generation.n_per_class=4",
    "classifier.cnn.steps=2",
    "split.n_valid=20",
    "split.reserve=0",
)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    def fill(study, root, compute, watching, numbers):
        store = Store(root)
        for number in numbers:
            run_repeat(study, store, compute, number)
        return store.executed

    monkeypatch.setattr(workers, "fill", fill)


def test_one_command_gives_a_study_per_number_and_the_curve(synthlift, tmp_path):
    folder, again = tmp_path / "sweep", tmp_path / "again"
    words = ("experiment=learning_curve", *TINY, f"store={tmp_path / 'store'}")
    said = synthlift(*words, "split.n_per_class=2,3", f"hydra.sweep.dir={folder}")
    assert said.code == 0, said.err
    assert "Traceback" not in said.err
    report = json.loads((folder / "report.json").read_text())
    assert [c["overrides"] for c in report["conditions"]] == [
        ["split.n_per_class=2"],
        ["split.n_per_class=3"],
    ]
    assert [c["report"]["n_train"] for c in report["conditions"]] == [20, 30]
    assert 'id="curves"' in (folder / "report.html").read_text()
    assert synthlift("report", folder).code == 0
    said = synthlift(*words, "split.n_per_class=2", f"hydra.run.dir={again}")
    assert said.code == 0, said.err
    assert (again / "report.json").is_file(), "a single number is one study"
