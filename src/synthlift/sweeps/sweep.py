"""The two ends of a sweep: gather, judge and write at its end, or again later from the store."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from synthlift.core.errors import StoreError
from synthlift.core.manifest import environment
from synthlift.core.results import Report
from synthlift.core.store import Store
from synthlift.evidence import exhibits, trial_rows
from synthlift.experiment import Experiment, Repeat
from synthlift.report.sweep import write_sweep
from synthlift.report.sweep_facts import fresh_sentence
from synthlift.report.write import write_report
from synthlift.say import say
from synthlift.stages.compute import Compute
from synthlift.sweeps.answer import AbsentError, Answer, answer
from synthlift.sweeps.grouping import group_jobs
from synthlift.sweeps.records import Plan, read_plan
from synthlift.sweeps.results import SweepReport
from synthlift.sweeps.studies import Runner
from synthlift.workers import read_study, run_study

Ran = tuple[Report, list[Repeat], Store]


def close_sweep(folder: Path) -> SweepReport:
    """Judge what the finished jobs left to choose from, then write the sweep's report.

    Under a fixed test the chosen are run on fresh repeats; what of these the store has already is
    not run again.
    """
    return _report(folder, _run, say)


def rebuild_sweep(folder: Path) -> SweepReport:
    """Write the report again from what the store has; nothing is run, what is missing is named."""
    return _report(folder, _read, lambda what: None)


def _run(study: Experiment, root: Path, compute: Compute) -> Ran:
    from synthlift.show import Watcher

    return run_study(study, root, compute, functools.partial(Watcher, n_stages=study.n_stages))


def _read(study: Experiment, root: Path, compute: Compute) -> Ran:
    try:
        return read_study(study, root, compute)
    except StoreError as error:
        raise AbsentError(str(error)) from error


def _report(folder: Path, make: Runner, say: Callable[[str], None]) -> SweepReport:
    plan, started = read_plan(folder), time.monotonic()
    stages = {"run": 0, "reused": 0}

    def counted(study: Experiment, root: Path, compute: Compute) -> Ran:
        ran = make(study, root, compute)
        stages["run"] += len(ran[2].executed)
        stages["reused"] += len(ran[2].reused)
        return ran

    answers = [
        _told(answer(group, folder, _read, counted, say), plan, folder, n)
        for n, group in enumerate(group_jobs(plan.jobs))
    ]
    for job in plan.jobs:
        for name, count in _provenance(folder / job.folder).get("stages", {}).items():
            stages[name] = stages.get(name, 0) + count
    seconds = sum(job.seconds or 0.0 for job in plan.jobs) + time.monotonic() - started
    provenance = {"seconds": round(seconds, 1), "stages": stages, "versions": environment()}
    if make is _read:  # what it took is said by the sweep, not by the reading
        provenance = _provenance(folder) or provenance
    report = SweepReport(
        plan.command, _metric(answers), plan.jobs, tuple(a.condition for a in answers), provenance
    )
    write_sweep(report, folder)
    return report


def _told(answered: Answer, plan: Plan, folder: Path, n: int) -> Answer:
    """The answer with its full report in a place; of a single job that is the job's own."""
    condition, study = answered.condition, answered.study
    if condition.report is None or study is None:
        return answered
    numbers = {num for candidate in condition.candidates for num in candidate.jobs}
    jobs = [job for job in plan.jobs if job.num in numbers]  # of a search some numbers may lack
    if len(jobs) == 1:
        return replace(answered, condition=replace(condition, folder=jobs[0].folder))
    provenance = {"command": plan.command, "condition": condition.name, "versions": environment()}
    report = replace(condition.report, provenance=provenance)
    place = f"results/{n}"
    rows = trial_rows(answered.repeats, study.scores)
    how = [fresh_sentence(condition)] if len(condition.candidates) > 1 else []
    with_notes = replace(report, notes=(*how, *condition.notes, *report.notes))
    write_report(with_notes, rows, exhibits(answered.repeats), folder / place)
    return replace(answered, condition=replace(condition, folder=place, report=report))


def _metric(answers: Sequence[Answer]) -> str:
    """The first metric of the first study: it chooses, and it carries the verdicts."""
    studies = (a.study for a in answers if a.study is not None and a.study.scores)
    return next((study.scores[0].name for study in studies), "accuracy")


def _provenance(folder: Path) -> dict[str, Any]:
    """What the report in a folder says of its own making; empty where there is none."""
    try:
        found = json.loads((folder / "report.json").read_text())["provenance"]
        return found if {"seconds", "stages"} <= set(found) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
