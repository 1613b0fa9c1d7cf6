"""Classifier two-sample test: can a classifier tell synthetic rows from real ones?

Lopez-Paz and Oquab 2017, arXiv 1610.06545, with the area under the ROC curve in place of the
accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthlift.core.samples import SampleSet, concatenate
from synthlift.metrics.base import Probabilities
from synthlift.metrics.matching import pairs
from synthlift.metrics.neighbours import Vectors, as_vectors

ENOUGH = 100  # held-out rows
MOST_ROWS, FEWEST_ROWS = 1500, 10
N_FOLDS, N_TREES, LEAF = 5, 100, 5


@dataclass(frozen=True)
class TwoSample:
    """Area under the ROC curve of extra trees that tell real from synthetic, cross-validated.

    0.5 when nothing tells them apart, 1 when every row is found out. Well below 0.5 the synthetic
    rows lie beside the very real ones they are compared with. Features and label are seen. Real
    rows are the held-out ones if there are 100, else training rows, to which copies are like as
    well. Both sides have as many rows of each class, at most 1,500 in all, and equal rows stand in
    one fold. None with fewer than 10 rows a side.
    """

    name: ClassVar[str] = "two_sample"

    def measure(
        self,
        real: SampleSet,
        synthetic: SampleSet,
        held_out: SampleSet | None,
        p: Probabilities,
        seed: int,
    ) -> float | None:
        if held_out is not None and len(held_out) >= ENOUGH:
            real = held_out
        theirs, ours = pairs(real, synthetic, MOST_ROWS, seed)
        if len(theirs) < FEWEST_ROWS:
            return None
        both = concatenate([theirs, ours])
        labels = np.eye(both.schema.n_classes, dtype=np.float32)[both.labels]
        return told_apart(np.hstack([as_vectors(both, like=both), labels]), seed)


def told_apart(vectors: Vectors, seed: int) -> float:
    """The mean over folds of the area under the curve; row i and row i + n / 2 are a pair."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(seed)
    n = len(vectors) // 2
    fold = np.tile(rng.permutation(np.arange(n) % N_FOLDS), 2)
    is_synthetic = np.repeat([0, 1], n)
    areas = []
    for k in range(N_FOLDS):
        train, test = fold != k, fold == k
        seeded = int(rng.integers(2**31))
        trees = ExtraTreesClassifier(N_TREES, min_samples_leaf=LEAF, random_state=seeded)
        trees.fit(vectors[train], is_synthetic[train])
        areas.append(roc_auc_score(is_synthetic[test], trees.predict_proba(vectors[test])[:, 1]))
    return float(np.mean(areas))
