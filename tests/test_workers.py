"""Repeats shared out among processes: the same bytes, progress, and an end in words."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from dataclasses import replace

import pytest
from omegaconf import OmegaConf

from synthlift.configure import experiment
from synthlift.core.errors import DataError, StoreError, SynthliftError
from synthlift.core.store import Store
from synthlift.experiment import run
from synthlift.stages.compute import Compute
from synthlift.workers import fill, read_study, run_study

ONE = Compute("cpu", 0, 1, 1)


@pytest.fixture
def watching():
    """What hears of progress: (repeat, stage, done, total), and for how many repeats."""
    heard = []

    @contextlib.contextmanager
    def watch(n_repeats):
        heard.append(n_repeats)
        yield lambda *event: heard.append(event)

    watch.heard = heard
    return watch


@pytest.fixture
def study(tiny):
    return tiny("arm=[real]", "n_repeats=2")


@pytest.fixture
def smoke_study(smoke):
    """The study that the session's smoke run was."""
    return experiment(OmegaConf.to_container(OmegaConf.load(smoke.run / "config.yaml")))[0]


def artifacts(contents, root):
    """Every file of every artifact, but manifests and locks."""
    files = contents(root)
    return {
        name: b
        for name, b in files.items()
        if not name.startswith(("locks/", "looks/")) and not name.endswith("manifest.json")
    }


def test_two_workers_leave_the_same_bytes_as_one_process(
    smoke, smoke_study, cpu, contents, tmp_path
):
    run(smoke_study, Store(tmp_path), cpu)
    one, two = (artifacts(contents, root) for root in (tmp_path, smoke.store))
    assert len(one) > 80
    assert one == two


def test_a_study_that_is_all_there_starts_no_process(smoke, smoke_study, watching):
    _, _, store = run_study(smoke_study, smoke.store, ONE, watching)
    assert watching.heard == []
    assert store.frozen


def test_a_study_that_is_not_there_cannot_be_read(study, tmp_path):
    with pytest.raises(StoreError, match="run the study again to make this read_dataset"):
        read_study(study, tmp_path, ONE)
    assert not (tmp_path / "make_splits").exists()


def nothing_is_left_running():
    """Whether the workers that were told to end do end; it may take them a moment."""
    for _ in range(200):
        ours = (p for p in multiprocessing.active_children() if "Loky" not in type(p).__name__)
        if not any(ours):  # joblib keeps those of other tests for a while
            return True
        time.sleep(0.1)
    return False


def test_an_error_of_a_worker_is_the_error_of_the_study(study, watching, tmp_path):
    greedy = replace(study, split=replace(study.split, n_per_class=500))
    with pytest.raises(DataError, match="500 train samples of class"):
        fill(greedy, tmp_path, ONE, watching, range(2))
    assert nothing_is_left_running()
    assert watching.heard[0] == 2
    assert {(stage, done) for _, stage, done, _ in watching.heard[1:]} == {
        ("read_dataset", 0),
        ("make_splits", 0),
    }


def test_a_failed_study_ends_its_own_workers_only(study, watching, tmp_path):
    greedy = replace(study, split=replace(study.split, n_per_class=500))
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    other.start()
    try:
        with pytest.raises(DataError):
            fill(greedy, tmp_path, ONE, watching, range(2))
        assert other.is_alive()
    finally:
        other.kill()
        other.join()


def test_a_worker_that_is_killed_is_said_to_be_so_and_nothing_is_left_running(study, tmp_path):
    @contextlib.contextmanager
    def watching(n_repeats):
        def kill(*event):
            for child in multiprocessing.active_children():
                os.kill(child.pid, signal.SIGKILL)

        yield kill

    with pytest.raises(SynthliftError, match=r"ended from outside.*run the same command again"):
        fill(study, tmp_path, ONE, watching, range(study.n_repeats))
    assert nothing_is_left_running()
    assert list(Store(tmp_path).root.glob("*/*.tmp")) == []


def test_a_user_who_stops_leaves_nothing_running(tiny, tmp_path):
    study = tiny("arm=[real]", "n_repeats=1", "classifier.cnn.steps=5000")

    @contextlib.contextmanager
    def watching(n_repeats):
        def stop(*event):
            raise KeyboardInterrupt

        yield stop

    with pytest.raises(KeyboardInterrupt):
        fill(study, tmp_path, ONE, watching, range(study.n_repeats))
    assert nothing_is_left_running()
    assert not (tmp_path / "predict").exists(), "the worker was waited for, not ended"
