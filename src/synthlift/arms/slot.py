"""Parts that arms share: how much of an augmentation, which of the synthetic samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthlift.arms.base import Ingredients
from synthlift.core.samples import SampleSet


def check_share(name: str, value: float) -> None:
    """A ValueError for a share outside [0, 1]."""
    if not 0 <= value <= 1:
        raise ValueError(f"arm: the {name} lies in [0, 1], not {value}")


def check_strength(augmentation: Any, strength: float) -> None:
    """A ValueError for a strength below 0, or one of an augmentation that has none."""
    if strength < 0:
        raise ValueError(f"arm: strength is at least 0, not {strength}")
    if strength != 1 and augmentation is None:
        raise ValueError(f"arm: strength is {strength}, but the arm has no augmentation")
    if strength not in (0, 1) and not hasattr(augmentation, "times"):
        kind = type(augmentation).__name__
        raise ValueError(f"arm: strength is {strength}, but {kind} has no times(factor)")


def at_strength(augmentation: Any, strength: float) -> Any:
    """The augmentation with its ranges times the strength; None for 0."""
    if augmentation is None or strength == 0:
        return None
    return augmentation if strength == 1 else augmentation.times(strength)


def check_selection(ratio: float | None, threshold: float) -> None:
    """A ValueError for a choice of synthetic samples that can't be made."""
    check_share("threshold", threshold)
    if ratio is not None and ratio <= 0:
        raise ValueError(f"arm: ratio is above 0, or null for all samples, not {ratio}")


def needs_of(threshold: float) -> tuple[str, ...]:
    """The ingredients of an arm with synthetic samples."""
    return ("synthetic", "confidence") if threshold > 0 else ("synthetic",)


def select(given: Ingredients, ratio: float | None, threshold: float) -> SampleSet | None:
    """The synthetic samples of an arm; None if not one is sure enough.

    ratio: so many times the train rows, the first of them, in which classes take turns; None: all.
    threshold: only those to whose label the teacher gives at least this probability.
    """
    samples = given.synthetic
    assert samples is not None
    if threshold > 0:
        assert given.confidence is not None
        samples = samples.chosen_by(given.confidence.p >= threshold, given.confidence.learnt_from)
    if ratio is not None:
        samples = samples.take(np.arange(min(len(samples), round(ratio * len(given.train)))))
    return samples if len(samples) else None
