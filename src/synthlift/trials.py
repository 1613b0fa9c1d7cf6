"""One arm under one classifier in one repeat: trained, chosen on valid rows, scored on test rows.

Where an arm is tuned, every arm is trained equally often; only the one that does best on valid rows
ever meets the test rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthlift.arms.base import Arm, build
from synthlift.arms.tuning import Option, options
from synthlift.classifiers.base import Classifier
from synthlift.core.confidence import Confidence
from synthlift.core.errors import TrainingError
from synthlift.core.plans import Plan
from synthlift.core.results import Trial
from synthlift.core.samples import SampleSet
from synthlift.core.seeds import derive
from synthlift.core.store import Artifact, Store
from synthlift.metrics.base import Score
from synthlift.stages.compute import Compute
from synthlift.stages.fit_classifier import Fitted, fit_classifier
from synthlift.stages.predict import predict
from synthlift.stages.split import SplitParts


@dataclass(frozen=True)
class Cell:
    """An arm under a classifier, both with the names that the report gives them."""

    name: str
    arm: Arm
    kind: str
    classifier: Classifier


@dataclass(frozen=True)
class Bench:
    """What the arms of one repeat are trained with; seed: of the repeat.

    n_trials: trainings of each arm, among which valid rows choose by the score. failure: why there
    are no synthetic samples, where an arm needs some.
    """

    store: Store
    compute: Compute
    repeat: int
    seed: int
    rows: SplitParts
    plan: Plan
    drawn: Artifact[SampleSet] | None
    confidence: Artifact[Confidence] | None
    failure: str | None
    n_trials: int
    score: Score


def run_trial(bench: Bench, cell: Cell) -> Trial:
    """Train the arm and score it; a TrainingError where a training went wrong."""
    if bench.failure and "synthetic" in cell.arm.needs:
        raise TrainingError(bench.failure)
    tried = options(cell.arm, bench.n_trials)
    if len(tried) > 1:
        best, fitted, n_failed = _choose(bench, cell, tried)
    else:
        best, fitted, n_failed = tried[0], _fit(bench, tried[0], cell.classifier), 0
    how = {"compute": bench.compute}
    # the only stage that sees test rows
    artifact = bench.store.run(predict, fitted, bench.rows.valid, bench.rows.test, **how)
    scored = artifact.read()
    assert scored.test is not None
    return Trial(
        arm=cell.name,
        classifier=cell.kind,
        repeat=bench.repeat,
        kind=cell.arm.kind,
        n_real=scored.n_real,
        n_synthetic=scored.n_synthetic,
        valid=scored.valid,
        test=scored.test,
        settings=best.settings,
        tuned=tuple(name for name, _ in cell.arm.tune),
        n_options=len(tried),
        n_failed=n_failed,
        made_of=artifact.key,
    )


def _fit(bench: Bench, option: Option, classifier: Classifier) -> Artifact[Fitted]:
    rows, arm = bench.rows, option.arm
    training = build(arm, rows.train, rows.reserve, bench.drawn, bench.confidence, bench.plan)
    seed = derive(bench.seed, "tune", option.seed) if option.seed else bench.seed
    how = {"compute": bench.compute}
    return bench.store.run(fit_classifier, training, classifier, arm.members, seed, **how)


def _choose(
    bench: Bench, cell: Cell, tried: Sequence[Option]
) -> tuple[Option, Artifact[Fitted], int]:
    """The one that valid rows rate best, and how many went wrong; of equals the first counts.

    A training that goes wrong is not chosen; where all do, the arm has failed.
    """
    rated: list[tuple[float, Option, Artifact[Fitted]]] = []
    failure = None
    for option in tried:
        try:
            fitted = _fit(bench, option, cell.classifier)
            scored = bench.store.run(predict, fitted, bench.rows.valid, None, compute=bench.compute)
        except TrainingError as error:
            failure = failure or error
            continue
        said = scored.read().valid
        rated.append((bench.score.score(said.p, said.labels), option, fitted))
    if not rated and failure:
        raise failure
    _, option, fitted = max(rated, key=lambda found: found[0])
    return option, fitted, len(tried) - len(rated)
