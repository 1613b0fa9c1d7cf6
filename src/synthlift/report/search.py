"""The candidates of a choice as every form of a sweep's report shows them: lift, cost, front.

A search is one arm over its baseline in one condition. All of it is of validation rows, but for
`fresh`, the lift of what was chosen as the condition reports it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from synthlift.core.results import Lift
from synthlift.report.provenance import duration
from synthlift.report.words import interval, lift_text, metric_words, plain, score_number
from synthlift.sweeps.results import Choice, Condition

FEWEST = 3  # candidates that are worth a figure
BEST = 3  # named in the terminal


@dataclass(frozen=True)
class Point:
    """A candidate of a search.

    settings: by key, as typed. score: what the choice goes by. lift: on validation rows, in the
    unit that is drawn. seconds: in a repeat, None where the store does not say. is_front: nothing
    has more lift for less, or for as much.
    """

    name: str
    settings: dict[str, str]
    score: float
    lift: float
    lift_text: str
    seconds: float | None
    is_chosen: bool
    is_front: bool = False

    @property
    def cost_text(self) -> str:
        return "" if self.seconds is None else duration(self.seconds)

    @property
    def words(self) -> str:
        """All of it in a line."""
        cost = f", {self.cost_text}" if self.cost_text else ""
        mark = ", chosen" if self.is_chosen else ""
        return f"{plain(self.name)}: {self.lift_text}{cost}{mark}"


@dataclass(frozen=True)
class Search:
    """The candidates of one arm; keys: settings in which they differ. unit: of the lift.

    fresh: what the condition reports of the chosen. moves: whether its baseline has a choice, too.
    """

    arm: str
    baseline: str
    classifier: str
    unit: str
    points: tuple[Point, ...]
    keys: tuple[str, ...]
    fresh: Lift | None
    moves: bool

    @property
    def name(self) -> str:
        return plain(f"{self.arm} over {self.baseline}, with {self.classifier}")

    @property
    def chosen(self) -> Point:
        return next(point for point in self.points if point.is_chosen)

    @property
    def best(self) -> list[Point]:
        """The best first, as the choice has them."""
        return sorted(self.points, key=lambda point: -point.score)[:BEST]

    @property
    def fresh_text(self) -> str:
        """'+1.2 pt [+0.3, +2.1]', of what the condition reports; empty where it has no number."""
        lift = self.fresh
        return f"{lift_text(lift)} {interval(lift.metric, lift)}".rstrip() if lift else ""


def find_searches(condition: Condition, metric: str) -> list[Search]:
    """A search for every primary question whose arm had something to choose, under each classifier.

    None of fewer than three candidates with a lift, nor of a condition without an answer.
    """
    if condition.report is None:
        return []
    found = []
    for lift in condition.report.primary:
        choice = _choice(condition, lift.arm, lift.classifier)
        if choice and choice.n_options > 1:
            search = _search(condition, choice, lift, metric)
            found += [search] if len(search.points) >= FEWEST else []
    return found


def _choice(condition: Condition, arm: str, classifier: str) -> Choice | None:
    cells = ((c, c.arm, c.classifier) for c in condition.chosen)
    return next((c for c, *cell in cells if cell == [arm, classifier]), None)


def _search(condition: Condition, choice: Choice, lift: Lift, metric: str) -> Search:
    scale = 100.0 if metric_words(metric).unit == "%" else 1.0
    unit = metric_words(metric).unit.replace("%", "pt")
    points = []
    for number, candidate in enumerate(condition.candidates):
        for own in candidate.scores:
            score = own.valid.get(metric)
            if (own.arm, own.classifier) != (choice.arm, choice.classifier):
                continue
            if own.lift is None or score is None:
                continue
            text = valid_lift_text(metric, own.lift)
            settings = _settings(candidate.overrides)
            is_chosen = number == choice.candidate
            points.append(
                Point(
                    candidate.name, settings, score, scale * own.lift, text, own.seconds, is_chosen
                )
            )
    baseline = _choice(condition, lift.baseline, lift.classifier)
    return Search(
        choice.arm,
        lift.baseline,
        choice.classifier,
        unit,
        _with_front(points),
        _keys(points),
        lift,
        bool(baseline and baseline.n_options > 1),
    )


def _settings(overrides: Sequence[str]) -> dict[str, str]:
    parts = (override.lstrip("+").partition("=") for override in overrides)
    return {key: value for key, sign, value in parts if sign}


def _keys(points: Sequence[Point]) -> tuple[str, ...]:
    """Settings that all candidates have and in which some differ."""
    keys = dict.fromkeys(key for point in points for key in point.settings)
    return tuple(
        key
        for key in keys
        if all(key in point.settings for point in points)
        and len({point.settings[key] for point in points}) > 1
    )


def _with_front(points: Sequence[Point]) -> tuple[Point, ...]:
    """The same with those marked that nothing beats on lift and on seconds both."""
    known = [(p.seconds, p.lift) for p in points if p.seconds is not None]
    marked = []
    for p in points:
        beaten = p.seconds is None or any(
            seconds <= p.seconds and lift >= p.lift and (seconds, lift) != (p.seconds, p.lift)
            for seconds, lift in known
        )
        marked.append(replace(p, is_front=not beaten))
    return tuple(marked)


def valid_lift_text(metric: str, lift: float | None) -> str:
    """A lift on validation rows with its unit: '+1.2 pt'; empty for none."""
    unit = metric_words(metric).unit.replace("%", "pt")
    number = score_number(metric, lift, sign="+")
    return f"{number} {unit}".rstrip() if number else ""


def best_lines(search: Search) -> list[str]:
    """The best candidates by validation, a line each, under a line that says so."""
    lines = [f"best by validation, lift of {search.name}:"]
    return lines + [f"  {i}. {point.words}" for i, point in enumerate(search.best, 1)]
