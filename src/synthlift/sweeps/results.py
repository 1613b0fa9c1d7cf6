"""What a sweep found, ready to be shown: jobs, conditions, candidates, choices."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from synthlift.core.results import Lift, Report
from synthlift.core.text import settings_text
from synthlift.sweeps.records import Job, job_to_json

State = Literal["finished", "failed", "unfinished"]


@dataclass(frozen=True)
class ValidScore:
    """How an arm of a candidate did on validation rows: a mean over all its repeats per metric.

    made_of: a digest of its predictions; two candidates that train the same thing share it. lift:
    of the first metric, over the arm's baseline in the same candidate. seconds: what the arm took
    in a repeat (costs.py).
    """

    arm: str
    classifier: str
    valid: dict[str, float | None]
    made_of: str
    baseline: str = ""
    lift: float | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Choice:
    """Which candidate an arm takes; n_options: different ones there were, 1 is no choice."""

    arm: str
    classifier: str
    candidate: int
    n_options: int


@dataclass(frozen=True)
class Naive:
    """What picking the best of n candidates on the test rows would have reported: a warning."""

    candidate: int
    n_candidates: int
    lift: Lift


@dataclass(frozen=True)
class Candidate:
    """One setting among which is chosen; jobs: their numbers; n_repeats: of all seeds together."""

    overrides: tuple[str, ...]
    jobs: tuple[int, ...]
    state: State
    reason: str = ""
    n_repeats: int = 0
    scores: tuple[ValidScore, ...] = ()

    @property
    def name(self) -> str:
        """What sets the candidate apart from the others."""
        return settings_text(self.overrides) or "the study"


@dataclass(frozen=True)
class Condition:
    """One question of a sweep, answered by `report`, or by `reason` where there is no answer.

    fresh: whether the report is on repeats that the choice had not seen. folder: where the whole
    report lies, below the sweep's folder.
    """

    overrides: tuple[str, ...]
    dataset: str
    state: State
    reason: str
    candidates: tuple[Candidate, ...]
    chosen: tuple[Choice, ...] = ()
    naive: tuple[Naive, ...] = ()
    fresh: bool = False
    report: Report | None = None
    folder: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What sets the condition apart, else its dataset."""
        return " ".join(self.overrides) or self.dataset or "the study"

    @property
    def by_row(self) -> bool:
        """Whether each test row was judged by a candidate that was chosen without it."""
        return not self.fresh and any(choice.n_options > 1 for choice in self.chosen)


@dataclass(frozen=True)
class SweepReport:
    """The record of a sweep; metric: the one that was chosen by and that carries the verdicts."""

    command: str
    metric: str
    jobs: tuple[Job, ...]
    conditions: tuple[Condition, ...]
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def shared(self) -> list[str]:
        """Overrides that all jobs have, in their order."""
        settings = [job.overrides for job in self.jobs]
        return [o for o in settings[0] if all(o in own for own in settings)] if settings else []

    def _words(self, job: Job) -> str:
        shared = self.shared
        own = [override for override in job.overrides if override not in shared]
        return f"job {job.num} ({settings_text(own or job.overrides)})"

    @property
    def failures(self) -> list[str]:
        """A line for every job that failed, and for every answer that failed for another reason."""
        lines = [f"{self._words(job)}: {job.reason}" for job in self.jobs if job.status == "failed"]
        said = {job.reason for job in self.jobs}
        return lines + [
            f"{condition.name}: {condition.reason}"
            for condition in self.conditions
            if condition.state == "failed" and condition.reason not in said
        ]

    @property
    def unfinished(self) -> list[str]:
        """A line for every job or confirmation that the same command would still run."""
        lines = [
            f"{self._words(job)}: {job.reason or job.status}" for job in self.jobs if job.unfinished
        ]
        open_jobs = {job.num for job in self.jobs if job.unfinished}
        return lines + [
            f"{condition.name}: {condition.reason}"
            for condition in self.conditions
            if condition.state == "unfinished"
            and not any(open_jobs & set(candidate.jobs) for candidate in condition.candidates)
        ]

    def to_json(self) -> dict[str, Any]:
        """The contract of a sweep's report.json, version 1; None where there is no number."""
        return {
            "schema": 1,
            "kind": "sweep",
            "command": self.command,
            "metric": self.metric,
            "jobs": [job_to_json(job) for job in self.jobs],
            "conditions": [_condition_to_json(condition) for condition in self.conditions],
            "provenance": self.provenance,
        }


def _condition_to_json(condition: Condition) -> dict[str, Any]:
    fields = asdict(condition)
    for candidate in fields["candidates"]:
        for score in candidate["scores"]:
            del score["made_of"]
    report = condition.report.to_json() if condition.report else None
    return {**fields, "by_row": condition.by_row, "report": report}
