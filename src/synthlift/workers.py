"""Share the repeats of a study out among processes.

The processes meet in the store; how far they are is shown.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from synthlift.core.errors import StoreError, SynthliftError
from synthlift.core.lifeline import end_with
from synthlift.core.results import Report
from synthlift.core.store import Store
from synthlift.experiment import Experiment, Repeat, run, run_repeat
from synthlift.stages.compute import Compute

Watch = Callable[[int, str, int, int], None]  # which repeat, from 0; stage, steps done, in all
Watching = Callable[[int], AbstractContextManager[Watch]]  # for so many repeats
_events: Any = None  # in a worker: the queue to the process that shows progress


def run_study(
    study: Experiment, root: Path, compute: Compute, watching: Watching
) -> tuple[Report, list[Repeat], Store]:
    """Make whatever the store lacks, in parallel, then read the whole study from it.

    A study whose artifacts are all there starts no process and imports no torch.
    """
    try:
        return read_study(study, root, compute)
    except StoreError:
        pass
    store = Store(root)

    def make(numbers: range) -> None:
        store.executed.update(fill(study, root, compute, watching, numbers))

    report, repeats = run(study, store, compute, make)
    for key in store.executed:
        store.reused.pop(key, None)
    return report, repeats, store


def read_study(
    study: Experiment, root: Path, compute: Compute
) -> tuple[Report, list[Repeat], Store]:
    """The study from what the store has; a StoreError names what is missing."""
    store = Store(root, frozen=True)
    return *run(study, store, compute), store


def fill(
    study: Experiment, root: Path, compute: Compute, watching: Watching, numbers: range
) -> dict[str, str]:
    """Run these repeats in worker processes; the artifacts that were made, as key -> stage.

    Jobs at once begin with different repeats: they train different GANs that they share, instead of
    waiting for one another.
    """
    executed: dict[str, str] = {}
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # read by the libraries when a worker loads them
    context = multiprocessing.get_context("spawn")
    events = context.Queue()
    size = compute.n_workers(len(numbers))
    pool = ProcessPoolExecutor(size, context, _start, (events, os.getpid()))
    try:
        places = rotated(len(numbers), compute.rotation)
        jobs = [pool.submit(_work, study, root, compute, numbers[place], place) for place in places]
        with watching(len(numbers)) as watch:
            _follow(jobs, events, watch)
        for job in sorted(jobs, key=lambda job: not job.done()):  # a failed one ends the others
            executed.update(job.result())
    except BaseException as error:
        for process in list((pool._processes or {}).values()):
            with contextlib.suppress(OSError, ValueError):  # it may have ended by itself
                process.kill()  # the store survives it; Lightning swallows a gentler signal
        if isinstance(error, BrokenProcessPool):
            raise SynthliftError(
                "a worker process was ended from outside, perhaps for want of memory; what it had "
                "finished is in the store: run the same command again, with compute.workers=1 if "
                "memory is short"
            ) from error
        raise
    finally:
        with contextlib.suppress(OSError):  # of pipes that a killed worker has closed
            pool.shutdown(cancel_futures=True)
    return executed


def rotated(n: int, first: int) -> list[int]:
    """0 to n - 1, begun at `first`, which may be any number.

    >>> rotated(3, 0), rotated(3, 1), rotated(3, 5)
    ([0, 1, 2], [1, 2, 0], [2, 0, 1])
    """
    return [(first + i) % n for i in range(n)]


def _follow(jobs: list[Future[dict[str, str]]], events: Any, watch: Watch) -> None:
    """Hand progress on until every job has ended, or one has failed."""
    while not all(job.done() for job in jobs):
        if any(job.done() and job.exception() for job in jobs):
            return
        with contextlib.suppress(queue.Empty):
            watch(*events.get(timeout=0.2))


def _start(events: Any, parent: int) -> None:
    """In a new worker: an end when the parent is gone."""
    global _events
    _events = events
    end_with(parent)


def _work(
    study: Experiment, root: Path, compute: Compute, repeat: int, place: int
) -> dict[str, str]:
    """Run a repeat; place: its number among those that are at work, from 0."""

    def watch(stage: str, done: int, total: int) -> None:
        _events.put((place, stage, done, total))

    store = Store(root, watch=watch)
    run_repeat(study, store, compute, repeat)
    _events.put((place, "finished", 1, 1))
    return store.executed
