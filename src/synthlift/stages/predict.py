"""Score rows that no training has seen: the only stage with a parameter for test rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.results import Predictions
from synthlift.core.samples import SampleSet
from synthlift.core.store import Place, stage
from synthlift.stages.compute import Compute
from synthlift.stages.fit_classifier import Fitted


@dataclass(frozen=True, eq=False)
class Scored:
    """Predictions of one fitted classifier, with the size of its training set."""

    valid: Predictions
    test: Predictions
    n_real: int
    n_synthetic: int


def _read(folder: Path, *inputs: object) -> Scored:
    facts = json.loads((folder / "facts.json").read_text())

    def part(name: str) -> Predictions:
        arrays = (
            np.load(folder / f"{name}_{what}.npy", allow_pickle=False)
            for what in ("p", "labels", "origin", "group")
            if (folder / f"{name}_{what}.npy").exists()
        )
        return Predictions(*arrays)

    return Scored(part("valid"), part("test"), facts["n_real"], facts["n_synthetic"])


@stage(version=1, read=_read)
def predict(
    fitted: Fitted, valid: SampleSet, test: SampleSet, *, place: Place, compute: Compute
) -> None:
    """Probabilities for the valid and test rows.

    A DataError if the classifier was fitted on one of them.
    """
    compute.prepare()
    for name, rows in (("valid", valid), ("test", test)):
        leaked = np.intersect1d(fitted.origin, rows.origin)
        if len(leaked):
            raise DataError(
                f"leakage: the classifier was fitted on {len(leaked)} of the {name} rows "
                f"(row {leaked[0]} of the dataset first); no score is given"
            )
        np.save(place.folder / f"{name}_p.npy", fitted.predict(rows), allow_pickle=False)
        for what in ("labels", "origin", "group"):
            values = getattr(rows, what)
            if values is not None:
                np.save(place.folder / f"{name}_{what}.npy", values, allow_pickle=False)
    facts = {"n_real": fitted.n_real, "n_synthetic": fitted.n_synthetic}
    (place.folder / "facts.json").write_text(json.dumps(facts))
