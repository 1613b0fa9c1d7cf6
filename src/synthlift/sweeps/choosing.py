"""Choose a candidate for every arm, on validation rows alone.

No function here has a parameter through which a score on test rows could come: `judge_valid` reads
what was said of valid rows, `choose` sees nothing but its result.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.results import Floats, Predictions
from synthlift.metrics.base import Score
from synthlift.sweeps.results import Choice, ValidScore

Said = Mapping[tuple[str, str], Sequence[Predictions]]  # (arm, classifier) -> valid, by repeat


def judge_valid(
    said: Said, scores: Sequence[Score], baselines: Mapping[str, str]
) -> tuple[ValidScore, ...]:
    """The mean score on valid rows over all repeats; None where a repeat has no such rows.

    baselines: of every arm. The lift is that of the first score; a baseline has none over itself.
    """
    means = {
        cell: {score.name: _mean(score, repeats) for score in scores}
        for cell, repeats in said.items()
    }
    return tuple(
        ValidScore(
            arm,
            classifier,
            means[arm, classifier],
            _digest(repeats),
            baselines.get(arm, ""),
            _lift(means, arm, baselines.get(arm, ""), classifier, scores),
        )
        for (arm, classifier), repeats in said.items()
    )


def _lift(
    means: Mapping[tuple[str, str], Mapping[str, float | None]],
    arm: str,
    baseline: str,
    classifier: str,
    scores: Sequence[Score],
) -> float | None:
    if arm == baseline or not scores:
        return None
    own, other = (means.get((name, classifier), {}).get(scores[0].name) for name in (arm, baseline))
    return None if own is None or other is None else own - other


def _mean(score: Score, repeats: Sequence[Predictions]) -> float | None:
    if not all(len(valid.labels) for valid in repeats):
        return None
    mean = float(np.mean(score_repeats(repeats, score)))
    return mean if math.isfinite(mean) else None


def score_repeats(said: Sequence[Predictions], score: Score) -> Floats:
    """The score on the valid rows of every repeat, `(R,)`."""
    return np.array([score.score(valid.p, valid.labels) for valid in said])


def _digest(repeats: Sequence[Predictions]) -> str:
    digest = hashlib.sha256()
    for valid in repeats:
        digest.update(np.ascontiguousarray(valid.p).tobytes())
    return digest.hexdigest()


def choose(candidates: Mapping[int, Sequence[ValidScore]], metric: str) -> tuple[Choice, ...]:
    """For every arm under every classifier the candidate with the best mean; ties: the first.

    More of the metric is better. An arm that is trained alike in all candidates that have it has
    one option, the first of them. A DataError where options have no score to choose by.
    """
    options: dict[tuple[str, str], dict[int, ValidScore]] = {}
    for number, scores in candidates.items():
        for score in scores:
            options.setdefault((score.arm, score.classifier), {})[number] = score
    return tuple(
        _choose_one(arm, classifier, having, metric)
        for (arm, classifier), having in options.items()
    )


def _choose_one(arm: str, classifier: str, having: Mapping[int, ValidScore], metric: str) -> Choice:
    n_options = len({score.made_of for score in having.values()})
    means = {n: mean for n, s in having.items() if (mean := s.valid.get(metric)) is not None}
    if len(having) > 1 and not means:  # without valid rows nobody knows whether they are alike
        raise DataError(
            f"arm {arm} has {len(having)} candidates and no validation score to choose by; raise "
            "split.n_valid or split.valid"
        )
    if n_options == 1:
        return Choice(arm, classifier, next(iter(having)), 1)
    return Choice(arm, classifier, max(means, key=lambda n: means[n]), n_options)


def name_classifiers(studies: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """For every candidate: its classifiers' own names -> the names under which they compete.

    Where all candidates have the same classifiers, each competes with itself; else the first of one
    with the first of the other, and so on.

    >>> name_classifiers([["cnn"], ["mlp"]])
    [{'cnn': 'cnn or mlp'}, {'mlp': 'cnn or mlp'}]
    >>> name_classifiers([["cnn", "mlp"], ["mlp", "cnn"]])[1]
    {'mlp': 'mlp', 'cnn': 'cnn'}
    """
    if len({frozenset(names) for names in studies}) <= 1:
        return [{name: name for name in names} for names in studies]
    longest = max(map(len, studies))
    slots = [
        " or ".join(dict.fromkeys(names[i] for names in studies if i < len(names)))
        for i in range(longest)
    ]
    return [dict(zip(names, slots, strict=False)) for names in studies]
