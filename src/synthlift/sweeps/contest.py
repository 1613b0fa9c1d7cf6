"""The contest of a condition: its candidates on valid rows, and what was chosen judged on test.

Under a fixed test the chosen run on fresh repeats, which the choice has not seen. A small pool has
no rows that are fresh: there the choice is made row by row, see by_row.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from synthlift.core.errors import ConfigError
from synthlift.core.results import Floats, Lift
from synthlift.core.samples import Ints
from synthlift.experiment import Experiment, Repeat
from synthlift.sweeps.by_row import choose_by_row, judge_by_row
from synthlift.sweeps.results import Choice, Naive
from synthlift.sweeps.studies import Cell, Ready, Runner, combine, narrow, pool, rename, run_seeds


@dataclass(frozen=True, eq=False)
class Contest:
    """The candidates of a condition that can be chosen, by number; the same seeds for each.

    names: a candidate's own classifiers -> the names under which they compete. n_repeats: of each
    seed, the most that any candidate has. by_repeat: candidate -> arm and classifier -> score on
    the valid rows of each repeat. tested: origins of the test rows of each repeat.
    """

    ready: Mapping[int, Sequence[Ready]]
    names: Mapping[int, Mapping[str, str]]
    n_repeats: Sequence[int]
    by_repeat: Mapping[int, Mapping[Cell, Floats]]
    tested: Sequence[Ints]
    regime: str

    def study(self, number: int) -> Experiment:
        return self.ready[number][0].study

    @property
    def has_looks(self) -> bool:
        """Whether a candidate could stop early, so that its repeats are no answer on their own."""
        return any(self.study(n).until_decided is not None for n in self.ready)


def refuse_looks_at_seeds(seeds: Sequence[Ready]) -> None:
    """A ConfigError for planned looks in each of several seeds: together they are not planned."""
    if len(seeds) > 1 and any(ready.study.until_decided is not None for ready in seeds):
        raise ConfigError(
            "until_decided plans its looks for one seed, and these are several, which pool as "
            "repeats; sweep over seed with n_repeats=N, or give a single seed"
        )


def judge(
    contest: Contest,
    chosen: Sequence[Choice],
    fresh: bool,
    read: Runner,
    make: Runner,
    say: Callable[[int], None],
) -> tuple[Experiment, list[Repeat], int]:
    """Every arm as it was chosen: the study that they make together, its repeats, who is shown.

    say: is told the number of a candidate that is judged on fresh repeats.
    """
    shown = find_lead(contest, chosen)
    study = _merge(contest, chosen, shown)
    if fresh:
        parts = {n: _confirm(contest, chosen, n, make, say) for n in _taken(chosen)}
        return study, combine(parts, chosen, shown), shown
    open_ = {(c.arm, c.classifier) for c in chosen if c.n_options > 1}
    judges = {
        cell: choose_by_row(
            {n: own[cell] for n, own in contest.by_repeat.items() if cell in own}, contest.tested
        )
        for cell in open_
    }
    numbers = {*_taken(chosen), *(n for own in judges.values() for n in own.numbers)}
    parts = {
        n: rename(pool(run_seeds(contest.ready[n], read)), contest.names[n])
        for n in sorted(numbers)
    }
    return study, judge_by_row(combine(parts, chosen, shown), parts, judges), shown


def _taken(chosen: Sequence[Choice]) -> list[int]:
    return list(dict.fromkeys(choice.candidate for choice in chosen))


def _confirm(
    contest: Contest, chosen: Sequence[Choice], n: int, make: Runner, say: Callable[[int], None]
) -> list[Repeat]:
    """The arms that took a candidate, on as many repeats as chose, and on none of these."""
    arms = {choice.arm for choice in chosen if choice.candidate == n}
    studies = [
        narrow(ready, arms, count, count)
        for ready, count in zip(contest.ready[n], contest.n_repeats, strict=True)
    ]
    say(n)
    return rename(pool(run_seeds(studies, make)), contest.names[n])


def find_lead(contest: Contest, chosen: Sequence[Choice]) -> int:
    """The candidate whose samples are shown: that of the first primary arm, else the first."""
    for choice in chosen:
        if contest.study(choice.candidate).arms[choice.arm].primary:
            return choice.candidate
    return chosen[0].candidate


def _merge(contest: Contest, chosen: Sequence[Choice], lead: int) -> Experiment:
    """The study that the chosen make together: the arms of all candidates, each as chosen."""
    arms = {name: arm for n in contest.ready for name, arm in contest.study(n).arms.items()}
    for choice in reversed(chosen):  # of several classifiers the first, which is the primary one
        arms[choice.arm] = contest.study(choice.candidate).arms[choice.arm]
    return replace(contest.study(lead), arms=arms)


def find_naive(lifts: Mapping[int, Sequence[Lift]], chosen: Sequence[Choice]) -> tuple[Naive, ...]:
    """For every primary question with a choice in it: the candidate that looks best on test."""
    open_ = {(choice.arm, choice.classifier) for choice in chosen if choice.n_options > 1}
    asked: dict[tuple[str, str, str], dict[int, Lift]] = {}
    for n, own in lifts.items():
        for lift in own:
            asked.setdefault((lift.arm, lift.baseline, lift.classifier), {})[n] = lift
    found = []
    for (arm, baseline, classifier), having in asked.items():
        if {(arm, classifier), (baseline, classifier)} & open_:
            largest = max(having, key=lambda n: having[n].mean)
            found.append(Naive(largest, len(having), having[largest]))
    return tuple(found)
