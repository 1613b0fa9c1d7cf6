"""Which candidates of a condition can be chosen: those whose studies all ran to their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from synthlift.core.results import Failure
from synthlift.core.text import count, settings_text
from synthlift.sweeps.grouping import ConditionGroup, JobGroup, role
from synthlift.sweeps.records import Job
from synthlift.sweeps.results import Candidate, Choice
from synthlift.sweeps.studies import Cell, Ready, read_job


def blank_candidates(groups: Sequence[JobGroup]) -> tuple[Candidate, ...]:
    """Candidates before anything is read."""
    return tuple(
        Candidate(
            group.overrides,
            tuple(job.num for job in group.jobs),
            "unfinished" if any(job.unfinished for job in group.jobs) else "finished",
            next((job.reason for job in group.jobs if job.reason), ""),
        )
        for group in groups
    )


def read_jobs(groups: Sequence[JobGroup], folder: Path) -> list[dict[int, Ready]]:
    """For every candidate its finished studies by seed; the same job given twice counts once."""
    ready: list[dict[int, Ready]] = []
    for group in groups:
        studies = [read_job(folder / job.folder) for job in group.jobs if job.status == "finished"]
        ready.append({r.study.seed: r for r in sorted(studies, key=lambda r: r.study.seed)})
    return ready


def find_eligible(
    groups: Sequence[JobGroup], ready: Sequence[Mapping[int, Ready]]
) -> tuple[Candidate, ...]:
    """Candidates that finished every seed that any of them finished; the others have failed."""
    seeds = sorted({seed for studies in ready for seed in studies})
    found = []
    for candidate, studies in zip(blank_candidates(groups), ready, strict=True):
        lacking = [str(seed) for seed in seeds if seed not in studies]
        if not studies or lacking:
            reason = candidate.reason or f"it has no result for seed {', '.join(lacking)}"
            found.append(replace(candidate, state="failed", reason=reason))
        else:
            found.append(replace(candidate, state="finished", reason=""))
    return tuple(found)


def lost_jobs(group: ConditionGroup) -> tuple[str, ...]:
    """What every failed job means for the answer; nothing where the same job finished, too."""
    finished = {
        job.overrides for own in group.candidates for job in own.jobs if job.status == "finished"
    }
    return tuple(
        f"{_own_words(job, candidate)} failed and is no part of the answer: {job.reason}"
        for candidate in group.candidates
        for job in candidate.jobs
        if job.status == "failed" and job.overrides not in finished
    )


def lost_arms(
    candidates: Sequence[Candidate],
    failures: Mapping[int, Mapping[Cell, Sequence[Failure]]],
    chosen: Sequence[Choice],
) -> tuple[str, ...]:
    """What every arm that failed in a candidate means for the choice.

    failures: by candidate, those of every arm under every classifier that has any.
    """
    left = {(choice.arm, choice.classifier) for choice in chosen}
    found, cells = [], list(dict.fromkeys(cell for own in failures.values() for cell in own))
    for n, own in failures.items():
        for (arm, classifier), failed in own.items():
            found.append(
                f"{candidates[n].name}: {arm} ({classifier}) failed in {len(failed)} of "
                f"{count(candidates[n].n_repeats, 'repeat')}, so it can't be chosen for that arm: "
                f"{failed[0].reason}"
            )
    found += [
        f"{arm} ({classifier}) failed in every candidate that has it, so there is no answer for it"
        for arm, classifier in cells
        if (arm, classifier) not in left
    ]
    return tuple(found)


def _own_words(job: Job, candidate: JobGroup) -> str:
    seeds = (override for override in job.overrides if role(override) == "repeat")
    return settings_text([*candidate.overrides, *seeds]) or "the study"
