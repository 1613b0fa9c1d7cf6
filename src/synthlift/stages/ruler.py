"""Which interval applies to a score or a lift, by the regime of the study (PROTOCOL section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthlift.core.results import Floats, Trial
from synthlift.core.samples import Ints
from synthlift.core.splits import SplitFacts
from synthlift.metrics.base import Score
from synthlift.statistics.intervals import (
    Interval,
    crossed_interval,
    no_interval,
    overlap_interval,
)


@dataclass(frozen=True)
class Ruler:
    """The interval of a score, or of a paired difference, under the regime of the study."""

    regime: str
    phi: float
    n_test: float
    n_fit: float

    @staticmethod
    def of(facts: Sequence[SplitFacts]) -> Ruler:
        if len({f.regime for f in facts}) != 1:
            raise ValueError("a study has repeats, all of them under one regime")
        n_fit = float(np.mean([f.n_train + f.n_valid for f in facts]))
        n_pool = float(np.mean([f.n_pool for f in facts]))
        n_test = float(np.mean([f.n_test for f in facts]))
        return Ruler(facts[0].regime, n_fit / n_pool, n_test, n_fit)

    def score(self, metric: Score, trials: Sequence[Trial]) -> Interval:
        return self.interval(Judged.of(metric, trials), 0.95)

    def lift(
        self, metric: Score, arm: Sequence[Trial], baseline: Sequence[Trial], level: float
    ) -> Interval:
        return self.interval(Judged.of(metric, arm) - Judged.of(metric, baseline), level)

    def interval(self, judged: Judged, level: float) -> Interval:
        """Of the mean over repeats of a score, or of any sum of scores on the same rows."""
        if self.regime == "small_pool":
            return overlap_interval(judged.scores, self.n_test, self.n_fit, level)
        if judged.rows is None:
            return no_interval(float(judged.scores.mean()), level)
        return crossed_interval(judged.rows, self.phi, level)

    def recall(self, rows: Sequence[Floats], group: Ints | None) -> Interval:
        """Of a recall or its change; rows: per repeat, a value per test row of the class.

        group: of these rows under a fixed test, where groups stay together.
        """
        if self.regime == "fixed_test":
            return crossed_interval(np.stack([by_group(row, group) for row in rows]), self.phi)
        n_rows = float(np.mean([len(row) for row in rows]))
        n_fit = self.n_fit * n_rows / self.n_test  # the class's share: the overlap is that of all
        return overlap_interval(np.array([row.mean() for row in rows]), n_rows, n_fit)


@dataclass(frozen=True, eq=False)
class Judged:
    """A score of an arm, or a weighted sum of scores on the same rows, repeat by repeat.

    scores: `(R,)`. rows: `(R, n)`, a value per test row (of grouped data: per group) with the same
    means; None where the score has no rows, or where repeats have other test rows.
    """

    scores: Floats
    rows: Floats | None

    @staticmethod
    def of(metric: Score, trials: Sequence[Trial]) -> Judged:
        scores = np.array([metric.score(t.test.p, t.test.labels) for t in trials])
        rows = [_rows(metric, trial) for trial in trials]
        known = [row for row in rows if row is not None]
        alike = len(known) == len(rows) and len({row.shape for row in known}) == 1
        return Judged(scores, np.stack(known) if alike else None)

    def __add__(self, other: Judged) -> Judged:
        rows = None if self.rows is None or other.rows is None else self.rows + other.rows
        return Judged(self.scores + other.scores, rows)

    def __mul__(self, factor: float) -> Judged:
        return Judged(factor * self.scores, None if self.rows is None else factor * self.rows)

    def __sub__(self, other: Judged) -> Judged:
        return self + other * -1.0


def _rows(metric: Score, trial: Trial) -> Floats | None:
    rows = metric.rows(trial.test.p, trial.test.labels)
    return None if rows is None else by_group(rows, trial.test.group)


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
