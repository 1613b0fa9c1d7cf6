"""A generator that is logged: the same bytes, and the rows of its training.csv."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass

from pytorch_lightning.loggers import CSVLogger

from synthlift.core.store import Store
from synthlift.experiment import draw_material
from synthlift.stages.compute import track


@dataclass(frozen=True)
class Toy:
    def check(self):
        return None

    @contextmanager
    def open(self, folder, name):
        yield [CSVLogger(folder, name=name, version="")]


def test_a_logged_training_is_the_same_and_its_rows_are_logged(tiny, cpu, contents, tmp_path):
    study = tiny("arm=[]", "n_repeats=1", "metric=[copies]")
    plain, logged = Store(tmp_path / "plain"), Store(tmp_path / "logged")
    draw_material(study, plain, cpu, repeat=0)
    draw_material(study, logged, track(cpu, Toy(), tmp_path / "logs"), repeat=0)
    assert logged.executed == plain.executed
    kept = [contents(store.root / "fit_generator") for store in (plain, logged)]
    for files in kept:
        files.pop(next(name for name in files if name.endswith("manifest.json")))
    assert kept[0] == kept[1]
    with (tmp_path / "logs" / "repeat_0" / "generator" / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    (curve,) = (tmp_path / "logged" / "fit_generator").glob("*/training.csv")
    with curve.open() as file:
        wanted = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == [row["step"] for row in wanted]
    assert [float(r["critic_loss"]) for r in rows] == [float(w["critic_loss"]) for w in wanted]
