"""The answer of one condition: choose among its candidates on valid, judge the chosen on test.

With nothing to choose the studies that ran are the answer. Else the chosen candidates run once more
on fresh repeats, which the choice has not seen, and the lifts and verdicts are those (PROTOCOL 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthlift.core.errors import StoreError, SynthliftError
from synthlift.core.results import Lift, Report
from synthlift.experiment import Experiment, Repeat, compare_repeats
from synthlift.sweeps.candidates import blank_candidates, find_eligible, lost_jobs, read_jobs
from synthlift.sweeps.choosing import choose, judge_valid, name_classifiers
from synthlift.sweeps.grouping import ConditionGroup
from synthlift.sweeps.results import Choice, Condition, Naive
from synthlift.sweeps.studies import (
    Ready,
    Runner,
    combine,
    narrow,
    pool,
    rename,
    run_seeds,
    said_of_valid,
)


class AbsentError(StoreError):
    """Part of a sweep that the store does not have, or not any more."""


@dataclass(frozen=True)
class Answer:
    """A condition, and what its full report is made of; None without one of its own."""

    condition: Condition
    study: Experiment | None = None
    repeats: tuple[Repeat, ...] = ()


@dataclass(frozen=True)
class Contest:
    """The candidates of a condition that can be chosen, by number; the same seeds for each.

    names: a candidate's own classifiers -> the names under which they compete. n_repeats: of each
    seed.
    """

    ready: Mapping[int, Sequence[Ready]]
    names: Mapping[int, Mapping[str, str]]
    n_repeats: Mapping[int, Sequence[int]]

    def study(self, number: int) -> Experiment:
        return self.ready[number][0].study


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
        fit = {n: ready[n] for n, c in enumerate(found.candidates) if c.state == "finished"}
        if not fit:
            reason = next((c.reason for c in found.candidates if c.reason), "nothing has run")
            return Answer(replace(found, state="failed", reason=reason))
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


def _answer_alone(
    found: Condition, number: int, seeds: Mapping[int, Ready], read: Runner
) -> Answer:
    """A condition with a single candidate: there is no choice, so its own study is the answer."""
    study = next(iter(seeds.values())).study
    repeats = pool(run_seeds([*seeds.values()], read))
    report = compare_repeats(study, repeats)
    found = _with_scores(found, number, repeats, study)
    return Answer(_answered(found, study, report), study, tuple(repeats))


def _answered(found: Condition, study: Experiment, report: Report) -> Condition:
    return replace(found, dataset=study.dataset.name, state="finished", report=report)


def _with_scores(
    found: Condition, number: int, repeats: Sequence[Repeat], study: Experiment
) -> Condition:
    """The condition with the scores on valid rows of one of its candidates."""
    scores = judge_valid(said_of_valid(repeats), study.scores)
    candidates = [*found.candidates]
    candidates[number] = replace(candidates[number], n_repeats=len(repeats), scores=scores)
    return replace(found, candidates=tuple(candidates))


def _choose(
    found: Condition, fit: Mapping[int, Mapping[int, Ready]], read: Runner
) -> tuple[Condition, Contest]:
    """Choose on valid rows; what the best on test would have reported is noted beside it."""
    ready = {n: [*seeds.values()] for n, seeds in fit.items()}
    studies = {n: own[0].study for n, own in ready.items()}
    classifiers = name_classifiers([[*study.classifiers] for study in studies.values()])
    names = dict(zip(ready, classifiers, strict=True))
    lifts: dict[int, Sequence[Lift]] = {}
    n_repeats: dict[int, list[int]] = {}
    for n, study in studies.items():  # one candidate in memory at a time
        seeds = run_seeds(ready[n], read)
        n_repeats[n] = [len(repeats) for repeats in seeds]
        repeats = rename(pool(seeds), names[n])
        found = _with_scores(found, n, repeats, study)
        lifts[n] = compare_repeats(study, repeats).primary
    first = next(iter(studies.values()))
    metric = first.scores[0].name if first.scores else ""
    chosen = choose({n: found.candidates[n].scores for n in ready}, metric)
    fresh = any(choice.n_options > 1 for choice in chosen)
    naive = _naive(lifts, chosen) if fresh else ()
    found = replace(found, dataset=first.dataset.name, chosen=chosen, fresh=fresh, naive=naive)
    return found, Contest(ready, names, n_repeats)


def _answer_chosen(
    found: Condition, contest: Contest, read: Runner, make: Runner, say: Callable[[str], None]
) -> Answer:
    """Judge every arm as chosen: on fresh repeats, or on the first where nothing was to choose."""
    lead, parts = _lead(contest, found.chosen), {}
    for n in dict.fromkeys(choice.candidate for choice in found.chosen):
        arms = {choice.arm for choice in found.chosen if choice.candidate == n}
        studies = [
            narrow(ready, arms, count, count if found.fresh else 0)
            for ready, count in zip(contest.ready[n], contest.n_repeats[n], strict=True)
        ]
        if found.fresh:
            words = found.candidates[n].name
            say(f"{found.name}: judging {words} on repeats that the choice has not seen")
        parts[n] = rename(pool(run_seeds(studies, make if found.fresh else read)), contest.names[n])
    repeats = combine(parts, found.chosen, lead)
    study = _merge(contest, found.chosen, lead)
    n_options = max(choice.n_options for choice in found.chosen) if found.fresh else 1
    report = _cautioned(compare_repeats(study, repeats, n_options), n_options)
    if report.fidelity and len(parts) > 1:
        shown = f"Fidelity and pictures are those of {found.candidates[lead].name}"
        found = replace(found, notes=(*found.notes, shown))
    return Answer(_answered(found, study, report), study, tuple(repeats))


def _cautioned(report: Report, n_options: int) -> Report:
    """Say so where fresh repeats don't undo the luck of a choice: small pools lack fresh rows."""
    if n_options == 1 or report.regime != "small_pool":
        return report
    caution = (
        f"the pool is small: rows that chose among {n_options} candidates come again as test rows "
        "of the fresh repeats; the intervals of the primary questions are wider for it, but the "
        "lifts themselves may still be too high; a fixed test set (split.n_per_class and "
        "split.n_valid that leave two thirds of the rows free) has no such luck in it"
    )
    return replace(report, warnings=(*report.warnings, caution))


def _lead(contest: Contest, chosen: Sequence[Choice]) -> int:
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


def _naive(lifts: Mapping[int, Sequence[Lift]], chosen: Sequence[Choice]) -> tuple[Naive, ...]:
    """For every primary question with a choice in it: the candidate that looks best on test."""
    open_cells = {(choice.arm, choice.classifier) for choice in chosen if choice.n_options > 1}
    asked: dict[tuple[str, str, str], dict[int, Lift]] = {}
    for n, own in lifts.items():
        for lift in own:
            asked.setdefault((lift.arm, lift.baseline, lift.classifier), {})[n] = lift
    found = []
    for (arm, baseline, classifier), having in asked.items():
        if {(arm, classifier), (baseline, classifier)} & open_cells:
            largest = max(having, key=lambda n: having[n].mean)
            found.append(Naive(largest, len(having), having[largest]))
    return tuple(found)
