"""Which interval applies to a score or a lift, by the regime of the study (PROTOCOL section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthlift.core.results import Floats, Trial
from synthlift.core.samples import Ints
from synthlift.core.splits import SplitFacts
from synthlift.core.text import count
from synthlift.metrics.base import Score
from synthlift.statistics.intervals import (
    MAX_PHI,
    MIN_REPEATS,
    Interval,
    crossed_interval,
    crossed_intervals,
    no_interval,
    overlap_interval,
)


@dataclass(frozen=True)
class Ruler:
    """The interval of a score, or of a paired difference, under the regime of the study.

    phi: share of the pool that a repeat draws. n_test, n_fit, n_train: rows of a repeat that are
    tested, that are trained and validated on, and that are trained on.
    """

    regime: str
    phi: float
    n_test: float
    n_fit: float
    n_train: float

    @staticmethod
    def of(facts: Sequence[SplitFacts]) -> Ruler:
        if len({f.regime for f in facts}) != 1:
            raise ValueError("a study has repeats, all of them under one regime")
        n_fit = float(np.mean([f.n_train + f.n_valid for f in facts]))
        n_pool = float(np.mean([f.n_pool for f in facts]))
        n_test = float(np.mean([f.n_test for f in facts]))
        n_train = float(np.mean([f.n_train for f in facts]))
        return Ruler(facts[0].regime, n_fit / n_pool, n_test, n_fit, n_train)

    @property
    def scope(self) -> str:
        """What claims are restricted to, in words; empty where they are about rows like these."""
        shared = self.regime == "fixed_test" and self.phi > MAX_PHI
        return "on this training set" if shared else ""

    def interval(self, judged: Judged, level: float) -> Interval:
        """Of the mean over repeats of a score, or of any sum of scores on the same rows."""
        if self.regime == "small_pool":
            return overlap_interval(judged.scores, self.n_test, self.n_fit, level)
        if judged.rows is None:
            reason = "a score that is no mean over rows, on a fixed test"
            if len(judged.scores) < MIN_REPEATS:
                reason = count(len(judged.scores), "repeat")
            return no_interval(float(judged.scores.mean()), level, reason)
        return crossed_interval(judged.rows, self._phi(judged.n_real), level)

    def _phi(self, n_real: float) -> float:
        """An arm with reserve rows draws more of the pool, so its repeats share more rows."""
        n_more = max(0.0, n_real - self.n_train)
        return self.phi * (self.n_fit + n_more) / self.n_fit

    def intervals(
        self, scores: Floats, rows: Floats | None, level: float, n_real: float = 0.0
    ) -> list[Interval]:
        """Of B sums of scores: scores `(B, R)`; rows `(B, R, n)`, which only a fixed test needs.

        n_real: as in Judged.
        """
        if rows is not None and self.regime == "fixed_test":
            return crossed_intervals(rows, self._phi(n_real), level)
        return [self.interval(Judged(one, None), level) for one in scores]

    def recall(self, judged: Judged, n_rows: float) -> Interval:
        """Of the recall of a class or its change; n_rows: test rows of the class in a repeat."""
        if self.regime == "small_pool":
            n_fit = (
                self.n_fit * n_rows / self.n_test
            )  # the class's share: the overlap is that of all
            return overlap_interval(judged.scores, n_rows, n_fit)
        return self.interval(judged, 0.95)


@dataclass(frozen=True, eq=False)
class Judged:
    """A score of an arm, or a weighted sum of scores on the same rows, repeat by repeat.

    scores: `(R,)`. rows: `(R, n)`, a value per test row (of grouped data: per group) with the same
    means; None where the score has no rows, or where repeats have other test rows. n_real: real
    rows that the arm trains on; 0 of a sum: most of what its arms share cancels out in it, and the
    overlap of the split alone already covers 96 to 97 % (simulated, ceilings of three times n).
    """

    scores: Floats
    rows: Floats | None
    n_real: float = 0.0

    @staticmethod
    def of(metric: Score, trials: Sequence[Trial]) -> Judged:
        rows = [metric.rows(t.test.p, t.test.labels) for t in trials]
        scores = [
            metric.score(t.test.p, t.test.labels) if row is None else row.mean()
            for t, row in zip(trials, rows, strict=True)
        ]
        known = [
            by_group(row, t.test.group)
            for t, row in zip(trials, rows, strict=True)
            if row is not None
        ]
        alike = len(known) == len(rows) and len({row.shape for row in known}) == 1
        table = np.stack(known) if alike else None
        return Judged(np.array(scores, np.float64), table, mean_real(trials))

    def __add__(self, other: Judged) -> Judged:
        rows = None if self.rows is None or other.rows is None else self.rows + other.rows
        return Judged(self.scores + other.scores, rows)

    def __mul__(self, factor: float) -> Judged:
        rows = None if self.rows is None else factor * self.rows
        return Judged(factor * self.scores, rows, self.n_real)

    def __sub__(self, other: Judged) -> Judged:
        return self + other * -1.0


def mean_real(trials: Sequence[Trial]) -> float:
    """Real rows that an arm trains on, the mean over its repeats."""
    return float(np.mean([t.n_real for t in trials]))


def by_group(rows: Floats, group: Ints | None) -> Floats:
    """A value per group with the same mean as the rows `(n,)`: rows of a group vary together.

    >>> by_group(np.array([1.0, 0.0, 0.0, 0.0]), np.array([7, 7, 7, 9]))
    array([0.5, 0. ])
    """
    if group is None:
        return rows
    _, index = np.unique(group, return_inverse=True)
    sums = np.bincount(index, weights=rows).astype(np.float64)
    means: Floats = sums * (len(sums) / len(rows))
    return means


def sum_cells(cells: Sequence[Ints], values: Floats | None, n_cells: int) -> Floats:
    """Sums of values in each cell, `(R, n_cells)`, or counts without values.

    cells: the cell of each test row, by repeat. values: of the rows of all repeats, one after the
    other.
    """
    shifted = np.concatenate([r * n_cells + of_repeat for r, of_repeat in enumerate(cells)])
    sums = np.bincount(shifted, values, minlength=len(cells) * n_cells)
    return sums.reshape(len(cells), n_cells).astype(np.float64)


def check_rows(trials: Sequence[Trial], regime: str) -> None:
    """Paired differences need the same test rows: in a repeat, with a fixed test in all repeats."""
    first: dict[int, Trial] = {}
    for trial in trials:
        other = first.setdefault(trial.repeat if regime == "small_pool" else 0, trial)
        if not np.array_equal(trial.test.origin, other.test.origin):
            raise ValueError(
                f"arm {trial.arm!r} in repeat {trial.repeat} was not judged on the same "
                f"test rows as arm {other.arm!r} in repeat {other.repeat}"
            )
