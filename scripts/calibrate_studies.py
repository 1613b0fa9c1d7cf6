"""One calibration study: rows drawn from the population, learners, and the trials they give.

Splits are those of stages/split.py, and of the numbers of a trial nothing is kept but what
`compare` is given of a real study: what was said of every valid and test row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from calibrate_net import fit_nets
from calibrate_population import Population, columns_of, features, fit_rules

from synthlift.core.results import Floats, Predictions, Trial
from synthlift.core.samples import Ints, SampleSet, concatenate
from synthlift.core.schema import Schema
from synthlift.core.seeds import derive
from synthlift.core.splits import SplitFacts, Splits
from synthlift.datasets.base import Source
from synthlift.experiment import REPEATS
from synthlift.generators.bootstrap import Bootstrap, FittedBootstrap
from synthlift.stages.split import Split, draw_splits

BASELINE, ARM, CLASSIFIER = "real", "real_synthetic", "toy"
SLOT_WEIGHT = 0.25  # share of the loss that falls to synthetic rows, as in conf/arm
PER_TRAIN_ROW = 2  # synthetic rows
BANDWIDTH = 0.5  # as in conf/generator/bootstrap.yaml
SHARPNESS = 2.0  # logit of class 1 for each unit of a ridge score


@dataclass(frozen=True)
class Design:
    """How large a study is.

    n: labelled rows. A small pool has n rows in all, 60/20/20. Under a fixed test n is train and
    valid of one repeat, three quarters and one, out of 4 n rows, half of which are the test.
    """

    regime: str
    n: int

    @property
    def fixed(self) -> bool:
        return self.regime == "fixed_test"

    @property
    def n_pool(self) -> int:
        return 4 * self.n if self.fixed else self.n

    @property
    def n_repeats(self) -> int:
        return REPEATS[self.regime]

    def split(self, seed: int) -> Split:
        n_per_class = round(3 * self.n / 8) if self.fixed else None
        n_valid = self.n - 2 * n_per_class if n_per_class else None
        return Split(n_per_class, 0.6, n_valid, 0.2, None, 0.2, 0, None, derive(seed, "test"))

    @property
    def n_train(self) -> int:
        return 2 * round(3 * self.n / 8) if self.fixed else round(0.6 * self.n)


@dataclass(frozen=True, eq=False)
class Rows:
    """All repeats of a study side by side: x `(R, n, d)` and labels `(R, n)` of each part.

    mean: of class 1 in the population, `(d,)`; that of the other class is its opposite.
    """

    splits: tuple[Splits, ...]
    mean: Floats
    seed: int

    @staticmethod
    def draw(design: Design, population: Population, seed: int, repeats: range) -> Rows:
        """Draw a pool, and from it the rows of these repeats."""
        source = Source(population.draw(design.n_pool, derive(seed, "pool")))
        split = design.split(seed)
        drawn = tuple(draw_splits(source, None, split, seed, repeat) for repeat in repeats)
        return Rows(drawn, population.mean(), seed)

    @property
    def facts(self) -> tuple[SplitFacts, ...]:
        return tuple(split.facts for split in self.splits)

    @property
    def schema(self) -> Schema:
        return self.splits[0].train.schema

    @cached_property
    def train(self) -> tuple[Floats, Ints]:
        return stack([split.train for split in self.splits])

    @cached_property
    def valid(self) -> tuple[Floats, Ints]:
        return stack([split.valid for split in self.splits])

    @cached_property
    def test(self) -> tuple[Floats, Ints]:
        return stack([split.test for split in self.splits])


def stack(sets: Sequence[SampleSet]) -> tuple[Floats, Ints]:
    """Features `(R, n, d)` and labels `(R, n)` of sets of one size."""
    return np.stack([features(s) for s in sets]), np.stack([s.labels for s in sets])


@dataclass(frozen=True, eq=False)
class Said:
    """Logits of class 1 for valid and test rows, `(R, n)`.

    n_synthetic: rows it was fitted on. accuracy: in the population, `(R,)`, where that is known.
    """

    valid: Floats
    test: Floats
    n_synthetic: int = 0
    accuracy: Floats | None = None


Learners = Callable[[Rows], dict[str, Said]]


def learn_block(rows: Rows, block: int) -> Said:
    """Ridge rules on the shared features and one block."""
    columns = columns_of(block)
    rules = fit_rules(rows.train[0][:, :, columns], rows.train[1])
    valid, test = (rules.decide(x[:, :, columns]) for x in (rows.valid[0], rows.test[0]))
    accuracy = rules.accuracy(rows.mean[columns])
    return Said(SHARPNESS * valid, SHARPNESS * test, accuracy=accuracy)


def two_blocks(rows: Rows) -> dict[str, Said]:
    """The arms see exchangeable features, other ones each: they differ in every dataset."""
    return {BASELINE: learn_block(rows, 0), ARM: learn_block(rows, 1)}


def two_draws(rows: Rows) -> dict[str, Said]:
    """Both arms add samples of the package's smoothed bootstrap; only their seeds differ."""
    fitted = [FittedBootstrap(Bootstrap(BANDWIDTH, 0.0), split.train) for split in rows.splits]
    return {arm: learn_with_samples(rows, fitted, arm) for arm in (BASELINE, ARM)}


