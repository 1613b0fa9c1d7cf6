"""The recommended policy: which arm to use, chosen on valid rows, and the lift to expect of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from synthlift.core.findings import Policy
from synthlift.core.results import Floats, Trial
from synthlift.core.samples import Ints
from synthlift.metrics.base import Score
from synthlift.stages.lineup import REAL
from synthlift.stages.policy_words import advise, qualify, say_policy
from synthlift.stages.ruler import Judged, Ruler
from synthlift.stages.tested import tested_rows

Arms = Mapping[str, Sequence[Trial]]  # of one classifier, in the order of the repeats

TIE = 1e-9  # means that differ by less are equal: they are sums in another order


def find_policy(arms: Arms, classifier: str, metric: Score, ruler: Ruler) -> Policy | None:
    """The arm with the highest mean score on valid rows, and the lift over `real` to expect of it.

    Candidates are the arms of kind real and synthetic; of equals the first counts, `real` before
    all others. The lift: a test row is judged by the arm that scores best on the valid rows of the
    *other* repeats in which it is a test row too (with a fixed test, of all others), so that no
    training is chosen for its own luck, and in a small pool none that has seen the row has a say. A
    row that no other repeat tests is judged by `real`. None without `real`, a rival, valid rows or
    a second repeat.
    """
    rivals = [
        name for name, t in arms.items() if t[0].kind in ("real", "synthetic") and name != REAL
    ]
    if REAL not in arms or not rivals or len(arms[REAL]) < 2:
        return None
    candidates = [arms[name] for name in (REAL, *rivals)]
    if not all(len(t.valid.labels) for trials in candidates for t in trials):
        return None
    scores = np.array(
        [[metric.score(t.valid.p, t.valid.labels) for t in trials] for trials in candidates]
    )
    best = int(_first_best(scores.mean(axis=1)[None])[0])
    chosen = _choose_elsewhere(scores, [t.test.origin for t in arms[REAL]])
    n = len(chosen)
    if any(of_rows.any() for of_rows in chosen):
        composite = [_judge(r, candidates, of_rows) for r, of_rows in enumerate(chosen)]
        judged = Judged.of(metric, composite) - Judged.of(metric, arms[REAL])
        i = ruler.interval(judged, 0.95)
        lift = i.mean, i.low, i.high
    else:
        lift = 0.0, 0.0, 0.0  # of `real` over itself, without a doubt
    arm = candidates[best][0].arm
    advice = qualify(advise(candidates[best]), arm, lift[1])
    said = say_policy(advice, arm, classifier, *lift, n)
    return Policy(classifier, metric.name, arm, advice, *lift, n, said)


def _choose_elsewhere(scores: Floats, tested: Sequence[Ints]) -> list[Ints]:
    """For each repeat, the candidate for each of its test rows.

    scores: of the candidates on the valid rows of each repeat, `(A, R)`. tested: origins of the
    test rows of each repeat.
    """
    places, is_tested = tested_rows(tested)
    chosen = []
    for repeat, own in enumerate(places):
        others = is_tested[:, own]
        others[repeat] = 0.0
        chosen.append(_first_best((scores @ others).T))
    return chosen


def _judge(repeat: int, candidates: Sequence[Sequence[Trial]], chosen: Ints) -> Trial:
    """The trial of a repeat in which each test row has the answer of its own candidate."""
    answers = np.stack([trials[repeat].test.p for trials in candidates])  # (A, n, K)
    shown = candidates[0][repeat]
    p = answers[chosen, np.arange(len(chosen))]
    return replace(shown, test=replace(shown.test, p=p))


def _first_best(scores: Floats) -> Ints:
    """For each row of scores `(n, A)`, the first that no other one beats."""
    best: Ints = (scores >= scores.max(axis=-1, keepdims=True) - TIE).argmax(axis=-1)
    return best
