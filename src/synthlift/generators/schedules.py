"""What changes in the course of a training: the rates, and how strongly labels are shown.

Functions of the step alone, so that a resumed training needs no state of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class RateSchedule(Protocol):
    """Multiplies the rates of both optimisers."""

    def factor(self, step: int, steps: int) -> float:
        """The factor of update number `step`, counted from 0, of `steps`."""
        ...


@dataclass(frozen=True)
class Constant:
    """The rates stay as they are."""

    def factor(self, step: int, steps: int) -> float:
        return 1.0


@dataclass(frozen=True)
class LinearDecay:
    """Constant up to a share `start` of the steps, then falling in a line that ends at 0.

    As for the networks of Miyato et al. 2018, arXiv 1802.05957, whose published settings for
    CIFAR-10 start at 0.

    >>> [LinearDecay(start=0.5).factor(step, 8) for step in (0, 4, 6, 7)]
    [1.0, 1.0, 0.5, 0.25]
    """

    start: float

    def __post_init__(self) -> None:
        if not 0 <= self.start < 1:
            raise ValueError(f"generator.rate_schedule.start lies in [0, 1), not {self.start}")

    def factor(self, step: int, steps: int) -> float:
        return min((1 - step / steps) / (1 - self.start), 1.0)


class LabelRamp(Protocol):
    """How strongly the label is shown to both networks."""

    def strength(self, step: int, steps: int) -> float:
        """0 (not at all) to 1, in update number `step`, counted from 0, of `steps`."""
        ...


@dataclass(frozen=True)
class FromTheStart:
    """Labels are shown in full from the first step on."""

    def strength(self, step: int, steps: int) -> float:
        return 1.0


@dataclass(frozen=True)
class Transitional:
    """Unconditional at first; labels fade in between the shares `start` and `end` of the steps.

    Few rows of a class let the condition collapse where training without it would not: Shahbazi et
    al. 2022, arXiv 2201.06578.

    >>> [Transitional(start=0.25, end=0.5).strength(step, 8) for step in (0, 1, 2, 3, 7)]
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """

    start: float
    end: float

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end < 1:
            raise ValueError(
                "generator.label_ramp: 0 <= start < end < 1, shares of the steps, not "
                f"{self.start} and {self.end}"
            )

    def strength(self, step: int, steps: int) -> float:
        done = (step + 1) / steps
        return min(max((done - self.start) / (self.end - self.start), 0.0), 1.0)
