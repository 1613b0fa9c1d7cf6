"""A small net in numpy, trained for all repeats at once in batches as classifiers/training.py does.

One hidden layer, logistic loss, momentum, a rate that falls to 0. Every random draw has its own
stream, so that two arms on one seed start from the same weights and meet rows in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthlift.core.results import Floats
from synthlift.core.samples import Ints
from synthlift.core.seeds import derive

HIDDEN, STEPS, BATCH = 16, 100, 32
# With this decay rows again are no lift: within .03 pt over 1,000 training sets of 30 to 224 rows.
# A net that is trained until it overfits gains from the noisier batches, up to .5 pt.
RATE, MOMENTUM, DECAY = 0.2, 0.9, 0.01


@dataclass(frozen=True, eq=False)
class Nets:
    """One net per repeat: inner `(R, d, HIDDEN)`, bias `(R, 1, HIDDEN)`, outer `(R, HIDDEN, 1)`."""

    inner: Floats
    bias: Floats
    outer: Floats

    def decide(self, x: Floats) -> Floats:
        """Logits of class 1 `(R, n)` for x `(R, n, d)`."""
        return np.asarray((np.tanh(x @ self.inner + self.bias) @ self.outer)[..., 0])


def fit_nets(x: Floats, labels: Ints, seed: int, slot_weight: float | None = None) -> Nets:
    """Train one net per repeat on x `(R, n, d)`, labels `(R, n)`.

    slot_weight: of the half of each batch that is drawn from the same rows again; None is without.
    """
    half = 0 if slot_weight is None else BATCH // 2
    picked = draw_batches(labels, derive(seed, "rows"), BATCH - half)
    share = np.full(BATCH - half, 1 / (BATCH - half))
    if slot_weight is not None:
        picked = np.concatenate([picked, draw_batches(labels, derive(seed, "slot"), half)], axis=2)
        share = np.r_[(1 - slot_weight) * share, np.full(half, slot_weight / half)]
    repeat = np.arange(len(x))[:, None]
    rng = np.random.default_rng(derive(seed, "initial weights"))
    inner = rng.standard_normal((len(x), x.shape[2], HIDDEN)) / x.shape[2] ** 0.5
    outer = rng.standard_normal((len(x), HIDDEN, 1)) / HIDDEN**0.5
    nets = Nets(inner, np.zeros((len(x), 1, HIDDEN)), outer)
    speed = [np.zeros_like(w) for w in (nets.inner, nets.bias, nets.outer)]
    for step in range(STEPS):
        rows = picked[:, step]
        slopes = _slopes(nets, x[repeat, rows], labels[repeat, rows], share)
        rate = RATE * (1 - step / STEPS)
        for weights, v, slope in zip(
            (nets.inner, nets.bias, nets.outer), speed, slopes, strict=True
        ):
            v *= MOMENTUM
            v -= rate * (slope + DECAY * weights)
            weights += v
    return nets


def _slopes(nets: Nets, x: Floats, labels: Ints, share: Floats) -> tuple[Floats, Floats, Floats]:
    """Gradients of the weighted logistic loss; share: of each row of a batch."""
    hidden = np.tanh(x @ nets.inner + nets.bias)
    p = 1 / (1 + np.exp(-(hidden @ nets.outer)[..., 0]))
    error = ((p - labels) * share)[..., None]  # (R, batch, 1)
    back = error @ np.swapaxes(nets.outer, 1, 2) * (1 - hidden**2)
    inner = np.swapaxes(x, 1, 2) @ back
    return inner, back.sum(axis=1, keepdims=True), np.swapaxes(hidden, 1, 2) @ error


def draw_batches(labels: Ints, seed: int, n: int) -> Ints:
    """Positions `(R, STEPS, n)`: random orders of all rows, one after another."""
    n_repeats, n_rows = labels.shape
    rounds = -(-STEPS * n // n_rows)
    orders = np.broadcast_to(np.arange(n_rows), (n_repeats, rounds, n_rows))
    shuffled = np.random.default_rng(seed).permuted(orders, axis=2)
    return shuffled.reshape(n_repeats, -1)[:, : STEPS * n].reshape(n_repeats, STEPS, n)
