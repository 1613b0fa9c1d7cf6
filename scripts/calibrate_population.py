"""The population of the calibration studies, and the linear rules whose accuracy it gives exactly.

Two equally large Gaussian classes with means +mu and -mu and unit covariance. Some features are
shared by all learners; beside them each learner sees a block of its own. Blocks of equal strength
are exchangeable: in any one dataset chance favours one of them, in the population nothing does.
Features are kept as bytes, 24 steps to the unit: fine enough to change no accuracy by .01 pt.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from synthlift.core.errors import ConfigError
from synthlift.core.results import Floats
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import ImageSchema
from synthlift.core.seeds import derive

SHARED, OWN = 4, 6  # features that all learners see, and that each has to itself
SHARED_STRENGTH, OWN_STRENGTH = 0.8, 0.6  # length of mu in each block
RIDGE = 5.0  # penalty on the squared weights, beside the sum of squared errors
DRAWS = 20_000  # training sets behind a true lift: with common random numbers, exact to .01 pt
STRONGEST = 4.0
GRAIN, MIDDLE = 24.0, 128.0


@dataclass(frozen=True)
class Population:
    """strengths: length of mu in the own block of each learner."""

    strengths: tuple[float, ...]

    def mean(self) -> Floats:
        """Mu over all features: the shared ones, then block after block."""
        own = [np.full(OWN, strength / OWN**0.5) for strength in self.strengths]
        return np.concatenate([np.full(SHARED, SHARED_STRENGTH / SHARED**0.5), *own])

    def draw(self, n: int, seed: int) -> SampleSet:
        """A pool of n rows, half of them of each class, as pictures of one line."""
        labels = np.arange(n, dtype=np.int64) % 2
        mean = self.mean()
        z = np.random.default_rng(seed).standard_normal((n, len(mean)), np.float32)
        z += np.where(labels[:, None] == 1, mean, -mean)
        schema = ImageSchema(1, 1, len(mean), ("minus", "plus"))
        pixels = np.rint(z * GRAIN + MIDDLE).clip(0, 255).astype(np.uint8)
        return SampleSet(schema, pixels.reshape(n, *schema.shape), labels, np.arange(n))


def features(samples: SampleSet) -> Floats:
    """The features of all rows, `(n, width)`."""
    return np.asarray((samples.images.reshape(len(samples), -1) - MIDDLE) / GRAIN, np.float64)


def columns_of(learner: int) -> Ints:
    """Which features a learner sees: the shared ones and its own block."""
    own = SHARED + OWN * learner + np.arange(OWN)
    return np.concatenate([np.arange(SHARED), own])


@dataclass(frozen=True, eq=False)
class Rules:
    """Linear rules: class 1 where x . weights + offset > 0.

    weights: `(..., d)`. offset: `(...)`.
    """

    weights: Floats
    offset: Floats

    def decide(self, x: Floats) -> Floats:
        """Scores `(..., n)` of x `(..., n, d)`; targets were -1 and 1."""
        return np.asarray((x @ self.weights[..., None])[..., 0] + self.offset[..., None])

    def accuracy(self, mean: Floats) -> Floats:
        """Share of the population that is told right, `(...)`, in closed form."""
        from scipy.special import ndtr

        length = np.linalg.norm(self.weights, axis=-1)
        margin = self.weights @ mean
        return np.asarray(
            (ndtr((margin + self.offset) / length) + ndtr((margin - self.offset) / length)) / 2
        )


def fit_rules(x: Floats, labels: Ints, weight: Floats | None = None) -> Rules:
    """Ridge regression on targets -1 and 1, one rule for each leading index.

    x: `(..., n, d)`. labels: `(..., n)`. weight: of every row, `(n,)`; None is 1.
    """
    y = 2.0 * labels - 1
    weight = np.ones(x.shape[-2]) if weight is None else weight
    centre = np.einsum("...nd,n->...d", x, weight) / weight.sum()
    x = x - centre[..., None, :]
    scaled = x * weight[:, None]
    cross = np.einsum("...nd,...n->...d", scaled, y)
    middle = (y * weight).sum(axis=-1) / weight.sum()
    return solve_rules(np.swapaxes(scaled, -1, -2) @ x, cross, centre, np.asarray(middle))


def solve_rules(gram: Floats, cross: Floats, centre: Floats, middle: Floats) -> Rules:
    """The ridge rules of these moments.

    gram: sum of (x - centre)(x - centre)^T, `(..., d, d)`. cross: sum of (x - centre) y,
    `(..., d)`. centre, middle: means of x and y.
    """
    weights = np.linalg.solve(gram + RIDGE * np.eye(gram.shape[-1]), cross[..., None])[..., 0]
    return Rules(np.asarray(weights), middle - (weights * centre).sum(axis=-1))


@dataclass(frozen=True, eq=False)
class Moments:
    """What matters of many training sets of n rows, their own means taken away.

    within: scatter within the classes, `(draws, d, d)`. plus, minus: class means, `(draws, d)`.
    """

    n: int
    within: Floats
    plus: Floats
    minus: Floats

    @staticmethod
    @cache
    def draw(n: int) -> Moments:
        """Bartlett's decomposition of a Wishart matrix with n - 2 degrees of freedom."""
        rng, d = np.random.default_rng(derive(0, "training sets", n)), SHARED + OWN
        root = np.tril(rng.standard_normal((DRAWS, d, d)), -1)
        root[:, range(d), range(d)] = rng.chisquare(n - 2 - np.arange(d), (DRAWS, d)) ** 0.5
        plus, minus = rng.standard_normal((2, DRAWS, d)) / (n / 2) ** 0.5
        return Moments(n, root @ np.swapaxes(root, 1, 2), plus, minus)

    def accuracy(self, strength: float) -> float:
        """Mean accuracy of a learner whose own block has this strength."""
        mean = Population((strength,)).mean()
        plus, minus = self.plus + mean, self.minus - mean
        apart = plus - minus
        gram = self.within + self.n / 4 * apart[:, :, None] * apart[:, None, :]
        rules = solve_rules(gram, self.n / 2 * apart, (plus + minus) / 2, np.zeros(DRAWS))
        return float(rules.accuracy(mean).mean())


def plant(effect: float, n_train: int) -> Population:
    """Two learners of which the second is better by `effect` on average over training sets.

    effect: a fraction of 1. n_train: rows of a training set. A ConfigError where no strength of the
    second learner's features gives so large an effect.
    """
    if effect == 0:
        return Population((OWN_STRENGTH, OWN_STRENGTH))
    moments = Moments.draw(n_train)
    wanted = moments.accuracy(OWN_STRENGTH) + effect
    low, high = 0.0, STRONGEST
    least, most = moments.accuracy(low), moments.accuracy(high)
    if not least < wanted < most:
        raise ConfigError(
            f"--effect={100 * effect:g} can't be planted: with {n_train} train rows the baseline "
            f"is right on {100 * (wanted - effect):.0f} % of the rows, and the other arm can be on "
            f"{100 * least:.0f} to {100 * most:.0f} %"
        )
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (middle, high) if moments.accuracy(middle) < wanted else (low, middle)
    return Population((OWN_STRENGTH, (low + high) / 2))
