"""The null `same_generator` with the real cgan: trained twice on the same rows, other seeds.

Splitting, training, drawing, fitting and scoring are the package's own stages; only the population
is made here: small pictures of a lying or a standing bar, under noise.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from calibrate_studies import ARM, BASELINE, CLASSIFIER, Design

from synthlift.compose import compose
from synthlift.configure import experiment
from synthlift.core.results import Trial
from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema, Schema
from synthlift.core.seeds import derive
from synthlift.core.splits import SplitFacts, load_facts
from synthlift.core.store import Store
from synthlift.datasets.base import Source
from synthlift.experiment import Experiment
from synthlift.stages.compute import Compute
from synthlift.stages.fit_generator import fit_generator, learnt_from
from synthlift.stages.generate import generate
from synthlift.stages.read_dataset import read_dataset
from synthlift.stages.split import SplitParts, make_splits
from synthlift.trials import Bench, Cell, run_trial

SETTINGS = (
    "dataset=digits",
    "arm=[real,real_synthetic]",
    "metric=[accuracy]",
    "classifier.cnn.steps=60",
    "generator.network.channels=8",
    "generator.steps=100",
    "generator.checkpoint_every=100",
    "generator.log_every=100",
    "compute.accelerator=cpu",
    "compute.threads=1",
)
SIDE, BAR, NOISE = 8, 70.0, 55.0  # pixels, and grey levels of a bar above its ground


@dataclass(frozen=True)
class Bars:
    """n pictures, half of them of each class, drawn anew for every seed."""

    n: int
    seed: int
    name: ClassVar[str] = "bars"
    n_test: ClassVar[None] = None
    augmentation: ClassVar[None] = None

    def fingerprint(self) -> str:
        """The recipe is all there is."""
        return f"{self.n} of {self.seed}"

    def load(self) -> Source:
        """Bars of two pixels at any height, lying or standing."""
        rng = np.random.default_rng(self.seed)
        labels = np.arange(self.n, dtype=np.int64) % 2
        pictures = 100 + NOISE * rng.standard_normal((self.n, SIDE, SIDE))
        for picture, label, at in zip(
            pictures, labels, rng.integers(0, SIDE - 1, self.n), strict=True
        ):
            (picture.T if label else picture)[at : at + 2] += BAR
        images = np.rint(pictures).clip(0, 255).astype(np.uint8)[:, None]
        schema = ImageSchema(1, SIDE, SIDE, ("lying", "standing"))
        return Source(SampleSet(schema, images, labels, np.arange(self.n)))


@cache
def read_recipe() -> tuple[Experiment, Compute]:
    """The package's default study of small pictures, with few steps."""
    return experiment({**compose(SETTINGS), "command": "calibrate"})


def draw_gan_study(
    design: Design, seed: int, repeats: range
) -> tuple[list[Trial], tuple[SplitFacts, ...], Schema]:
    """Both arms add samples of a cgan, which each of them trains for itself."""
    study, compute = read_recipe()
    dataset: Any = Bars(design.n_pool, derive(seed, "pool"))
    study = replace(study, dataset=dataset, split=design.split(seed), seed=seed)
    trials, facts = [], []
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        source = store.run(read_dataset, study.dataset)
        for repeat in repeats:
            splits = store.run(make_splits, source, None, study.split, seed, repeat)
            facts.append(load_facts(splits.folder))
            rows = SplitParts.of(splits)
            trials += [
                _run_arm(study, store, compute, rows, repeat, name) for name in (BASELINE, ARM)
            ]
        schema = source.read().schema
    return trials, tuple(facts), schema


def _run_arm(
    study: Experiment, store: Store, compute: Compute, rows: SplitParts, repeat: int, name: str
) -> Trial:
    """Real rows and samples of a generator whose seeds are those of this arm alone."""
    seed = derive(study.seed, "repeat", repeat)
    of_arm = derive(seed, "generator", name)
    how = {"compute": compute}
    generator = store.run(fit_generator, rows.train, None, study.generator, of_arm, **how)
    made_of, draw = learnt_from(generator), derive(of_arm, "draw")
    drawn = store.run(generate, generator, made_of, rows.train, study.generation, draw, **how)
    classifier = next(iter(study.classifiers.values()))
    cell = Cell(name, study.arms[ARM], CLASSIFIER, classifier)
    plan, score = study.generation.plan, study.scores[0]
    bench = Bench(store, compute, repeat, seed, rows, plan, drawn, None, None, 1, score)
    trial = run_trial(bench, cell)
    return replace(trial, kind="real") if name == BASELINE else trial
