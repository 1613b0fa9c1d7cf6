"""The learning curve a - b n^-c through mean scores at several sizes of the training set.

An inverse power law of the error, as in Cortes et al. 1994 (Learning curves: asymptotic values and
rate of convergence, NIPS 6) and Hestness et al. 2017 (arXiv 1712.00409).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthlift.core.results import Floats
from synthlift.statistics.intervals import ROUNDING

MIN_SIZES = 5
C_LOW, C_HIGH = 0.05, 3.0  # nearly a + b' ln n, and nearly a step after the smallest size
N_STARTS = 60
N_HALVINGS = 40
EDGE = 1e-6  # c this close to an end of its range, as a share of it, is held there


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """The curve a - b n^-c, b > 0, and how it moves with each of the K means it was fitted to.

    a is where the fit tends to, far beyond the data as a rule: for a slow curve it may pass 1.
    centre: a size, the unit in which slopes are taken. slopes: `(3, K)`, the derivatives of a, of
    b centre^-c and of c with respect to the means.
    """

    a: float
    b: float
    c: float
    centre: float
    slopes: Floats

    def at(self, n: float) -> float:
        """The score at n rows."""
        return float(self.a - self.b * n**-self.c)

    def parts(self, n: float) -> Floats:
        """The derivatives `(3,)` of the score at n with respect to a, b centre^-c and c.

        parts(n) @ slopes is the derivative with respect to the K means.
        """
        x = (n / self.centre) ** -self.c
        drop = self.b * n**-self.c
        return np.array([1.0, -x, drop * np.log(n / self.centre)])

    def invert(self, score: float) -> float | None:
        """The rows at which the curve has this score; None where no number has it.

        Also None where that number is beyond what a float holds.

        >>> round(PowerLaw(0.9, 1.0, 0.5, 100.0, np.zeros((3, 5))).invert(0.8), 6)
        100.0
        """
        if score >= self.a:
            return None
        power = (np.log(self.b) - np.log(self.a - score)) / self.c
        return float(np.exp(power)) if abs(power) < 700 else None


def fit_power_law(sizes: Floats, means: Floats) -> PowerLaw | None:
    """The curve that misses the means `(K,)` at these sizes `(K,)` least, in squares; c in range.

    Sizes count alike. Weights by their variance would be the textbook's, but the means share test
    rows and train rows, and a variance from a handful of repeats is so uncertain itself that the
    slopes, which take weights as given, would say too little. For every c, a and b are those of a
    straight line in n^-c. None where the best b is not above 0: the scores do not rise.
    """
    centre = float(np.exp(np.log(sizes).mean()))
    scaled = np.log(sizes / centre)
    starts = np.geomspace(C_LOW, C_HIGH, N_STARTS)
    best = int(np.argmin([_line(scaled, means, c)[2] for c in starts]))
    c = _narrow(scaled, means, starts[max(0, best - 1)], starts[min(best + 1, N_STARTS - 1)])
    a, b, _ = _line(scaled, means, c)
    rise = b * float(np.ptp(np.exp(-c * scaled)))
    if rise <= ROUNDING * float(np.abs(means).max()):
        return None
    slopes = _slopes(scaled, means, a, b, c)
    return PowerLaw(a, b * centre**c, c, centre, slopes)


def _line(scaled: Floats, means: Floats, c: float) -> tuple[float, float, float]:
    """The best a and b for this c, and the sum of squares left; scaled: ln(n / centre)."""
    x = np.exp(-c * scaled)
    from_mean = x - x.mean()
    b = -float(from_mean @ means) / float(from_mean @ from_mean)
    a = float(means.mean()) + b * float(x.mean())
    left = means - a + b * x
    return a, b, float(left @ left)


def _narrow(scaled: Floats, means: Floats, low: float, high: float) -> float:
    """The c with the least sum of squares between low and high, by golden section."""
    golden = (5**0.5 - 1) / 2
    for _ in range(N_HALVINGS):
        inner, outer = high - golden * (high - low), low + golden * (high - low)
        if _line(scaled, means, inner)[2] <= _line(scaled, means, outer)[2]:
            high = outer
        else:
            low = inner
    return float((low + high) / 2)


def _slopes(scaled: Floats, means: Floats, a: float, b: float, c: float) -> Floats:
    """Derivatives `(3, K)` of the best a, b, c: the implicit function theorem where J'r = 0.

    J is the Jacobian of the curve, r what it leaves. Where c is held at an end of its range it
    does not move.
    """
    x = np.exp(-c * scaled)
    left = means - a + b * x
    jacobian = np.stack([np.ones_like(x), -x, b * x * scaled], axis=1)  # (K, 3)
    bent = np.zeros((3, 3))
    bent[1, 2] = bent[2, 1] = float(left @ (x * scaled))
    bent[2, 2] = -b * float(left @ (x * scaled**2))
    inside = C_LOW + EDGE * (C_HIGH - C_LOW) < c < C_HIGH - EDGE * (C_HIGH - C_LOW)
    moves = 3 if inside else 2
    free = jacobian[:, :moves]
    curvature = free.T @ free - bent[:moves, :moves]
    slopes = np.zeros((3, len(x)))
    slopes[:moves] = np.linalg.solve(curvature, free.T)
    return slopes
