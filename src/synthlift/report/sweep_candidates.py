"""The candidates of a condition as tables: how each ended, and its score on validation rows."""

from __future__ import annotations

from dataclasses import dataclass

from synthlift.report import words
from synthlift.sweeps.results import Condition


@dataclass(frozen=True)
class CandidateRow:
    """A candidate: how it ended, and by arm its valid score and whether that arm takes it."""

    name: str
    state: str
    reason: str
    scores: dict[str, tuple[str, bool]]


@dataclass(frozen=True)
class CandidateTable:
    """The candidates of a condition under one classifier."""

    classifier: str
    arms: list[str]
    rows: list[CandidateRow]


def tabulate_candidates(condition: Condition, metric: str) -> list[CandidateTable]:
    """A table for every classifier; none of a single candidate, with which there was no choice."""
    if len(condition.candidates) < 2:
        return []
    cells = [(s.arm, s.classifier) for c in condition.candidates for s in c.scores]
    taken = {(c.arm, c.classifier): c for c in condition.chosen}
    views = []
    for classifier in dict.fromkeys(name for _, name in cells) or [""]:
        rows = []
        for number, candidate in enumerate(condition.candidates):
            scores = {}
            for score in (s for s in candidate.scores if s.classifier == classifier):
                choice = taken.get((score.arm, classifier))
                chosen = bool(choice and choice.n_options > 1 and choice.candidate == number)
                text = words.score_text(metric, score.valid.get(metric))
                scores[score.arm] = (text, chosen)
            name = candidate.name
            rows.append(CandidateRow(name, candidate.state, words.plain(candidate.reason), scores))
        arms = list(dict.fromkeys(arm for arm, name in cells if name == classifier))
        views.append(CandidateTable(classifier, arms, rows))
    return views
