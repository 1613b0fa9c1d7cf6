"""A sweep with planted scores: real configurations, predictions drawn at a given skill."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

from synthlift.core.results import Predictions, Trial
from synthlift.core.schema import ImageSchema
from synthlift.core.splits import SplitFacts
from synthlift.experiment import Material, Repeat
from synthlift.sweeps.records import open_sweep, record_job

SCHEMA = ImageSchema(1, 8, 8, ("cat", "dog", "owl"))
FACTS = SplitFacts("fixed_test", 400, 60, 40, 120, 0, 0, (20, 20, 20))
N_TEST, N_VALID = 120, 40
KINDS = {"real": "real", "augmented": "real", "placebo": "control"}
ALWAYS = ("arm=[real,real_synthetic]", "n_repeats=3", "metric=[accuracy]")
SWEEP = "synthlift -m SWEEP"


def predict(skill: float, seed: list[int], first_row: int, n: int) -> Predictions:
    rng = np.random.default_rng(seed)
    rows = first_row + np.arange(n)
    labels = rows % 3
    said = np.where(rng.random(n) < skill, labels, (labels + 1) % 3)
    p = 0.1 + 0.7 * np.eye(3)[said]
    return Predictions(p.astype(np.float32), labels, rows)


@dataclass
class World:
    """Runs studies by drawing what they would say; `skill` is planted, `ran` keeps what was asked.

    skill: (study, arm, classifier) -> share right of the valid rows, and of the test rows.
    """

    skill: Callable[[Any, str, str], tuple[float, float]]
    ran: list[Any] = field(default_factory=list)

    def run(self, study: Any, root: Path, compute: Any) -> Any:
        self.ran.append(study)
        numbers = range(study.first_repeat, study.first_repeat + study.n_repeats)
        repeats = [self.repeat(study, number) for number in numbers]
        store = SimpleNamespace(executed={f"{n}": "predict" for n in numbers}, reused={})
        return None, repeats, store

    def repeat(self, study: Any, number: int) -> Repeat:
        trials = []
        for name, arm in study.arms.items():
            for kind, classifier in study.classifiers.items():
                made_of = (repr(arm), repr(classifier), study.generator if arm.needs else "")
                seed = [study.seed, number, zlib.crc32(repr(made_of).encode())]
                valid, test = self.skill(study, name, kind)
                trials.append(
                    Trial(
                        name,
                        kind,
                        number,
                        KINDS.get(name, "synthetic"),
                        60,
                        60 if arm.needs else 0,
                        predict(valid, [*seed, 0], 1000, N_VALID),
                        predict(test, [*seed, 1], 0, N_TEST),
                    )
                )
        return Repeat(number, Material(SCHEMA, FACTS, None), tuple(trials))


@pytest.fixture
def world():
    return World


@pytest.fixture
def leave(tmp_path, compose):
    """A sweep's folder as its jobs leave it: some finish, some fail, some are never run."""

    def make(
        *jobs: Sequence[str],
        failed: Sequence[int] = (),
        killed: Sequence[int] = (),
        missing: Sequence[int] = (),
        always: Sequence[str] = ALWAYS,
    ) -> Path:
        folder = tmp_path / "sweep"
        planned = [[*always, *own] for own in jobs]
        open_sweep(folder, SWEEP, planned)
        for num, overrides in enumerate(planned):
            place = folder / str(num)
            if num in missing:
                continue
            config = {**compose(*overrides), "store": str(tmp_path / "store")}
            place.mkdir()
            (place / "config.yaml").write_text(yaml.safe_dump(config))
            try:
                with record_job(place, num, overrides):
                    if num in failed:
                        raise ValueError("the generator blew up")
                    if num in killed:
                        (place / "job.json").rename(place / "kept")
            except ValueError:
                pass
            if num in killed:
                (place / "kept").rename(place / "job.json")
        return folder

    return make
