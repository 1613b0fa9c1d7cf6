"""Parts of real rows, the smaller inside the larger, for the sizes of a learning curve."""

from __future__ import annotations

import hashlib

import numpy as np

from synthlift.core.samples import Ints, SampleSet
from synthlift.core.seeds import derive


def first_rows(samples: SampleSet, wanted: Ints) -> SampleSet:
    """wanted[c] rows of each class c, or all that there are, in a random order.

    The order follows from which rows these are, so that it is another one in every repeat, and a
    smaller wish gets a part of what a larger one gets.
    """
    digest = hashlib.sha256(np.ascontiguousarray(samples.origin).tobytes()).hexdigest()
    order = np.random.default_rng(derive(0, "subset", digest)).permutation(len(samples))
    labels = samples.labels[order]
    rows = [order[labels == label][:n] for label, n in enumerate(wanted)]
    return samples.take(np.sort(np.concatenate(rows)))
