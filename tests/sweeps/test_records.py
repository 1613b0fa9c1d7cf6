"""The plan and the records of a sweep: what a kill at any moment leaves readable."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from synthlift.core.errors import ConfigError, TrainingError
from synthlift.sweeps.records import is_sweep, open_sweep, read_plan, record_job

JOBS = [["seed=0", "generator.steps=4"], ["seed=1", "generator.steps=4"]]


def states(folder):
    return [(job.status, job.reason) for job in read_plan(folder).jobs]


def test_a_sweep_that_has_begun_nothing_lists_all_its_jobs(tmp_path):
    open_sweep(tmp_path, "synthlift -m a", JOBS)
    plan = read_plan(tmp_path)
    assert is_sweep(tmp_path)
    assert plan.command == "synthlift -m a"
    assert [list(job.overrides) for job in plan.jobs] == JOBS
    assert states(tmp_path) == [("not run", "")] * 2


def test_a_job_records_that_it_finished_and_where(tmp_path):
    open_sweep(tmp_path, "c", JOBS)
    with record_job(tmp_path / "deep" / "x=1", 1, JOBS[1]):
        pass
    found = read_plan(tmp_path).jobs[1]
    assert (found.status, found.folder) == ("finished", "deep/x=1")
    assert found.seconds >= 0


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TrainingError("the loss is not finite"), "the loss is not finite"),
        (ValueError("three"), "ValueError: three"),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_a_job_that_fails_records_why_and_lets_the_error_pass(tmp_path, error, reason):
    open_sweep(tmp_path, "c", JOBS)
    with pytest.raises(type(error)), record_job(tmp_path / "0", 0, JOBS[0]):
        raise error
    assert states(tmp_path)[0] == ("failed", reason)


def test_a_job_that_is_stopped_by_hand_is_interrupted(tmp_path):
    open_sweep(tmp_path, "c", JOBS)
    with pytest.raises(KeyboardInterrupt), record_job(tmp_path / "0", 0, JOBS[0]):
        raise KeyboardInterrupt
    assert states(tmp_path) == [("interrupted", "it was stopped"), ("not run", "")]


def test_a_job_that_is_killed_is_interrupted(tmp_path):
    open_sweep(tmp_path, "c", JOBS)
    code = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from synthlift.sweeps.records import record_job\n"
        f"with record_job(Path({str(tmp_path / '0')!r}), 0, {JOBS[0]!r}):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert [status for status, _ in states(tmp_path)] == ["interrupted", "not run"]


def test_a_record_of_other_settings_or_a_damaged_one_counts_as_none(tmp_path):
    open_sweep(tmp_path, "c", JOBS)
    with record_job(tmp_path / "0", 0, ["seed=7"]):
        pass
    (tmp_path / "1").mkdir()
    for damaged in ("{", "[1]", '{"num": 1, "overrides": 5, "status": "finished"}'):
        (tmp_path / "1" / "job.json").write_text(damaged)
        assert states(tmp_path) == [("not run", "")] * 2


def test_opening_again_forgets_what_an_earlier_sweep_left(tmp_path):
    open_sweep(tmp_path, "c", JOBS)
    with record_job(tmp_path / "0", 0, JOBS[0]):
        pass
    open_sweep(tmp_path, "c", JOBS)
    assert states(tmp_path) == [("not run", "")] * 2


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"command": 1, "jobs": 3})])
def test_a_damaged_plan_is_named(tmp_path, text):
    (tmp_path / "sweep.json").write_text(text)
    with pytest.raises(ConfigError, match=r"sweep\.json is damaged"):
        read_plan(tmp_path)


def test_overrides_round_trip_whatever_they_hold(tmp_path):
    odd = ["dataset.path='=cmd|<b>\\n\U0001f600'", "seed=0"]
    open_sweep(tmp_path, "c", [odd])
    with record_job(tmp_path / "0", 0, odd):
        pass
    assert read_plan(tmp_path).jobs[0].overrides == tuple(odd)
    assert states(tmp_path) == [("finished", "")]
