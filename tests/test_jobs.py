"""A job of a sweep in another process: our checks hold there, and it ends with who launched it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time

import pytest

from synthlift.jobs import SweepJob
from synthlift.precheck import Asked

ARRIVE = """
import logging.config, pickle, sys
job = pickle.load(sys.stdin.buffer)
logging.config.dictConfig({"version": 1, "handlers": {"x": {"class": "os.mkdir"}}})
print(job.asked.words)
"""
OUTLIVE = """
import sys, time
from synthlift.core.lifeline import end_with
end_with(int(sys.argv[1]))
print("tied", flush=True)
time.sleep(60)
"""

HEAR = """
import time
from synthlift.core.lifeline import end_with_input
end_with_input()
print("tied", flush=True)
time.sleep(60)
"""


def test_a_job_that_arrives_in_another_process_lets_nothing_configure_logging_there():
    sent = pickle.dumps(SweepJob(Asked(("seed=0",))))
    done = subprocess.run([sys.executable, "-c", ARRIVE], input=sent, capture_output=True)
    assert done.stdout.decode().strip() == "('seed=0',)", done.stderr.decode()


def test_a_process_ends_with_the_one_it_works_for_even_if_nobody_buries_it():
    launcher = subprocess.Popen(["sleep", "60"])
    words = [sys.executable, "-c", OUTLIVE, str(launcher.pid)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "tied\n"
        time.sleep(0.7)
        assert worker.poll() is None
        launcher.kill()  # and it stays a zombie until the end of this test
        assert worker.wait(timeout=10) == 1
    launcher.wait()


def test_a_process_ends_with_its_input():
    words = [sys.executable, "-c", HEAR]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"tied\n"
        assert worker.poll() is None
        worker.stdin.close()
        assert worker.wait(timeout=10) == 1


def test_a_process_ends_at_once_where_there_is_none_to_work_for():
    gone = subprocess.Popen(["true"])
    gone.wait()
    done = subprocess.run([sys.executable, "-c", OUTLIVE, str(gone.pid)], timeout=30)
    assert done.returncode == 1


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")
def test_a_process_whose_number_another_one_has_is_not_the_same():
    from synthlift.core.lifeline import _birth

    assert _birth(os.getpid()) == _birth(os.getpid()) != _birth(1)