def learn_with_samples(rows: Rows, fitted: Sequence[FittedBootstrap], stream: str) -> Said:
    """Ridge rules on real rows and samples of a generator; stream: names the seed of the draw."""
    n = len(rows.splits[0].train)
    n_synthetic = PER_TRAIN_ROW * n
    labels = np.arange(n_synthetic, dtype=np.int64) % 2
    drawn = [
        generator.sample(labels, derive(rows.seed, "draw", stream, i), 1.0, cast(Any, "cpu"))
        for i, generator in enumerate(fitted)
    ]
    sets = [concatenate([s.train, more]) for s, more in zip(rows.splits, drawn, strict=True)]
    weight = np.repeat([1 - SLOT_WEIGHT, SLOT_WEIGHT], [n, n_synthetic])
    weight *= np.repeat([1 / n, 1 / n_synthetic], [n, n_synthetic]) * len(weight)
    rules = fit_rules(*stack(sets), weight)
    valid, test = (SHARPNESS * rules.decide(x) for x in (rows.valid[0], rows.test[0]))
    return Said(valid, test, n_synthetic)


def placebo_nets(rows: Rows) -> dict[str, Said]:
    """Nets: the other arm fills half of each batch with real rows of the same classes again."""
    seed = derive(rows.seed, "nets")
    nets = {BASELINE: fit_nets(*rows.train, seed), ARM: fit_nets(*rows.train, seed, SLOT_WEIGHT)}
    return {a: Said(net.decide(rows.valid[0]), net.decide(rows.test[0])) for a, net in nets.items()}


NULLS: dict[str, tuple[Learners, int]] = {  # with the blocks of features that they use
    "exchangeable": (two_blocks, 2),
    "same_generator": (two_draws, 1),
    "placebo": (placebo_nets, 1),
}


def as_trials(rows: Rows, said: dict[str, Said], first: int = 0) -> list[Trial]:
    """What `compare` takes; first: number of the first repeat."""
    return [
        Trial(
            arm,
            CLASSIFIER,
            first + i,
            "real" if arm == BASELINE else "synthetic",
            len(split.train),
            of_arm.n_synthetic,
            _predictions(of_arm.valid[i], split.valid),
            _predictions(of_arm.test[i], split.test),
        )
        for arm, of_arm in said.items()
        for i, split in enumerate(rows.splits)
    ]


def _predictions(logit: Floats, rows: SampleSet) -> Predictions:
    p = 1 / (1 + np.exp(-logit))
    return Predictions(np.stack([1 - p, p], axis=1, dtype=np.float32), rows.labels, rows.origin)
