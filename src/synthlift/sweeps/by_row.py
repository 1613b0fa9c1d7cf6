"""Choose and judge on the same repeats: for a small pool, which has no rows that are fresh.

Fresh repeats of a small pool test the rows that chose. Here the candidate for a test row is the one
that does best on the valid rows of those repeats in which it is a test row: the row is then in no
training and in no choice that decides on it, and the lift is that of choosing on valid rows.
Simulated nulls (the best of 20 ridge classifiers on random columns, 150 rows, 15 repeats): luck
adds 0.0 +- 0.2 pt to the lift and 4.9 % of studies claim one. On fresh repeats luck adds 4.1 pt;
0.4 pt when all valid rows choose but those under test, which other repeats have trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthlift.core.results import Floats, Trial
from synthlift.core.samples import Ints
from synthlift.experiment import Repeat
from synthlift.stages.tested import tested_rows
from synthlift.sweeps.studies import Cell

DIGITS = 12  # of a mean; what differs after them is rounding, and the first of equals is taken


@dataclass(frozen=True, eq=False)
class Judges:
    """The candidates, by number, that judge the rows of one arm.

    valid: per repeat one for all its valid rows, `(R,)`. test: per repeat one for each test row.
    """

    valid: Ints
    test: tuple[Ints, ...]

    @property
    def numbers(self) -> set[int]:
        return {int(n) for n in (*self.valid, *np.concatenate(self.test))}


def choose_by_row(scores: Mapping[int, Floats], tested: Sequence[Ints]) -> Judges:
    """For every test row the candidate with the best mean; ties: the first.

    scores: candidate -> its score on the valid rows of each repeat, `(R,)`. tested: the origins of
    the test rows of each repeat. Valid rows have the candidate that is best in their own repeat, so
    that no test row has a say there either.
    """
    numbers, table = np.array([*scores]), np.stack([*scores.values()])  # (candidates, R)
    places, is_tested = tested_rows(tested)
    best = _best(numbers, table @ is_tested / is_tested.sum(axis=0))
    return Judges(_best(numbers, table), tuple(best[own] for own in places))


def _best(numbers: Ints, table: Floats) -> Ints:
    best: Ints = numbers[np.round(table, DIGITS).argmax(axis=0)]
    return best


def judge_by_row(
    repeats: Sequence[Repeat],
    parts: Mapping[int, Sequence[Repeat]],
    judges: Mapping[Cell, Judges],
) -> list[Repeat]:
    """The repeats with every row judged by its own candidate, for the arms that have judges.

    parts: the same repeats of every candidate that judges any row.
    """

    def judged(trial: Trial, at: int) -> Trial:
        by = judges.get((trial.arm, trial.classifier))
        own = {n: _trial_of(repeats[at], trial) for n, repeats in parts.items()}
        return judge_trial(trial, own, by, at) if by else trial

    return [
        replace(repeat, trials=tuple(judged(trial, at) for trial in repeat.trials))
        for at, repeat in enumerate(repeats)
    ]


def _trial_of(repeat: Repeat, like: Trial) -> Trial | None:
    """The trial of the same arm under the same classifier."""
    same = (t for t in repeat.trials if (t.arm, t.classifier) == (like.arm, like.classifier))
    return next(same, None)


def judge_trial(shown: Trial, own: Mapping[int, Trial | None], judges: Judges, at: int) -> Trial:
    """One trial of repeat `at` out of those of all candidates, by number.

    Sizes and settings are those of `shown`.
    """
    p = shown.test.p.copy()
    for n in np.unique(judges.test[at]):
        mine, judge = judges.test[at] == n, own[int(n)]
        assert judge is not None
        assert np.array_equal(judge.test.origin, shown.test.origin)
        p[mine] = judge.test.p[mine]
    best = own[int(judges.valid[at])]
    assert best is not None
    return replace(shown, valid=best.valid, test=replace(shown.test, p=p))
