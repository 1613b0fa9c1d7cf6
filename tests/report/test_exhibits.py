"""From the artifacts of a repeat to what the report shows; what an old artifact lacks is absent."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from synthlift.core.store import Artifact
from synthlift.evidence import exhibits
from synthlift.experiment import Material, Repeat
from synthlift.stages.measure import Measured


@pytest.fixture
def repeat(make, tmp_path):
    train, synthetic = make.make_digits(20, 30)
    measured = Measured({}, np.arange(7), np.linspace(0, 1, 7), {"columns": []})

    def artifact(value):
        return Artifact("key", tmp_path, lambda folder: value)

    material = Material(
        train.schema,
        None,
        SimpleNamespace(train=artifact(train)),
        artifact(None),
        artifact(synthetic),
        artifact(measured),
    )
    return Repeat(4, material, ())


def test_an_old_artifact_has_neither_curve_nor_network(repeat):
    (found,) = exhibits([repeat])
    assert (found.repeat, found.curve, found.network, found.grids) == (4, [], None, ())
    assert len(found.synthetic) == len(found.nearest) == 7


def test_curve_grids_and_network_are_read(make, repeat, tmp_path):
    (tmp_path / "training.csv").write_text("step,d_real\n5,0.5\n10,nan\n")
    (tmp_path / "network.json").write_text(json.dumps(make.make_network()))
    (tmp_path / "grids").mkdir()
    for step in (10, 5):
        (tmp_path / "grids" / f"step_{step:07d}.png").touch()
    (tmp_path / "grids" / "animation.png").touch()
    (tmp_path / "ema.safetensors").touch()
    inputs = [{"artifact": "a"}, None, {"class": "x.Gan", "steps": 5}, 7]
    (tmp_path / "manifest.json").write_text(json.dumps({"inputs": inputs}))
    (tmp_path / "grids" / "step_0000007").mkdir()
    for step in (20, 10):
        repeat.material.drawn.read().save(tmp_path / "grids" / f"step_{step:07d}")
    (tmp_path / "selection.csv").write_text("step,score,kept\n5,0.5,0\n10,,1\n")
    (found,) = exhibits([repeat])
    assert found.selection[0] == {"step": 5, "score": 0.5, "kept": 0}
    assert [path.name for path in found.snapshots] == ["step_0000010", "step_0000020"]
    assert found.distribution == {"columns": []}
    assert [row["step"] for row in found.curve] == [5, 10]
    assert found.network == make.make_network()
    assert [path.stem for path in found.grids] == ["step_0000005", "step_0000010"]
    assert found.animation == tmp_path / "grids" / "animation.png"
    assert found.recipe == {"class": "x.Gan", "steps": 5}
    assert found.weights == ("ema",)


def test_a_repeat_that_drew_nothing_has_no_exhibit(repeat):
    material = Material(repeat.material.schema, None, None)
    assert exhibits([Repeat(0, material, ())]) == []
