"""What was tuned: how often each arm was tried, and which settings each repeat chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synthlift.core.findings import Tuning
from synthlift.core.results import Report
from synthlift.report.words import plain


@dataclass(frozen=True)
class TuningRow:
    """An arm: its trials in a repeat, and what was chosen in which repeats, as text."""

    arm: str
    n_trials: str
    chosen: str


@dataclass(frozen=True)
class TuningView:
    """The table of a classifier and a sentence on whether the arms had an equal chance."""

    sentence: str
    is_fair: bool
    rows: tuple[TuningRow, ...]


def tuning_table(report: Report, classifier: str) -> TuningView | None:
    """None where nothing was tuned."""
    own = [x for x in report.tunings if x.classifier == classifier]
    if not own:
        return None
    counts = {x.n_trials for x in own}
    rows = tuple(TuningRow(plain(x.arm), f"{x.n_trials:,}", chosen_text(x.chosen)) for x in own)
    return TuningView(_sentence(own, counts), len(counts) == 1, rows)


def _sentence(tunings: Sequence[Tuning], counts: set[int]) -> str:
    if len(counts) == 1:
        n = tunings[0].n_trials
        return (
            f"In every repeat each arm was trained {n:,} {'time' if n == 1 else 'times'}, and the "
            "one with the best score on validation rows was kept: as many trials for every arm, so "
            "none wins by having been tried more often. Test rows chose nothing."
        )
    most = max(tunings, key=lambda x: x.n_trials)
    return (
        f"The arms had unequal chances, from {min(counts):,} to {max(counts):,} trials in a "
        f"repeat: {plain(most.arm)} was tried most often, and its score is flattered by that."
    )


def chosen_text(chosen: Sequence[Mapping[str, float | None]]) -> str:
    """Settings with the repeats that chose them, the most frequent first.

    >>> chosen_text([{"weight": 0.25}, {"weight": 0.0}, {"weight": 0.25}])
    'weight 0.25 (repeats 1, 3); weight 0: no synthetic samples (repeat 2)'
    >>> chosen_text([{"threshold": None}, {"threshold": None}])
    'no threshold (all 2 repeats)'
    """
    found: dict[str, list[int]] = {}
    for i, settings in enumerate(chosen):
        words = ", ".join(_setting(name, value) for name, value in settings.items())
        found.setdefault(words or "only the seed of the classifier", []).append(i + 1)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return "; ".join(f"{words} ({_repeats(numbers, len(chosen))})" for words, numbers in ordered)


def _setting(name: str, value: float | None) -> str:
    if (name, value) == ("weight", 0.0):
        return "weight 0: no synthetic samples"
    return f"no {plain(name)}" if value is None else f"{plain(name)} {value:g}"


def _repeats(numbers: Sequence[int], n: int) -> str:
    if len(numbers) == n > 1:
        return f"all {n} repeats"
    return f"{'repeat' if len(numbers) == 1 else 'repeats'} {', '.join(map(str, numbers))}"
