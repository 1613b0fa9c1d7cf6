"""Recall of every class in every arm, and its change over real: the mean hides the rare class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from synthlift.core.results import ClassLift, Trial
from synthlift.core.samples import Ints
from synthlift.metrics.base import correct
from synthlift.stages.lineup import REAL, Arms
from synthlift.stages.ruler import Judged, Ruler, by_group, mean_real, sum_cells
from synthlift.statistics.intervals import no_interval
from synthlift.statistics.multiplicity import holm


def find_recalls(
    arms: Arms, classifier: str, classes: Sequence[str], ruler: Ruler
) -> list[ClassLift]:
    """Of every class that each repeat's test rows hold; p adjusted by Holm within an arm.

    Arms of kind curve are left out. Without `real` there is nothing to compare with, and no row.
    """
    if REAL not in arms:
        return []
    counts = np.stack([_count_labels(t, len(classes)) for t in arms[REAL]])
    held = [int(label) for label in np.flatnonzero(counts.min(axis=0) > 0)]
    reals = _recalls(arms[REAL], counts, held, ruler)
    found = []
    for name, arm in arms.items():
        if arm[0].kind == "curve":
            continue
        rows = []
        for label, mine, real in zip(held, _recalls(arm, counts, held, ruler), reals, strict=True):
            i = no_interval(0.0)
            if name != REAL:
                i = ruler.recall(mine - real, float(counts[:, label].mean()))
            recall = float(mine.scores.mean())
            low, high = _within(i.low), _within(i.high)
            rows.append(ClassLift(classes[label], name, classifier, recall, i.mean, low, high, i.p))
        adjusted = holm([row.p for row in rows])
        found += [replace(row, p=p) for row, p in zip(rows, adjusted, strict=True)]
    return found


def _within(end: float | None) -> float | None:
    """No recall changes by more than all."""
    return None if end is None else min(max(end, -1.0), 1.0)


def absent_classes(trials: Iterable[Trial], classes: Sequence[str]) -> list[str]:
    """Classes that the test rows of some repeat lack; any trial of a repeat says which."""
    first = {t.repeat: t for t in trials}
    counts = [_count_labels(t, len(classes)) for t in first.values()]
    if not counts:
        return []
    return [name for name, n in zip(classes, np.min(counts, axis=0), strict=True) if not n]


def _count_labels(trial: Trial, n_classes: int) -> Ints:
    """Test rows of each class, `(K,)`."""
    return np.bincount(trial.test.labels, minlength=n_classes)


def _recalls(
    trials: Sequence[Trial], counts: Ints, held: Sequence[int], ruler: Ruler
) -> list[Judged]:
    """Recall of each class that is held; counts `(R, K)` are test rows by repeat and class."""
    labels = [t.test.labels for t in trials]
    hits = correct(np.concatenate([t.test.p for t in trials]), np.concatenate(labels))
    right = sum_cells(labels, hits, counts.shape[1])
    if ruler.regime == "small_pool":
        return [Judged(right[:, label] / counts[:, label], None) for label in held]
    table, test = hits.reshape(len(trials), -1), trials[0].test  # the same rows in every repeat
    found = []
    for label in held:
        of_class = test.labels == label
        group = None if test.group is None else test.group[of_class]
        rows = table[:, of_class]
        if group is not None:
            rows = np.stack([by_group(row, group) for row in rows])
        found.append(Judged(right[:, label] / counts[:, label], rows, mean_real(trials)))
    return found
