"""Sample equivalence and gap closed in words; what these data do not bound is said, not hidden."""

from __future__ import annotations

from dataclasses import dataclass

from synthlift.core.results import ArmKind

End = float | None  # of a 95 % set; None where these data do not bound it


@dataclass(frozen=True)
class Subject:
    """Whose worth it is. noun: what rows are called, in the plural."""

    arm: str
    classifier: str
    kind: ArmKind
    n_real: int
    n_synthetic: int
    noun: str

    def __str__(self) -> str:
        """The start of a sentence.

        >>> print(Subject("real_synthetic", "cnn", "synthetic", 50, 1000, "images"))
        1,000 synthetic images
        """
        if not self.is_made:
            return self.arm
        made = f"{self.n_synthetic:,} synthetic {self.noun}"
        if not self.n_real:
            return f"{made} alone"
        return f"augmentation and {made} together" if "augmented" in self.arm else made

    @property
    def is_made(self) -> bool:
        """Whether synthetic samples are what it is about."""
        return self.kind == "synthetic" and self.n_synthetic > 0

    @property
    def worth(self) -> str:
        return f"{_capital(self)} were worth" if self.is_made else f"{self.arm} was worth"

    @property
    def ones(self) -> str:
        return "real ones" if self.is_made else f"more real {self.noun}"

    @property
    def source(self) -> str:
        return f"{self.arm}, {self.classifier}"


def say_no_worth(subject: Subject, reason: str) -> str:
    """A sentence where there is no curve to read a number off."""
    return (
        f"What {subject} {'were' if subject.is_made else 'was'} worth in real {subject.noun} can't "
        f"be said: {reason} ({subject.source})."
    )


def say_worth(subject: Subject, rows: float | None, low: End, high: End) -> str:
    """The worth in real rows beyond the arm's own, fields as in Worth: one sentence.

    >>> arm = Subject("real_synthetic", "cnn", "synthetic", 50, 1000, "images")
    >>> print(say_worth(arm, 45.0, 20.0, 80.0))
    1,000 synthetic images were worth 45 real ones (95 % interval 20 to 80; real_synthetic, cnn).
    >>> print(say_worth(arm, None, 20.0, None))
    1,000 synthetic images were worth at least 20 real ones (95 %; real_synthetic, cnn).
    """
    if not subject.n_real or (low is not None and low > 0):
        return _say_gain(subject, rows, low, high)
    if high is not None and high < 0:
        return _say_loss(subject, rows, low, high)
    return _say_unclear(subject, rows, low, high)


def _say_gain(subject: Subject, rows: float | None, low: End, high: End) -> str:
    """A set of gains; of synthetic rows alone every number of real rows is one."""
    between = _range(low, high)
    if rows is not None:
        size = f"{rows:,.0f} {subject.ones}"
        return f"{subject.worth} {size} ({_interval(low, high)}; {subject.source})."
    if low is None and high is None:
        return _say_unclear(subject, None, None, None)
    return f"{subject.worth} {between} {subject.ones} (95 %; {subject.source})."


def _say_loss(subject: Subject, rows: float | None, low: End, high: float) -> str:
    start, away = f"{_capital(subject)} cost as much as taking", f"real {subject.noun} away"
    between = _range(-high, None if low is None else -low)
    if rows is not None:
        interval = _interval(-high, None if low is None else -low)
        return f"{start} {-rows:,.0f} {away} ({interval}; {subject.source})."
    return f"{start} {between} {away} (95 %; {subject.source})."


def _say_unclear(subject: Subject, rows: float | None, low: End, high: End) -> str:
    """A set that holds 0, or has no end on the side where 0 is."""
    if low is not None and high is not None:
        between = f"{_signed(low)} to {_signed(high)}"
    elif low is not None:
        between = f"{_signed(low)} at worst, and no bound on the gain"
    elif high is not None:
        between = f"{_signed(high)} at best, and no bound on the loss"
    else:
        between = "without bounds"
    if rows is None:
        what = f"what {subject} {'were' if subject.is_made else 'was'} worth"
        start = f"This study can't tell {what} in real {subject.noun}"
    elif round(rows) >= 0:
        start = f"{subject.worth} {rows:,.0f} {subject.ones}, which is not shown to be a gain"
    else:
        away = f"{-rows:,.0f} real {subject.noun} away"
        cost = f"{_capital(subject)} cost as much as taking {away}"
        start = f"{cost}, which is not shown to be a loss"
    return f"{start} (95 % interval {between}; {subject.source})."


def say_gap(arm: str, ceiling: str, classifier: str, share: float, low: End, high: End) -> str:
    """The share of the gap in one sentence.

    >>> print(say_gap("real_synthetic", "more_real", "cnn", 0.45, 0.2, 0.8))
    real_synthetic closed 45 % of the gap from real to more_real (95 % interval 20 to 80 %; cnn).
    """
    gap, percent = f"the gap from real to {ceiling}", f"{100 * share:.0f} %"
    ends = _range(*(None if end is None else 100 * end for end in (low, high)))
    interval = f"(95 % interval {ends} %; {classifier})"
    if high is not None and high < 0:
        return f"{arm} fell behind real: {percent} of {gap} {interval}."
    if low is not None and low > 0:
        return f"{arm} closed {percent} of {gap} {interval}."
    return f"{arm} is not shown to close any of {gap}: {percent} {interval}."


def _range(low: End, high: End) -> str:
    """An interval of which an end may be unknown.

    >>> _range(20, 80), _range(20, None), _range(None, 80), _range(None, None)
    ('20 to 80', 'at least 20', 'at most 80', 'without bounds')
    """
    if low is not None and high is not None:
        return f"{round(low):,} to {round(high):,}"
    if low is not None:
        return f"at least {round(low):,}"
    return f"at most {round(high):,}" if high is not None else "without bounds"


def _interval(low: End, high: End) -> str:
    """The interval with its level.

    >>> _interval(20, 80), _interval(20, None)
    ('95 % interval 20 to 80', 'at least 20 at 95 %')
    """
    if low is not None and high is not None:
        return f"95 % interval {_range(low, high)}"
    return f"{_range(low, high)} at 95 %"


def _signed(rows: float) -> str:
    """Rows more or fewer.

    >>> _signed(20.2), _signed(-10.0), _signed(0.2)
    ('20 more', '10 fewer', '0')
    """
    n = round(rows)
    if not n:
        return "0"
    return f"{n:,} more" if n > 0 else f"{-n:,} fewer"


def _capital(subject: Subject) -> str:
    """The subject at the start of a sentence; the name of an arm stays as it is."""
    said = str(subject)
    return said[0].upper() + said[1:] if subject.is_made else said
