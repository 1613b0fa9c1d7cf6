"""What a sweep leaves on the disk: its plan, before the first job, and a record of every job.

Each is one small JSON file, whole or as it was before, so that a sweep that was killed at any
moment can still say which of its jobs are finished, which failed and why, and which are missing.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from synthlift.core.errors import ConfigError, SynthliftError
from synthlift.report.write import replace_file

PLAN, RECORD = "sweep.json", "job.json"
Status = Literal["finished", "failed", "interrupted", "not run"]
STOPPED = "it was stopped before its end, or is still running"


@dataclass(frozen=True)
class Job:
    """One study of a sweep; overrides as typed, folder below that of the sweep."""

    num: int
    overrides: tuple[str, ...]
    folder: str
    status: Status = "not run"
    reason: str = ""
    seconds: float | None = None

    @property
    def unfinished(self) -> bool:
        """Whether the same command would still run it."""
        return self.status in ("interrupted", "not run")


@dataclass(frozen=True)
class Plan:
    """The command of a sweep and all its jobs, with how far each has come."""

    command: str
    jobs: tuple[Job, ...]


def open_sweep(folder: Path, command: str, jobs: Sequence[Sequence[str]] | None) -> None:
    """Write down, before the first job, the command and the overrides of every job.

    jobs: None for a search, whose jobs are those that leave a record. Records that an earlier sweep
    left in the same folder are removed.
    """
    for record in folder.rglob(RECORD):
        record.unlink()
    planned = None if jobs is None else [list(overrides) for overrides in jobs]
    plan = {"schema": 1, "command": command, "jobs": planned}
    replace_file(folder / PLAN, json.dumps(plan, indent=1) + "\n")


@contextlib.contextmanager
def record_job(folder: Path, num: int, overrides: Sequence[str]) -> Iterator[None]:
    """Record in the job's own folder how the block ends; its error goes on to the caller."""
    started = time.monotonic()

    def record(status: str, reason: str = "") -> None:
        seconds = round(time.monotonic() - started, 1)
        fields = {"num": num, "overrides": list(overrides), "status": status, "reason": reason}
        replace_file(folder / RECORD, json.dumps({**fields, "seconds": seconds}, indent=1) + "\n")

    record("running")
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        record("interrupted", "it was stopped")
        raise
    except Exception as error:
        record("failed", _reason(error))
        raise
    record("finished")


def _reason(error: Exception) -> str:
    said = str(error).strip() or str(error.__cause__ or "").strip()
    if isinstance(error, SynthliftError) and said:
        return said
    return f"{type(error).__name__}: {said}".removesuffix(": ")


def is_sweep(folder: Path) -> bool:
    """Whether this is the folder of a sweep."""
    return (folder / PLAN).is_file()


def read_plan(folder: Path) -> Plan:
    """The plan of a sweep and the state of its jobs; a ConfigError if its plan can't be read."""
    try:
        plan = json.loads((folder / PLAN).read_text())
        command, planned = plan["command"], plan["jobs"]
        listed = {n: tuple(overrides) for n, overrides in enumerate(planned or [])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{folder} is not the folder of a sweep, or its {PLAN} is damaged: {error}"
        ) from error
    records = dict(sorted(_records(folder), key=lambda found: found[0]))
    if planned is None:
        listed = {num: tuple(record["overrides"]) for num, record in records.items()}
    jobs = (Job(num, overrides, str(num)) for num, overrides in listed.items())
    return Plan(str(command), tuple(_with_record(job, records.get(job.num)) for job in jobs))


def _records(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The record of every job that has one; a damaged one counts as none."""
    for path in folder.rglob(RECORD):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            record = json.loads(path.read_text())
            place = path.parent.relative_to(folder).as_posix()
            overrides = list(map(str, record["overrides"]))
            yield int(record["num"]), {**record, "overrides": overrides, "folder": place}


def _with_record(job: Job, record: dict[str, Any] | None) -> Job:
    if record is None or record.get("overrides") != list(job.overrides):
        return job
    seconds, place = record.get("seconds"), record["folder"]
    if record.get("status") == "finished":
        return replace(job, folder=place, status="finished", seconds=seconds)
    reason = str(record.get("reason") or STOPPED)
    status: Status = "failed" if record.get("status") == "failed" else "interrupted"
    return replace(job, folder=place, status=status, reason=reason, seconds=seconds)


def job_to_json(job: Job) -> dict[str, Any]:
    """A job in report.json."""
    return {**asdict(job), "overrides": list(job.overrides)}
