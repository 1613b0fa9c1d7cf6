"""Fit one classifier (or several, to be averaged) on an arm's training set."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from synthlift.arms.base import TrainingRecipe
from synthlift.classifiers.base import Classifier, FittedClassifier, Probabilities
from synthlift.core.errors import DataError
from synthlift.core.samples import SYNTHETIC, Ints, SampleSet, TrainingSet
from synthlift.core.schema import schema_from_json
from synthlift.core.seeds import derive
from synthlift.core.store import Place, stage
from synthlift.stages.compute import Compute

ROWS = ("origin", "learnt_from")


@dataclass(frozen=True, eq=False)
class Fitted:
    """Trained classifiers whose probabilities are averaged, and which rows they were fitted on.

    origin, learnt_from: int64, the different real rows of the training set, and those that its
    synthetic rows were made with; `predict` refuses to score on any of them.
    """

    members: tuple[FittedClassifier, ...]
    n_real: int
    n_synthetic: int
    origin: Ints
    learnt_from: Ints

    def predict(self, samples: SampleSet) -> Probabilities:
        """Mean probabilities of the members, float32 `(n, n_classes)`."""
        mean = np.mean([member.predict(samples) for member in self.members], axis=0)
        return np.asarray(mean, dtype=np.float32)


def _read(
    folder: Path, training: TrainingRecipe, classifier: Classifier, members: int, seed: int
) -> Fitted:
    facts = json.loads((folder / "facts.json").read_text())
    schema = schema_from_json(facts["schema"])
    fitted = tuple(
        classifier.load(folder / f"member_{i}", schema, training.read, _member_seed(seed, i))
        for i in range(members)
    )
    rows = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in ROWS)
    return Fitted(fitted, facts["n_real"], facts["n_synthetic"], *rows)


@stage(version=3, read=_read)
def fit_classifier(
    training: TrainingSet,
    classifier: Classifier,
    members: int,
    seed: int,
    *,
    place: Place,
    compute: Compute,
) -> None:
    """Train `members` classifiers that differ in their seed only.

    The first has the seed of a single one.
    """
    for rows in training.sets:
        if rows.learnt_from is None and (rows.origin == SYNTHETIC).any():
            raise DataError(
                "synthetic rows of the training set do not say which real rows made them "
                "(learnt_from), so nobody could see a leak"
            )
    with compute.use() as device:
        for i in range(members):
            fitted = classifier.fit(training, _member_seed(seed, i), device, place.progress)
            (place.folder / f"member_{i}").mkdir()
            fitted.save(place.folder / f"member_{i}")
    for name in ROWS:
        np.save(place.folder / f"{name}.npy", getattr(training, name), allow_pickle=False)
    facts = {
        "n_real": training.n_real,
        "n_synthetic": training.n_synthetic,
        "schema": asdict(training.schema),
    }
    (place.folder / "facts.json").write_text(json.dumps(facts))


def _member_seed(seed: int, i: int) -> int:
    return derive(seed, "classifier", i)
