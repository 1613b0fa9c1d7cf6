"""What a sweep's plots show: lifts, scores and worth by the number in which conditions differ."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from synthlift.core.results import Lift, Report, Score
from synthlift.report.facts import BASELINES
from synthlift.report.words import (
    BASELINE,
    interval,
    lift_text,
    metric_words,
    plain,
    score_text,
)
from synthlift.report.worth import worth_row
from synthlift.sweeps.results import SweepReport

RIVAL, BEST_REAL = "augmented", "best_real"


@dataclass(frozen=True)
class Value:
    """What one arm has at one number, as drawn and as text. is_open: ends of no known place."""

    mean: float
    low: float | None
    high: float | None
    text: str
    span: str
    is_open: tuple[bool, bool] = (False, False)


Series = dict[str, dict[float, Value]]  # name of a line -> number -> value


def numbered(report: SweepReport) -> tuple[str, dict[float, Report]]:
    """The key in which alone all conditions differ, by a number, and number -> answer, in order.

    Nothing is found where a condition differs in more, or in what is no number.
    """
    found: dict[float, Report] = {}
    keys = set()
    for condition in report.conditions:
        if len(condition.overrides) != 1:
            return "", {}
        key, _, text = condition.overrides[0].lstrip("+").partition("=")
        number = number_of(text)
        keys.add(key)
        if number is None or len(keys) > 1:
            return "", {}
        if condition.report is not None:
            found[number] = condition.report
    return next(iter(keys), ""), dict(sorted(found.items()))


def number_of(text: str) -> float | None:
    """The finite number that a text is; None for any other text."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def find_lifts(reports: Mapping[float, Report], classifier: str, metric: str) -> dict[str, Series]:
    """By what they are measured against: primary questions, their arms over the best, the rival."""
    primary = dict.fromkeys(
        (lift.arm, lift.baseline)
        for found in reports.values()
        for lift in found.primary
        if lift.classifier == classifier
    )
    wanted = [*primary, (RIVAL, BASELINE), *((arm, BEST_REAL) for arm, _ in primary)]
    wanted.sort(key=lambda pair: (pair[1] == BEST_REAL, pair[1] != BASELINE))
    lifts: dict[str, Series] = {}
    for (arm, baseline), (n, found) in itertools.product(dict.fromkeys(wanted), reports.items()):
        pair = (arm, baseline, classifier, metric)
        for lift in found.lifts:
            if (lift.arm, lift.baseline, lift.classifier, lift.metric) == pair:
                against = "real rows alone" if baseline == BASELINE else plain(baseline)
                series = lifts.setdefault(BASELINES.get(baseline, against), {})
                series.setdefault(plain(arm), {})[n] = _lift_value(lift)
    return lifts


def _lift_value(lift: Lift) -> Value:
    return Value(*_scaled(lift.metric, lift), lift_text(lift), interval(lift.metric, lift))


def _scaled(metric: str, of: Lift | Score) -> tuple[float, float | None, float | None]:
    """Mean, low and high as drawn: in percent or points where the metric is a share."""
    scale = 100.0 if metric_words(metric).unit == "%" else 1.0
    low, high = (None if end is None else scale * end for end in (of.low, of.high))
    return scale * of.mean, low, high


def find_scores(reports: Mapping[float, Report], classifier: str, metric: str) -> Series:
    """The score of real rows alone."""
    own: dict[float, Value] = {}
    for n, found in reports.items():
        result = found.by_classifier.get(classifier, {}).get(BASELINE)
        score = result.scores.get(metric) if result else None
        if score is not None:
            text, span = score_text(metric, score.mean), interval(metric, score)
            own[n] = Value(*_scaled(metric, score), text, span)
    return {BASELINE: own} if own else {}


def find_worths(reports: Mapping[float, Report], classifier: str, metric: str) -> Series:
    """Sample equivalence of the arms with synthetic samples, where there is a number."""
    series: Series = {}
    for n, found in reports.items():
        for worth in found.worths:
            known = (worth.classifier, worth.metric) == (classifier, metric)
            if known and worth.n_synthetic and worth.rows is not None:
                row = worth_row(worth, None)
                is_open = (worth.low is None, worth.high is None)
                value = Value(worth.rows, worth.low, worth.high, row.rows, row.set, is_open)
                series.setdefault(row.arm, {})[n] = value
    return series


def values_of(series: Series) -> Iterator[Value]:
    """All values of all lines."""
    return (value for own in series.values() for value in own.values())
