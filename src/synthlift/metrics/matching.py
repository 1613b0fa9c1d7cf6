"""Which rows are set against one another, so that only the likeness of the samples counts.

A generator is asked for as many rows of a class as the study wants, so the mix of classes says
nothing about it: rows are compared in one mix.
"""

from __future__ import annotations

import numpy as np

from synthlift.core.samples import Ints, SampleSet


def same_mix(
    real: SampleSet, synthetic: SampleSet, most: int, seed: int
) -> tuple[SampleSet, SampleSet]:
    """Real rows, and synthetic rows with the same shares of the classes; at most `most` of each.

    A class that one side lacks is left out of both. Which rows are taken is drawn by the seed.
    """
    rng = np.random.default_rng(seed)
    ours, theirs = synthetic.counts(), real.counts()
    both = (ours > 0) & (theirs > 0)
    if not both.any():
        nothing = np.empty(0, np.int64)
        return real.take(nothing), synthetic.take(nothing)
    share = np.where(both, theirs, 0) / theirs[both].sum()
    room = min(most, int((ours[both] / share[both]).min() + 1e-9))
    wanted = np.maximum(np.floor(room * share + 1e-9).astype(np.int64), both)
    kept = np.flatnonzero(both[real.labels])
    kept = np.sort(rng.permutation(kept)[:most])
    return real.take(kept), synthetic.take(_per_class(synthetic.labels, wanted, rng))


def pairs(
    real: SampleSet, synthetic: SampleSet, most: int, seed: int
) -> tuple[SampleSet, SampleSet]:
    """As many real as synthetic rows of each class, at most `most`, the i-th ones a pair.

    Equal rows come as pairs, as many as there are; the others are paired at random within a class.
    """
    rng = np.random.default_rng(seed)
    counts = np.minimum(real.counts(), synthetic.counts())
    if counts.sum() > most:
        counts = np.floor(counts * (most / counts.sum())).astype(np.int64)
    ours = synthetic.take(_per_class(synthetic.labels, counts, rng))
    theirs = real.take(_per_class(real.labels, counts, rng))
    rows, partners = _twins(theirs, ours)
    for label in range(real.schema.n_classes):
        lone = np.setdiff1d(np.flatnonzero(theirs.labels == label), rows)
        others = np.setdiff1d(np.flatnonzero(ours.labels == label), partners)
        rows, partners = np.append(rows, lone), np.append(partners, rng.permutation(others))
    return theirs.take(rows), ours.take(partners)


def _per_class(labels: Ints, counts: Ints, rng: np.random.Generator) -> Ints:
    """Positions of counts[k] rows of each class k, drawn without replacement, in their order."""
    chosen = [
        rng.permutation(np.flatnonzero(labels == label))[:count]
        for label, count in enumerate(counts)
    ]
    return np.sort(np.concatenate(chosen))


def _twins(a: SampleSet, b: SampleSet) -> tuple[Ints, Ints]:
    """Positions in a and in b of rows with equal features and label, each row in one pair."""
    waiting: dict[tuple[object, int], list[int]] = {}
    for i, key in enumerate(zip(b.fingerprints(), b.labels.tolist(), strict=True)):
        waiting.setdefault(key, []).append(i)
    found = [
        (i, waiting[key].pop())
        for i, key in enumerate(zip(a.fingerprints(), a.labels.tolist(), strict=True))
        if waiting.get(key)
    ]
    rows = np.array(found, dtype=np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]
