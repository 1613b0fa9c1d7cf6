"""Leases of pretended GPUs, by real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from joblib import Parallel, delayed

from synthlift.core.errors import ConfigError
from synthlift.stages import lease as module
from synthlift.stages.lease import free_places, lease, locks_folder

TWO = ["a", "b"]
HOLD = """
import sys, time
from pathlib import Path
from synthlift.stages.lease import lease
with lease(["a"], folder=Path(sys.argv[1])) as places:
    print(places, flush=True)
    time.sleep(60)
"""


def work(folder, seconds, share=1, n=1):
    """What one task of a worker does: when it began and ended, on which device, in which process.

    seconds: that it works; each process takes its device again within, as nested stages do.
    """
    with lease(TWO, n, share, folder) as places:
        began = time.monotonic()
        with lease(TWO, 1, share, folder) as again:
            time.sleep(seconds)
        assert again[0] in places
        return began, time.monotonic(), places, os.getpid()


@pytest.fixture(scope="module")
def pool():
    with Parallel(n_jobs=2, backend="loky") as parallel:
        yield parallel


def overlapping(tasks):
    """Pairs of tasks of different processes that were at work at the same time."""
    return [
        (a, b)
        for i, a in enumerate(tasks)
        for b in tasks[:i]
        if a[3] != b[3] and a[0] < b[1] and b[0] < a[1]
    ]


def test_jobs_of_one_reused_pool_never_share_a_device(pool, tmp_path):
    first = pool(delayed(work)(tmp_path, 0.4) for _ in range(2))
    second = pool(delayed(work)(tmp_path, 0.4) for _ in range(4))
    assert {task[3] for task in first} == {task[3] for task in second}, "the workers are re-used"
    for tasks in (first, second):
        assert {task[2][0] for task in tasks} == {0, 1}
        pairs = overlapping(tasks)
        assert pairs
        assert all(a[2] != b[2] for a, b in pairs)
    devices = {(task[3], task[2][0]) for task in first + second}
    assert len(devices) == 2, "each worker keeps to the device that it had first"


def test_two_share_one_device_only_where_it_has_places_for_two(pool, tmp_path):
    tasks = pool(delayed(alone_on)(tmp_path, share) for share in (2, 2))
    assert overlapping(tasks)
    assert {task[2][0] for task in tasks} == {0}
    assert not overlapping(pool(delayed(alone_on)(tmp_path, share) for share in (1, 1)))


def alone_on(folder, share):
    with lease(["a"], 1, share, folder) as places:
        began = time.monotonic()
        time.sleep(0.4)
        return began, time.monotonic(), places, os.getpid()


def test_whoever_wants_both_gets_them_amid_others_who_want_one(pool, tmp_path):
    tasks = pool(delayed(work)(tmp_path, 0.1, n=n) for n in (1, 2, 1, 1, 2, 1))
    assert [len(task[2]) for task in tasks] == [1, 2, 1, 1, 2, 1]
    assert all(not set(a[2]) & set(b[2]) for a, b in overlapping(tasks))


def test_a_killed_holder_frees_its_device(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == "[0]\n"
        assert free_places(["a", "b"], 2, tmp_path) == [1, 2]
        with lease(TWO, folder=tmp_path) as places:
            assert places == [1]
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with lease(["a"], folder=tmp_path) as places:
        assert places == [0]
    assert free_places(TWO, 1, tmp_path) == [1, 1]


def test_threads_of_a_process_use_its_device_together(tmp_path):
    together = threading.Barrier(2, timeout=10)

    def use(_):
        with lease(["a"], folder=tmp_path) as places:
            together.wait()
            return places

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(use, range(2))) == [[0], [0]]
    assert free_places(["a"], 1, tmp_path) == [1]


def test_the_folder_of_the_locks_has_to_be_ones_own(tmp_path, monkeypatch):
    monkeypatch.setattr(module.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = locks_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(ConfigError, match=r"is not a folder that is yours alone.*TMPDIR"):
        locks_folder()
