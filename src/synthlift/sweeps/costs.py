"""What the arms of a study took to make: seconds, as the store's manifests have them.

Each artifact keeps the seconds of the one time that it was made, so that a study which finds all of
them in the store costs what it cost when it ran.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthlift.arms.base import Arm
from synthlift.core.manifest import MANIFEST
from synthlift.core.results import Trial
from synthlift.experiment import Material, Repeat
from synthlift.stages.fit_classifier import fit_classifier
from synthlift.stages.predict import predict
from synthlift.sweeps.studies import Cell


def cost_arms(
    repeats: Sequence[Repeat], arms: Mapping[str, Arm], root: Path
) -> dict[Cell, float | None]:
    """Seconds of every arm under every classifier, a mean over the repeats that have it.

    Training the generator and drawing, for an arm that needs samples, and training its classifiers;
    of an arm that is tuned the kept training counts once for each that was tried. None where the
    store under `root` does not say.
    """
    found: dict[Cell, list[float | None]] = {}
    for repeat in repeats:
        drawn = _drawing(repeat.material)
        for trial in repeat.trials:
            own = [_training(trial, root)]
            own += [drawn] if "synthetic" in arms[trial.arm].needs else []
            found.setdefault((trial.arm, trial.classifier), []).append(_sum(own))
    return {cell: _mean(seconds) for cell, seconds in found.items()}


def _drawing(material: Material) -> float | None:
    made = (material.generator, material.drawn)
    return _sum([_seconds(artifact.folder) if artifact else None for artifact in made])


def _training(trial: Trial, root: Path) -> float | None:
    """The predictions name the classifiers that made them."""
    inputs = _manifest(root / predict.name / trial.made_of).get("inputs")
    fitted = inputs[0].get("artifact") if inputs else None
    seconds = _seconds(root / fit_classifier.name / fitted) if fitted else None
    return None if seconds is None else seconds * trial.n_options


def _seconds(folder: Path) -> float | None:
    seconds = _manifest(folder).get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else None


def _manifest(folder: Path) -> dict[str, Any]:
    """What an artifact says of itself; nothing where there is none to be read."""
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return {}
    return found


def _sum(seconds: Sequence[float | None]) -> float | None:
    known = [x for x in seconds if x is not None]
    return sum(known) if len(known) == len(seconds) else None


def _mean(seconds: Sequence[float | None]) -> float | None:
    total = _sum(seconds)
    return None if total is None else round(total / len(seconds), 3)
