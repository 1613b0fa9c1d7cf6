"""Columns of many numbers: one scalar by quantiles, or a scalar and the mode that it belongs to."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from synthlift.codecs.levels import Codes, positions_of, write_softmax
from synthlift.core.schema import Span
from synthlift.core.units import Floats

SPREAD = 3.3  # normal scores of 500 rows end at 3.09: divided by this they lie within +-.94
END = 0.94  # scalars end there, however many the rows
HAIR = 1e-6  # a decoded scalar this near to that of a train value is that value, exactly
MAX_MODES = 10
MIN_WEIGHT = 0.005  # lighter modes are dropped
SPIKE = 0.05  # share of rows from which one value is a mode of its own
MAX_FITTED = 1_000  # order statistics that a mixture is fitted on: more rows, more needless modes
MAX_ITERATIONS = 1_000  # of the mixture; at 100 a plain Gaussian still has six modes
REACH = 0.99  # scalars of a mode end there, as in CTGAN (arXiv 1907.00503, section 4.2)
DEVIATIONS = 4  # standard deviations in a scale
UNREACHED = -1e9  # below every likelihood
MAX_KNOTS = 1_000  # values that a map by quantiles is held at


@dataclass(frozen=True)
class Quantiles:
    """One tanh scalar: the normal score of a value's rank among the train values, / 3.3.

    values: the different train values, rising; of more than 1,000 at most so many, half of them
    evenly by rank, half by scalar, which is where the tails are.
    low, middle, high: scalars of each. A value that c of n rows share is decoded from a stretch of
    (c - 1) / n of all ranks, so that spikes keep their weight; between two values lie straight
    lines. These values are decoded exactly, and others as exactly as a float32 can say where they
    lie between two: on a grid exactly where these are 10,000 steps apart or less, or a million at
    either end.
    """

    values: tuple[float, ...]
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]

    @staticmethod
    def fit(values: Floats) -> Quantiles:
        """The quantiles of two different values or more, none missing."""
        found, counts = np.unique(values, return_counts=True)
        n, after = len(values), np.cumsum(counts)
        spread = max(SPREAD, float(ndtri(1 - 0.5 / n)) / END)
        middle = ndtri((after - counts / 2) / n) / spread
        low = ndtri((after - counts + 0.5) / n) / spread
        high = ndtri((after - 0.5) / n) / spread
        apart = np.concatenate([[np.inf], low[1:] - high[:-1], [np.inf]])
        nearest = np.minimum(apart[:-1], apart[1:])
        hair = np.minimum(HAIR, nearest / 3)  # of many rows ranks are near
        low, high = np.minimum(low, middle - hair), np.maximum(high, middle + hair)
        if len(found) > MAX_KNOTS:
            ranks = np.linspace(1, n, MAX_KNOTS // 2)
            tails = n * ndtr(spread * np.linspace(-END, END, MAX_KNOTS // 2))  # evenly by scalar
            kept = np.unique(np.searchsorted(after, np.union1d(ranks, tails.clip(1, n))))
            found, low, middle, high = found[kept], low[kept], middle[kept], high[kept]
        return Quantiles(*(tuple(array.tolist()) for array in (found, low, middle, high)))

    @property
    def width(self) -> int:
        return 1

    def spans(self, start: int) -> list[Span]:
        return [Span(start, start + 1, "tanh")]

    def encode(self, values: Floats, out: Codes) -> None:
        """Write the codes of plain values (n,), none missing, into out (n, 1)."""
        held, low, middle, high = map(np.array, (self.values, self.low, self.middle, self.high))
        above = np.clip(np.searchsorted(held, values), 1, len(held) - 1)
        below = above - 1
        part = np.clip((values - held[below]) / (held[above] - held[below]), 0, 1)
        between = high[below] + part * (low[above] - high[below])
        at = positions_of(values, self.values)
        out[:, 0] = np.where(at >= 0, middle[at], between)

    def decode(self, codes: npt.NDArray[Any], chance: Floats) -> Floats:
        """Plain values of codes (n, 1)."""
        ends = np.stack([self.low, self.high], 1).ravel()
        return np.asarray(np.interp(codes[:, 0], ends, np.repeat(self.values, 2)))


@dataclass(frozen=True)
class Mixture:
    """Gaussian modes; scales are 4 standard deviations."""

    centres: tuple[float, ...]
    scales: tuple[float, ...]
    log_weights: tuple[float, ...]

    def nearest(self, values: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
        """The likeliest mode within reach of each value (n,), and the scalar (n,) in it.

        Where none reaches, the mode with the smallest scalar.
        """
        scales = np.array(self.scales)
        z = (values[:, None] - np.array(self.centres)) / scales  # (n, modes)
        reached = np.abs(z) <= REACH
        distance = DEVIATIONS * np.where(reached, z, 0)
        likely = np.array(self.log_weights) - np.log(scales) - distance**2 / 2
        modes = np.where(reached, likely, UNREACHED - np.abs(z)).argmax(1)
        return modes, z[np.arange(len(z)), modes]

    def take(self, which: npt.NDArray[np.bool_]) -> Mixture:
        """The modes under this mask."""
        lists = (self.centres, self.scales, self.log_weights)
        return Mixture(*(tuple(np.array(values)[which].tolist()) for values in lists))


@dataclass(frozen=True)
class Modes:
    """Mode-specific normalisation: a tanh scalar, and a softmax over modes if there are two.

    spikes: values that 5 % of the train rows or more have; each is a mode of its own, decoded
    exactly whatever the scalar is. mixture: fitted on the other rows; a scalar is (value - centre)
    / scale, where a scale is 4 standard deviations. A value belongs to the likeliest mode that
    reaches it, so that one value has one code. The scalar is a float32: whole steps of a grid are
    decoded exactly as long as a scale is 8 million steps or less.
    """

    spikes: tuple[float, ...]
    mixture: Mixture

    @staticmethod
    def fit(values: Floats, grid: float) -> Modes | None:
        """The modes of plain values, none missing; None where they reach not all (a long tail).

        grid: distance of the values, 0 if they lie anywhere. At least one must be no spike.
        """
        found, counts = np.unique(values, return_counts=True)
        spikes = counts >= SPIKE * len(values)
        rest = np.repeat(found[~spikes], counts[~spikes])  # rising
        mixture = _fit_mixture(rest, grid)
        used = np.bincount(mixture.nearest(rest)[0], minlength=len(mixture.centres))
        mixture = mixture.take(used >= min(MIN_WEIGHT * len(rest), used.max()))
        if (np.abs(mixture.nearest(rest)[1]) > REACH).any():
            return None
        return Modes(tuple(found[spikes].tolist()), mixture)

    @property
    def n_modes(self) -> int:
        return len(self.spikes) + len(self.mixture.centres)

    @property
    def width(self) -> int:
        return 1 + self.n_modes if self.n_modes > 1 else 1

    def spans(self, start: int) -> list[Span]:
        modes = [Span(start + 1, start + self.width, "softmax")] if self.n_modes > 1 else []
        return [Span(start, start + 1, "tanh"), *modes]

    def encode(self, values: Floats, out: Codes) -> None:
        """Write the codes of plain values (n,), none missing, into out (n, width)."""
        modes, scalars = self.mixture.nearest(values)
        at = positions_of(values, self.spikes)
        out[:, 0] = np.where(at >= 0, 0, np.clip(scalars, -REACH, REACH))
        if self.n_modes > 1:
            write_softmax(np.where(at >= 0, at, modes + len(self.spikes)), out[:, 1:])

    def decode(self, codes: npt.NDArray[Any], chance: Floats) -> Floats:
        """Plain values of codes (n, width)."""
        modes = codes[:, 1:].argmax(1) if self.n_modes > 1 else np.zeros(len(codes), np.int64)
        centres = np.array([*self.spikes, *self.mixture.centres])[modes]
        scales = np.array([*np.zeros(len(self.spikes)), *self.mixture.scales])[modes]
        return np.asarray(centres + codes[:, 0] * scales)


def _fit_mixture(values: Floats, grid: float) -> Mixture:
    """The modes of rising values: a mixture with a Dirichlet-process prior of .001."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import BayesianGaussianMixture

    thinned = values[np.linspace(0, len(values) - 1, min(len(values), MAX_FITTED)).astype(int)]
    unit = np.abs(thinned).max() or 1.0  # squares of the largest float64 are infinite
    centre, spread = (thinned / unit).mean(), (thinned / unit).std() or 1.0
    mixture = BayesianGaussianMixture(
        n_components=min(MAX_MODES, len(np.unique(thinned))),
        weight_concentration_prior=0.001,
        max_iter=MAX_ITERATIONS,
        random_state=0,
    )
    with warnings.catch_warnings():  # modes that still move a little are modes
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(((thinned / unit - centre) / spread)[:, None])
    deviations = np.maximum(np.sqrt(mixture.covariances_[:, 0, 0]) * spread * unit, grid / 2)
    found = Mixture(
        tuple(((mixture.means_[:, 0] * spread + centre) * unit).tolist()),
        tuple((DEVIATIONS * deviations).tolist()),
        tuple(np.log(mixture.weights_).tolist()),
    )
    return found.take(mixture.weights_ > MIN_WEIGHT)
