"""The interval of a share: Wilson 1927, Probable inference, J. American Statistical Assoc. 22."""

from __future__ import annotations

import math


def wilson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Score interval (low, high) of k of n cases, both within 0..1; 0 to 1 of no cases.

    ValueError unless 0 <= k <= n.

    >>> [round(end, 4) for end in wilson(50, 1000)]
    [0.0381, 0.0653]
    """
    if not 0 <= k <= n:
        raise ValueError(f"a share needs 0 <= k <= n, not k={k} of n={n}")
    if n == 0:
        return 0.0, 1.0
    from scipy.special import ndtri  # here: it costs a third of a second

    z2 = float(ndtri(0.5 + level / 2)) ** 2
    centre = (k + z2 / 2) / (n + z2)
    half = math.sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2)
    low = 0.0 if k == 0 else max(0.0, centre - half)  # exact, where rounding would miss it
    high = 1.0 if k == n else min(1.0, centre + half)
    return low, high
