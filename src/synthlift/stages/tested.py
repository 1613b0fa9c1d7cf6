"""Which rows are test rows of which repeats: who may choose for a row without having seen it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthlift.core.results import Floats
from synthlift.core.samples import Ints


def tested_rows(tested: Sequence[Ints]) -> tuple[list[Ints], Floats]:
    """The places of each repeat's test rows among all that are tested, and 1 where one is.

    tested: origins of the test rows of each repeat. The second is `(R, rows)`.

    >>> places, is_tested = tested_rows([np.array([7, 5]), np.array([7, 9])])
    >>> [p.tolist() for p in places], is_tested.tolist()
    ([[1, 0], [1, 2]], [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    """
    rows, place = np.unique(np.concatenate(tested), return_inverse=True)
    places = np.split(place, np.cumsum([len(origins) for origins in tested])[:-1])
    is_tested = np.zeros((len(tested), len(rows)))
    for repeat, own in enumerate(places):
        is_tested[repeat, own] = 1.0
    return places, is_tested
