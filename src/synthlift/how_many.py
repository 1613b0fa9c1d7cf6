"""How many synthetic samples of each class an Augmenter adds, and out of which seed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from synthlift.core.errors import ConfigError
from synthlift.core.plans import Plan
from synthlift.core.samples import Ints
from synthlift.core.text import several


@dataclass(frozen=True)
class Counts:
    """A draw of so many samples of each class, in the place of a Generation."""

    per_class: tuple[int, ...]
    latent_scale: float

    @property
    def plan(self) -> Self:
        return self

    def counts(self, train: Ints) -> Ints:
        return np.array(self.per_class, np.int64)


def wanted_counts(strategy: Any, counts: Ints, classes: Sequence[Any]) -> Ints:
    """Synthetic samples of each class, (n_classes,), for given ones with these counts.

    >>> wanted_counts("auto", np.array([30, 10]), ["a", "b"]).tolist()
    [0, 20]
    >>> wanted_counts({"b": 15}, np.array([30, 10]), ["a", "b"]).tolist()
    [0, 5]
    """
    if isinstance(strategy, str) and strategy == "auto":
        return np.asarray(counts.max() - counts, np.int64)
    if isinstance(strategy, Mapping):
        return _up_to(strategy, counts, classes)
    if isinstance(strategy, int | float | np.number) and not isinstance(strategy, bool):
        whole = isinstance(strategy, int | np.integer)
        if 0 < strategy < float("inf"):
            plan = Plan(int(strategy), None) if whole else Plan(None, float(strategy))
            return plan.counts(counts)
    raise ConfigError(
        f"sampling_strategy is {strategy!r}; give 'auto', a whole number above 0 (of each class), "
        "a float above 0 (times the given samples), or a dict {label: samples afterwards}"
    )


def _up_to(strategy: Mapping[Any, int], counts: Ints, classes: Sequence[Any]) -> Ints:
    wanted = np.zeros_like(counts)
    for label, total in strategy.items():
        if label not in classes:
            raise ConfigError(
                f"sampling_strategy names the label {label!r}; those of y are "
                f"{several([repr(c) for c in classes], limit=10)}"
            )
        if not isinstance(total, int | np.integer) or isinstance(total, bool):
            raise ConfigError(
                f"sampling_strategy wants {total!r} samples of {label!r} in all; "
                "give a whole number"
            )
        i = list(classes).index(label)
        if total < counts[i]:
            raise ConfigError(
                f"sampling_strategy wants {total} samples of {label!r} in all, and y has "
                f"{counts[i]} already; none is taken away: give {counts[i]} or more"
            )
        wanted[i] = total - counts[i]
    return wanted


def root_seed(random_state: Any) -> int:
    """A seed out of what scikit-learn takes for random_state; None is another one each time."""
    if random_state is None:
        return int.from_bytes(os.urandom(7), "big")
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31 - 1))
    if isinstance(random_state, int | np.integer) and not isinstance(random_state, bool):
        return int(random_state)
    raise ConfigError(
        f"random_state is a whole number, None or a numpy generator, not {random_state!r}"
    )
