"""Every logger: opens, takes a curve, closes; refused with the command where its package lacks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from synthlift import configure
from synthlift.core.errors import ConfigError
from synthlift.loggers import base
from synthlift.loggers.csv import Csv
from synthlift.stages.compute import Compute, Tracked, track

CONF = Path(__file__).parents[2] / "conf" / "logger"
NAMES = sorted(path.stem for path in CONF.glob("*.yaml"))
CPU = Compute("cpu", 0, None, 1)
ROW = {"generator_loss": 0.5, "critic_loss": 1.25}


def made(name, compose):
    return configure.logger(compose(f"logger={name}"))


def usable(name, compose):
    if why := made(name, compose).check():
        pytest.skip(why)
    return made(name, compose)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore")  # of the packages themselves
def test_two_trainings_one_after_the_other_are_logged_apart(name, compose, tmp_path):
    logger = usable(name, compose)
    for repeat in (0, 1):
        with logger.open(tmp_path, f"repeat_{repeat}/generator") as opened:
            for step in (1, 2):
                for one in opened:
                    one.log_metrics(ROW, step)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert bool(files) == (name != "csv")


@pytest.mark.filterwarnings("ignore")
def test_the_event_file_is_read_back_by_tensorboard(compose, tmp_path):
    logger = usable("tensorboard", compose)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with logger.open(tmp_path, "repeat_0/generator") as (one,):
        one.log_metrics(ROW, 7)
    read = EventAccumulator(str(tmp_path / "tensorboard" / "repeat_0" / "generator"))
    read.Reload()
    assert [(event.step, event.value) for event in read.Scalars("critic_loss")] == [(7, 1.25)]


@pytest.mark.filterwarnings("ignore")
def test_the_database_of_mlflow_holds_name_state_and_curve(compose, tmp_path):
    logger = usable("mlflow", compose)
    with logger.open(tmp_path, "repeat_0/generator") as (one,):
        one.log_metrics(ROW, 7)
    with pytest.raises(KeyError), logger.open(tmp_path, "repeat_1/generator"):
        raise KeyError
    with closing(sqlite3.connect(tmp_path / "mlflow" / "mlflow.db")) as database:
        runs = set(database.execute("select name, status from runs"))
        rows = set(database.execute("select key, value, step from metrics"))
    assert runs == {("repeat_0/generator", "FINISHED"), ("repeat_1/generator", "FAILED")}
    assert rows == {("generator_loss", 0.5, 7), ("critic_loss", 1.25, 7)}


@pytest.mark.filterwarnings("ignore")
def test_wandb_stays_offline(compose, tmp_path):
    logger = usable("wandb", compose)
    with logger.open(tmp_path, "repeat_0/generator") as (one,):
        one.log_metrics(ROW, 7)
    (kept,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    assert b"critic_loss" in kept.read_bytes()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "csv"])
def test_a_missing_package_is_refused_with_the_command(name, compose, monkeypatch, tmp_path):
    monkeypatch.setattr(base, "find_spec", lambda package: None)
    with pytest.raises(ConfigError, match=f"pip install {name}, or take logger=csv"):
        track(CPU, made(name, compose), tmp_path)


def test_without_a_logger_nothing_is_opened(tmp_path):
    assert configure.logger({}) == Csv()
    with CPU.of_repeat(3).open_loggers("generator") as opened:
        assert opened == []
    assert CPU.of_repeat(3) is CPU


@pytest.mark.parametrize("node", [3, "word", {"_target_": "synthlift.generators.ema.Ema"}])
def test_what_is_no_logger_is_refused_by_name(node):
    with pytest.raises(ConfigError, match="logger"):
        configure.logger({"logger": node})


def test_a_training_is_named_after_its_repeat_and_no_artifact_tells_of_it(tmp_path):
    asked = []

    class Recorder(Csv):
        def open(self, folder, name):
            asked.append((folder, name))
            return super().open(folder, name)

    tracked = track(CPU, Recorder(), tmp_path)
    assert isinstance(tracked, Tracked)
    with tracked.of_repeat(2).open_loggers("generator"):
        pass
    assert asked == [(tmp_path, "repeat_2/generator")]
    assert str(tracked) == str(CPU)
