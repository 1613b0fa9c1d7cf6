"""Pseudo-values: what each row contributes to a score that is no mean over rows.

Quenouille 1956, Notes on bias in estimation, Biometrika 43; Tukey 1958.
"""

from __future__ import annotations

from synthlift.metrics.base import Floats


def pseudo_values(score: float, without: Floats) -> Floats:
    """A value per row `(n,)` whose mean is the score and whose spread is that of the score.

    without: the score `(n,)` of all rows but one. Row i gets n score - (n - 1) without[i], shifted
    to the mean that the score has, for the jackknife would also correct its bias. Of a mean over
    rows the pseudo-values are the rows. One row gets the score.

    >>> import numpy as np
    >>> pseudo_values(0.5, np.array([1 / 3, 2 / 3, 1 / 3, 2 / 3])).round(9)
    array([1., 0., 1., 0.])
    """
    shifted: Floats = score + (len(without) - 1) * (without.mean() - without)
    return shifted
