"""The recommended policy: which arm to use, chosen on valid rows, and the lift to expect of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from synthlift.core.findings import Policy
from synthlift.core.results import Floats, Predictions, Trial
from synthlift.core.samples import Ints
from synthlift.metrics.base import Score, correct
from synthlift.stages.policy_words import advise, say_policy
from synthlift.stages.ruler import Judged, Ruler

Arms = Mapping[str, Sequence[Trial]]  # of one classifier, in the order of the repeats

REAL = "real"
TIE = 1e-9  # means that differ by less are equal: they are sums in another order


def find_policy(arms: Arms, classifier: str, metric: Score, ruler: Ruler) -> Policy | None:
    """The arm with the highest mean score on valid rows, and the lift over `real` to expect of it.

    Candidates are the arms of kind real and synthetic; of equals the first counts, `real` before
    all others. The lift: in each repeat the arm that the *other* repeats' valid rows choose is
    scored on test, so that no trial is chosen for its own luck. In a small pool a valid row of one
    repeat may be a test row of another: the choice for a repeat leaves out its test rows, and
    groups that stand among them. None without `real`, a rival, valid rows or a second repeat.
    """
    rivals = [
        name for name, t in arms.items() if t[0].kind in ("real", "synthetic") and name != REAL
    ]
    if REAL not in arms or not rivals or len(arms[REAL]) < 2:
        return None
    candidates = [arms[name] for name in (REAL, *rivals)]
    if not all(len(t.valid.labels) for trials in candidates for t in trials):
        return None
    values = _values(candidates, metric)
    chosen = _first_best(_scores_elsewhere(values, arms[REAL], ruler))
    ends = np.cumsum([len(t.valid.labels) for t in arms[REAL]])[:-1]
    overall = np.stack([part.mean(axis=1) for part in np.split(values, ends, axis=1)], axis=1)
    best = int(_first_best(overall.mean(axis=1)))
    composite = [candidates[arm][repeat] for repeat, arm in enumerate(chosen)]
    advice, n = advise(candidates[best]), len(composite)
    if chosen.any():
        judged = Judged.of(metric, composite) - Judged.of(metric, arms[REAL])
        i = ruler.interval(judged, 0.95)
        lift = i.mean, i.low, i.high
    else:
        lift = 0.0, 0.0, 0.0  # of `real` over itself, without a doubt
    arm = candidates[best][0].arm
    said = say_policy(advice, arm, classifier, *lift, n)
    return Policy(classifier, metric.name, arm, advice, *lift, n, said)


def _values(candidates: Sequence[Sequence[Trial]], metric: Score) -> Floats:
    """What each valid row adds to the score of each candidate `(A, n)`, all repeats in a row.

    A score that has no value per row is replaced by accuracy here: rows are left out of it.
    """
    values = []
    for trials in candidates:
        for said in (t.valid for t in trials):
            rows = metric.rows(said.p, said.labels)
            values.append(correct(said.p, said.labels) if rows is None else rows)
    return np.concatenate(values).reshape(len(candidates), -1)


def _scores_elsewhere(values: Floats, trials: Sequence[Trial], ruler: Ruler) -> Floats:
    """For each repeat, the candidates' mean scores on the other repeats' valid rows `(R, A)`.

    trials: of any arm, for who the rows are. All 0, which chooses `real`, where no row is left.
    """
    sizes = [len(t.valid.labels) for t in trials]
    kept = np.repeat(1.0 - np.eye(len(trials)), sizes, axis=1)  # (R, n)
    if ruler.regime == "small_pool":
        kept *= ~_is_tested(trials)
    starts = np.cumsum([0, *sizes[:-1]])
    n_kept = np.add.reduceat(kept, starts, axis=1)  # (R, R): of each repeat for each
    n_counted = (n_kept > 0).sum(axis=1, keepdims=True)
    weights = kept / np.repeat(np.maximum(n_kept, 1), sizes, axis=1) / np.maximum(n_counted, 1)
    scores: Floats = weights @ values.T
    return scores


def _is_tested(trials: Sequence[Trial]) -> npt.NDArray[np.bool_]:
    """Which valid rows, all repeats in a row, are test rows of repeat r `(R, n)`."""
    tested = [_units(t.test) for t in trials]
    known = np.unique(np.concatenate(tested))
    is_test = np.zeros((len(trials), len(known)), dtype=bool)
    for repeat, units in enumerate(tested):
        is_test[repeat, np.searchsorted(known, units)] = True
    units = np.concatenate([_units(t.valid) for t in trials])
    place = np.minimum(np.searchsorted(known, units), len(known) - 1)
    found: npt.NDArray[np.bool_] = is_test[:, place] & (known[place] == units)
    return found


def _units(said: Predictions) -> Ints:
    """What must not stand on both sides: the group of each row where there are groups."""
    return said.origin if said.group is None else said.group


def _first_best(scores: Floats) -> Ints:
    """Of the last axis, the first that no other one beats."""
    best: Ints = (scores >= scores.max(axis=-1, keepdims=True) - TIE).argmax(axis=-1)
    return best
