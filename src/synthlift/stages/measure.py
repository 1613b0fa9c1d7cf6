"""Judge the synthetic samples.

The metrics of fidelity; and for the report, real and synthetic distributions side by side and each
sample's nearest train row.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthlift.core.confidence import Confidence
from synthlift.core.results import Floats
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.seeds import derive
from synthlift.core.store import Artifact, Place, stage
from synthlift.metrics.base import Fidelity, correct
from synthlift.metrics.distribution import describe
from synthlift.metrics.neighbours import as_vectors, nearest
from synthlift.stages.compute import Compute
from synthlift.stages.fit_classifier import Fitted

N_SHOWN = 2000
DISTRIBUTION = "distribution.json"
CONFIDENCE = "confidence"


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured on the synthetic samples.

    scores: one per metric, None where it can't be computed. nearest, distance: `(m,)`, the train
    row nearest to each of the first m synthetic samples. distribution: what metrics.distribution
    says; None if real and synthetic samples share no class.
    """

    scores: dict[str, float | None]
    nearest: Ints
    distance: Floats
    distribution: dict[str, Any] | None = None


def _read(folder: Path, *inputs: object) -> Measured:
    scores = json.loads((folder / "fidelity.json").read_text())
    rows = np.load(folder / "nearest.npy", allow_pickle=False)
    distance = np.load(folder / "distance.npy", allow_pickle=False)
    return Measured(scores, rows, distance, json.loads((folder / DISTRIBUTION).read_text()))


@stage(version=7, read=_read)
def measure(
    train: SampleSet,
    valid: SampleSet | None,
    synthetic: SampleSet,
    teacher: Fitted | None,
    metrics: tuple[Fidelity, ...],
    seed: int,
    *,
    place: Place,
    compute: Compute,
) -> None:
    """Measure each metric on the train rows and the synthetic samples.

    valid: real rows that no training has seen; what the teacher says of them is
    `held_out_adherence`, as much as samples can be expected to reach. Without a teacher (a single
    class) every label is adhered to.
    """
    compute.use_threads()
    ones = np.ones((len(synthetic), 1), np.float32)
    p = teacher.predict(synthetic) if teacher else ones
    scores = {
        metric.name: metric.measure(train, synthetic, valid, p, derive(seed, metric.name))
        for metric in metrics
    }
    if teacher and valid is not None and len(valid) and "label_adherence" in scores:
        scores["held_out_adherence"] = _held_out_adherence(teacher, valid, synthetic.counts())
    (place.folder / "fidelity.json").write_text(json.dumps(scores, allow_nan=False))
    sides = describe(train, synthetic, valid, derive(seed, "distribution"))
    (place.folder / DISTRIBUTION).write_text(json.dumps(sides, allow_nan=False))
    if teacher:
        p_label = p[np.arange(len(synthetic)), synthetic.labels]
        Confidence(p_label, np.union1d(teacher.origin, teacher.learnt_from)).save(
            place.folder / CONFIDENCE
        )
    shown = as_vectors(synthetic.take(np.arange(min(N_SHOWN, len(synthetic)))), like=train)
    distance, rows = nearest(shown, as_vectors(train, like=train))
    np.save(place.folder / "nearest.npy", rows, allow_pickle=False)
    np.save(place.folder / "distance.npy", distance, allow_pickle=False)


def _held_out_adherence(teacher: Fitted, valid: SampleSet, mix: Ints) -> float | None:
    """Share of valid rows to which the teacher gives their label, in this mix of classes.

    mix: `(n_classes,)`; None where the valid rows have no class of it.
    """
    right, counts = correct(teacher.predict(valid), valid.labels), valid.counts()
    weight = np.where(counts, mix / np.maximum(counts, 1), 0.0)[valid.labels]
    return float(np.average(right, weights=weight)) if weight.sum() else None


def confidence(measured: Artifact[Measured]) -> Artifact[Confidence]:
    """How sure the teacher is of each synthetic sample; there is none without a teacher."""
    return measured.part(CONFIDENCE, Confidence.load)
