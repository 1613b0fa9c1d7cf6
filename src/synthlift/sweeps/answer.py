"""The answer of one condition: choose among its candidates on valid, judge the chosen on test.

With nothing to choose the studies that ran are the answer. Else no row that chose a candidate
judges it: under a fixed test the chosen run once more, on fresh repeats; a small pool has none, and
there each test row is judged by a candidate that was chosen without it (PROTOCOL 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthlift.conclude import compare_repeats
from synthlift.core.errors import StoreError, SynthliftError
from synthlift.core.results import Floats, Lift, Report
from synthlift.core.samples import Ints
from synthlift.experiment import Experiment, Repeat
from synthlift.looks import Look, looks_of, unplanned_looks
from synthlift.sweeps.candidates import (
    blank_candidates,
    find_eligible,
    lost_arms,
    lost_jobs,
    read_jobs,
)
from synthlift.sweeps.choosing import choose, judge_valid, name_classifiers, score_repeats
from synthlift.sweeps.contest import Contest, find_naive, judge, refuse_looks_at_seeds
from synthlift.sweeps.costs import cost_arms
from synthlift.sweeps.grouping import ConditionGroup
from synthlift.sweeps.results import Condition
from synthlift.sweeps.studies import (
    Cell,
    Ready,
    Runner,
    failures_of,
    pool,
    rename,
    run_seeds,
    said_of_valid,
    tested_rows,
)


class AbsentError(StoreError):
    """Part of a sweep that the store does not have, or not any more."""


@dataclass(frozen=True)
class Answer:
    """A condition, and what its full report is made of; None without one of its own."""

    condition: Condition
    study: Experiment | None = None
    repeats: tuple[Repeat, ...] = ()


def answer(
    group: ConditionGroup, folder: Path, read: Runner, make: Runner, say: Callable[[str], None]
) -> Answer:
    """Read the jobs of a condition, choose, and judge what was chosen.

    read: a study that ran, from the store. make: a study on fresh repeats. say: what is done next.
    """
    found = Condition(group.overrides, "", "unfinished", "", blank_candidates(group.candidates))
    if any(job.unfinished for candidate in group.candidates for job in candidate.jobs):
        return Answer(replace(found, reason="some of its studies have not run to their end"))
    try:
        ready = read_jobs(group.candidates, folder)
        found = replace(
            found, candidates=find_eligible(group.candidates, ready), notes=lost_jobs(group)
        )
        finished = [n for n, c in enumerate(found.candidates) if c.state == "finished"]
        fit = {n: [*ready[n].values()] for n in finished}
        if not fit:
            reason = next((c.reason for c in found.candidates if c.reason), "nothing has run")
            return Answer(replace(found, state="failed", reason=reason))
        for seeds in fit.values():
            refuse_looks_at_seeds(seeds)
        if len(fit) == 1:
            return _answer_alone(found, *fit.popitem(), read)
        found, contest = _choose(found, fit, read)
    except AbsentError as error:
        reason = f"the store lacks a part of its studies: {error}"
        return Answer(replace(found, state="unfinished", reason=reason))
    except SynthliftError as error:
        return Answer(replace(found, state="failed", reason=str(error)))
    if not found.chosen:
        reason = "a generation-only study has no validation score to choose by; see its studies"
        return Answer(replace(found, state="finished", reason=reason))
    try:
        return _answer_chosen(found, contest, read, make, say)
    except AbsentError:
        reason = "what it chose has not been judged on fresh repeats"
        return Answer(replace(found, state="unfinished", reason=reason))
    except SynthliftError as error:
        return Answer(replace(found, state="failed", reason=str(error)))


def _answer_alone(found: Condition, number: int, seeds: Sequence[Ready], read: Runner) -> Answer:
    """A condition with a single candidate: there is no choice, so its own study is the answer."""
    study, repeats = seeds[0].study, pool(run_seeds(seeds, read))
    report = compare_repeats(study, repeats, look=_look_at(study, len(repeats)))
    if len(seeds) == 1:  # as the report of the job says; seeds that pool have been looked at alone
        looks = unplanned_looks(seeds[0].root, repeats, report)
        report = replace(report, warnings=(*report.warnings, *looks))
    found = _with_scores(found, number, repeats, seeds[0])
    return Answer(_answered(found, study, report), study, tuple(repeats))


def _look_at(study: Experiment, n_repeats: int) -> Look | None:
    """The planned look at which the study ended; None where none was planned."""
    if study.until_decided is None:
        return None
    looks = looks_of(study.until_decided, lambda: n_repeats)
    return next(look for look in looks if look.n_repeats == n_repeats)


def _answered(found: Condition, study: Experiment, report: Report) -> Condition:
    return replace(found, dataset=study.dataset.name, state="finished", report=report)


def _with_scores(found: Condition, number: int, repeats: Sequence[Repeat], of: Ready) -> Condition:
    """The condition with the scores on valid rows of one of its candidates, and what they took."""
    baselines = {name: arm.baseline for name, arm in of.study.arms.items()}
    scores = judge_valid(said_of_valid(repeats), of.study.scores, baselines)
    seconds = cost_arms(repeats, of.study.arms, of.root)
    costed = tuple(replace(s, seconds=seconds.get((s.arm, s.classifier))) for s in scores)
    candidates = [*found.candidates]
    candidates[number] = replace(candidates[number], n_repeats=len(repeats), scores=costed)
    return replace(found, candidates=tuple(candidates))


def _choose(
    found: Condition, ready: Mapping[int, Sequence[Ready]], read: Runner
) -> tuple[Condition, Contest]:
    """Choose on valid rows; what the best on test would have reported is noted beside it."""
    studies = {n: own[0].study for n, own in ready.items()}
    classifiers = name_classifiers([[*study.classifiers] for study in studies.values()])
    names = dict(zip(ready, classifiers, strict=True))
    lifts: dict[int, Sequence[Lift]] = {}
    counts: list[list[int]] = []
    by_repeat: dict[int, dict[Cell, Floats]] = {}
    failures, tested = {}, list[Ints]()
    for n, study in studies.items():  # one candidate in memory at a time
        seeds = run_seeds(ready[n], read)
        counts.append([len(repeats) for repeats in seeds])
        repeats = rename(pool(seeds), names[n])
        found = _with_scores(found, n, repeats, ready[n][0])
        failures[n] = failures_of(repeats)
        said = said_of_valid(repeats)
        by_repeat[n] = {cell: score_repeats(own, study.scores[0]) for cell, own in said.items()}
        tested = tested or tested_rows(repeats)
        lifts[n] = compare_repeats(study, repeats).primary
    first = next(iter(studies.values()))
    metric = first.scores[0].name if first.scores else ""
    chosen = choose({n: found.candidates[n].scores for n in ready}, metric)
    contest = Contest(
        ready,
        names,
        [max(same) for same in zip(*counts, strict=True)],
        by_repeat,
        tested,
        repeats[0].material.facts.regime,
    )
    is_open = any(choice.n_options > 1 for choice in chosen) or contest.has_looks
    return (
        replace(
            found,
            dataset=first.dataset.name,
            chosen=chosen,
            fresh=is_open and contest.regime == "fixed_test",
            naive=find_naive(lifts, chosen),
            notes=(*found.notes, *lost_arms(found.candidates, failures, chosen)),
        ),
        contest,
    )


def _answer_chosen(
    found: Condition, contest: Contest, read: Runner, make: Runner, say: Callable[[str], None]
) -> Answer:
    """Judge every arm as chosen: on fresh repeats, row by row, or where nothing was to choose."""

    def told(n: int) -> None:
        words = found.candidates[n].name
        say(f"{found.name}: judging {words} on repeats that the choice has not seen")

    study, repeats, shown = judge(contest, found.chosen, found.fresh, read, make, told)
    report = compare_repeats(study, repeats)
    if report.fidelity and len({choice.candidate for choice in found.chosen}) > 1:
        words = f"Fidelity and pictures are those of {found.candidates[shown].name}"
        found = replace(found, notes=(*found.notes, words))
    return Answer(_answered(found, study, report), study, tuple(repeats))
