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
        return self._measure([_rows(metric, t) for t in trials], _scores(metric, trials), 0.95)

    def lift(
        self, metric: Score, arm: Sequence[Trial], baseline: Sequence[Trial], level: float
    ) -> Interval:
        pairs = zip(arm, baseline, strict=True)
        rows = [_difference(_rows(metric, a), _rows(metric, b)) for a, b in pairs]
        return self._measure(rows, _scores(metric, arm) - _scores(metric, baseline), level)

    def _measure(self, rows: Sequence[Floats | None], scores: Floats, level: float) -> Interval:
        if self.regime == "small_pool":
            return overlap_interval(scores, self.n_test, self.n_fit, level)
        table = [row for row in rows if row is not None]
        if len(table) < len(rows):
            return no_interval(float(scores.mean()), level)
        return crossed_interval(np.stack(table), self.phi, level)

    def recall(self, rows: Sequence[Floats], group: Ints | None) -> Interval:
        """Of a recall or its change; rows: per repeat, a value per test row of the class.

        group: of these rows under a fixed test, where groups stay together.
        """
        if self.regime == "fixed_test":
            return crossed_interval(np.stack([by_group(row, group) for row in rows]), self.phi)
        n_rows = float(np.mean([len(row) for row in rows]))
        n_fit = self.n_fit * n_rows / self.n_test  # the class's share: the overlap is that of all
        return overlap_interval(np.array([row.mean() for row in rows]), n_rows, n_fit)


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


def _difference(arm: Floats | None, baseline: Floats | None) -> Floats | None:
    return None if arm is None or baseline is None else arm - baseline


def _scores(metric: Score, trials: Sequence[Trial]) -> Floats:
    """One score per repeat on its test rows, `(R,)`."""
    return np.array([metric.score(t.test.p, t.test.labels) for t in trials])


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
