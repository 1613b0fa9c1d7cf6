"""What a study found beside its lifts: what more labels would give, what to do, what was tuned.

Derived from trials, as the lifts are; part of the report. None stands where there is no number.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """A mean over repeats with its 95 % interval; None where there is none (under 3 repeats)."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class CurvePoint:
    """The score of real rows only at one size of the training set."""

    n_real: int
    score: Score


@dataclass(frozen=True)
class LearningCurve:
    """Real rows only at several sizes, smallest first, and a - b n^-c through their means.

    a, b, c: of the fit; None, with the reason in words, where there is none. fitted: the curve at
    sizes from the smallest to the largest, with the 95 % interval of a, b and c together.
    """

    classifier: str
    metric: str
    points: tuple[CurvePoint, ...]
    a: float | None
    b: float | None
    c: float | None
    reason: str = ""
    fitted: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True)
class Worth:
    """Sample equivalence: so many real rows more would have scored as the arm does.

    rows: below 0 where the arm scores as fewer real rows do; None where the curve does not say.
    low, high: the 95 % set; None is an end that these data do not bound. sentence: in words, also
    where there is no number.
    """

    arm: str
    classifier: str
    metric: str
    n_real: int
    n_synthetic: int
    rows: float | None
    low: float | None
    high: float | None
    sentence: str


@dataclass(frozen=True)
class GapClosed:
    """Share of the way from `real` to `ceiling` that an arm goes; low, high: its 95 % set."""

    arm: str
    ceiling: str
    classifier: str
    metric: str
    share: float
    low: float | None
    high: float | None
    sentence: str


@dataclass(frozen=True)
class Policy:
    """What to do, chosen on valid rows, and the lift over `real` to expect of such a choice.

    advice: in words, as in "classical augmentation only". mean, low, high: each repeat scored with
    the arm that the other repeats' valid rows choose.
    """

    classifier: str
    metric: str
    arm: str
    advice: str
    mean: float
    low: float | None
    high: float | None
    n: int
    sentence: str


@dataclass(frozen=True)
class Tuning:
    """What was tuned of an arm, on valid rows: its settings by name, as chosen in each repeat.

    n_trials: trained for the choice in every repeat, as many as of every other arm.
    """

    arm: str
    classifier: str
    n_trials: int
    chosen: tuple[dict[str, float | None], ...]


@dataclass(frozen=True)
class ReliabilityBin:
    """Test rows whose confidence lies in a bin. share: of the rows; accuracy: with its interval."""

    low: float
    high: float
    share: float
    confidence: float
    accuracy: Score


@dataclass(frozen=True)
class Reliability:
    """How often an arm is right when it is so sure; bins without rows are left out."""

    arm: str
    classifier: str
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class FailedArm:
    """An arm that failed in some repeats: it has no scores, for those that ran would flatter it."""

    arm: str
    classifier: str
    n_failed: int
    n_repeats: int
    reason: str
