"""From what the repeats left in the store to what the report shows beside its numbers."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from synthlift.core.manifest import MANIFEST
from synthlift.experiment import Material, Repeat
from synthlift.generators.animation import ANIMATION
from synthlift.metrics.base import Score
from synthlift.report.exhibits import Exhibit


def exhibits(repeats: Sequence[Repeat]) -> list[Exhibit]:
    """One per repeat that drew samples."""
    return [_exhibit(r.number, r.material) for r in repeats if r.material.drawn]


def _exhibit(number: int, material: Material) -> Exhibit:
    assert material.drawn
    assert material.measured
    assert material.generator
    measured, folder = material.measured.read(), material.generator.folder
    network, animation = folder / "network.json", folder / "grids" / ANIMATION
    return Exhibit(
        repeat=number,
        train=material.rows.train.read(),
        synthetic=material.drawn.read().take(np.arange(len(measured.nearest))),
        nearest=measured.nearest,
        distance=measured.distance,
        curve=_numbers(folder / "training.csv"),
        grids=tuple(sorted((folder / "grids").glob("step_*.png"))),
        network=json.loads(network.read_text()) if network.exists() else None,
        distribution=measured.distribution,
        snapshots=tuple(sorted(p.parent for p in (folder / "grids").glob("step_*/schema.json"))),
        selection=tuple(_numbers(folder / "selection.csv")),
        animation=animation if animation.exists() else None,
        recipe=_recipe(folder / MANIFEST),
        place=f"{folder.parent.name}/{folder.name}",
        weights=tuple(sorted(path.stem for path in folder.glob("*.safetensors"))),
    )


def _recipe(manifest: Path) -> dict[str, Any] | None:
    """The recipe of the generator, from what the manifest of a fitted one says of its inputs."""
    if not manifest.exists():
        return None
    inputs = json.loads(manifest.read_text())["inputs"]
    return next((x for x in inputs if isinstance(x, dict) and "class" in x), None)


def _numbers(path: Path) -> list[dict[str, float]]:
    """The rows of a CSV of numbers, an empty cell as NaN; none where there is no such file."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [{k: float(v or "nan") for k, v in row.items()} for row in csv.DictReader(file)]


def trial_rows(
    repeats: Sequence[Repeat], scores: Sequence[Score]
) -> list[dict[str, float | int | str]]:
    """A row per trial for trials.csv: sizes, then each score on test and on valid rows."""
    rows = []
    for trial in (trial for repeat in repeats for trial in repeat.trials):
        row: dict[str, float | int | str] = {
            "arm": trial.arm,
            "classifier": trial.classifier,
            "repeat": trial.repeat,
            "n_real": trial.n_real,
            "n_synthetic": trial.n_synthetic,
        }
        for part, said in (("test", trial.test), ("valid", trial.valid)):
            row |= {f"{score.name}_{part}": score.score(said.p, said.labels) for score in scores}
        rows.append(row)
    return rows
