"""Score rows that no training has seen: the only stage with a parameter for test rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.results import Predictions
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.store import Place, stage
from synthlift.stages.compute import Compute
from synthlift.stages.fit_classifier import Fitted


@dataclass(frozen=True, eq=False)
class Scored:
    """Predictions of one fitted classifier, with the size of its training set.

    test: None of a classifier that only competes to be chosen.
    """

    valid: Predictions
    test: Predictions | None
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

    test = part("test") if (folder / "test_p.npy").exists() else None
    return Scored(part("valid"), test, facts["n_real"], facts["n_synthetic"])


@stage(version=2, read=_read)
def predict(
    fitted: Fitted, valid: SampleSet, test: SampleSet | None, *, place: Place, compute: Compute
) -> None:
    """Probabilities for the valid and, unless it is None, the test rows.

    A DataError if the classifier was fitted on one of them, or if its synthetic samples were made
    with a test row.
    """
    compute.use_threads()
    parts = {"valid": valid} if test is None else {"valid": valid, "test": test}
    for name, rows in parts.items():
        _refuse_leak(fitted.origin, rows, name, "the classifier was fitted on")
        if name == "test":
            _refuse_leak(fitted.learnt_from, rows, name, "its synthetic samples were made with")
        np.save(place.folder / f"{name}_p.npy", fitted.predict(rows), allow_pickle=False)
        for what in ("labels", "origin", "group"):
            values = getattr(rows, what)
            if values is not None:
                np.save(place.folder / f"{name}_{what}.npy", values, allow_pickle=False)
    facts = {"n_real": fitted.n_real, "n_synthetic": fitted.n_synthetic}
    (place.folder / "facts.json").write_text(json.dumps(facts))


def _refuse_leak(seen: Ints, rows: SampleSet, name: str, how: str) -> None:
    leaked = np.intersect1d(seen, rows.origin)
    if len(leaked):
        raise DataError(
            f"leakage: {how} {len(leaked)} of the {name} rows "
            f"(row {leaked[0]} of the dataset first); no score is given"
        )
