"""What is chosen is chosen on valid rows, and what is reported is every repeat, not the best.

Weights and thresholds that test rows choose, checkpoints among seeds, repeats that were kept
because they did well: each planted, and seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from synthlift import trials
from synthlift.core.results import Failure, Predictions, Trial
from synthlift.core.schema import ImageSchema
from synthlift.core.splits import SplitFacts
from synthlift.core.store import Store
from synthlift.experiment import run
from synthlift.metrics.accuracy import Accuracy
from synthlift.stages.compare import Question, compare
from synthlift.stages.predict import predict

pytestmark = pytest.mark.usefixtures("quick_disk")
GRID = "{weight: [0, 0.25, 0.5], threshold: [0.0, 0.3]}"


@pytest.fixture(scope="module")
def tuned(tiny):
    """Two arms, each trained six times in each of two repeats; one has settings to choose."""
    return tiny(
        "generator=bootstrap",
        "classifier=[knn]",
        "arm=[real,real_synthetic]",
        f"arm.real_synthetic.tune={GRID}",
        "metric=[accuracy]",
        "split.n_per_class=5",
        "n_repeats=2",
    )


@dataclass(frozen=True)
class World:
    """A finished study: its report and its trials, by arm and repeat, and the store."""

    report: object
    trials: dict
    root: object


@pytest.fixture(scope="module")
def play(tuned, with_test, cpu, tmp_path_factory):
    def in_world(altered):
        store = Store(tmp_path_factory.mktemp("world"))
        report, repeats = run(replace(tuned, dataset=with_test(tuned.dataset, altered)), store, cpu)
        found = {(t.arm, t.repeat): t for repeat in repeats for t in repeat.trials}
        return World(report, found, store.root)

    return in_world


@pytest.fixture(scope="module")
def two_worlds(play):
    """The study with its test rows, and with others."""
    return play(False), play(True)


def chosen(world):
    return {key: trial.settings for key, trial in world.trials.items()}


def test_the_same_settings_are_chosen_whatever_the_test_rows_are(two_worlds):
    plain, altered = two_worlds
    assert chosen(plain) == chosen(altered)
    assert len(set(chosen(plain).values())) > 2  # not one and the same, whatever the rows
    for key, trial in plain.trials.items():
        assert trial.valid.p.tobytes() == altered.trials[key].valid.p.tobytes()
        assert trial.test.p.tobytes() != altered.trials[key].test.p.tobytes()


def test_a_choice_by_test_rows_would_have_been_seen(play, two_worlds, monkeypatch):
    """The planted leak: the same study, but test rows rate the trainings."""

    def choose_by_test(bench, cell, tried):
        rows, how = bench.rows, {"compute": bench.compute}
        fitted = [trials._fit(bench, option, cell.classifier) for option in tried]
        scored = [bench.store.run(predict, f, rows.valid, rows.test, **how).read() for f in fitted]
        rated = [bench.score.score(s.test.p, s.test.labels) for s in scored]
        best = rated.index(max(rated))
        return tried[best], fitted[best], 0

    monkeypatch.setattr(trials, "_choose", choose_by_test)
    leaky = play(False), play(True)
    assert chosen(leaky[0]) != chosen(leaky[1])
    assert chosen(leaky[0]) != chosen(two_worlds[0])


def test_only_what_was_chosen_ever_meets_the_test_rows(two_worlds):
    world = two_worlds[0]
    scored = {p.parent.name for p in world.root.glob("predict/*/test_p.npy")}
    assert scored == {trial.made_of for trial in world.trials.values()}
    assert len(list(world.root.glob("predict/*/valid_p.npy"))) > 2 * len(scored)


def test_every_arm_is_the_best_of_equally_many_trainings(two_worlds):
    """The best of five looks better than a single one, even where nothing was gained."""
    assert {trial.n_options for trial in two_worlds[0].trials.values()} == {5}


SCHEMA = ImageSchema(1, 8, 8, ("cat", "dog"))
FACTS = SplitFacts("fixed_test", 400, 60, 40, 100, 0, 0, (30, 30))


def made_trial(arm, repeat, seed):
    """A classifier that is right in 7 of 10 cases, whatever the arm: the true lift is 0."""
    labels = np.arange(100) % 2
    right = np.random.default_rng([seed, repeat, arm == "real"]).random(100) < 0.7
    p = np.eye(2, dtype=np.float32)[np.where(right, labels, 1 - labels)]
    said, kind = Predictions(p, labels, np.arange(100)), "real" if arm == "real" else "synthetic"
    return Trial(arm, "cnn", repeat, kind, 60, 0, said, said)


def made_report(reals, others, failures=(), n=6):
    return compare(
        [*reals, *others],
        [FACTS] * n,
        [{}] * n,
        (Accuracy(),),
        (Question("real_synthetic", "real", True),),
        dataset="zoo",
        schema=SCHEMA,
        failures=failures,
    )


REALS = [made_trial("real", repeat, 0) for repeat in range(6)]
SEEDS = [[made_trial("real_synthetic", repeat, seed) for seed in range(20)] for repeat in range(6)]
FIRST = [of_repeat[0] for of_repeat in SEEDS]


def rightness(trial):
    return Accuracy().score(trial.test.p, trial.test.labels)


def test_several_seeds_of_a_repeat_of_which_one_might_be_chosen_are_refused():
    assert made_report(REALS, FIRST).primary
    with pytest.raises(ValueError, match="once each"):
        made_report(REALS, [trial for of_repeat in SEEDS for trial in of_repeat[:2]])


def test_repeats_that_were_kept_because_they_did_well_are_refused():
    best = sorted(FIRST, key=rightness)[3:]
    with pytest.raises(ValueError, match="once each"):
        made_report(REALS, best)


def test_an_arm_that_lost_its_bad_repeats_to_failures_has_no_scores():
    """Trainings that fail where they would have done badly leave the best ones over."""
    kept = sorted(FIRST, key=rightness)[2:]
    gone = set(range(6)) - {trial.repeat for trial in kept}
    failures = [Failure("real_synthetic", "cnn", repeat, "not finite") for repeat in sorted(gone)]
    report = made_report(REALS, kept, failures)
    assert "real_synthetic" not in report.by_classifier["cnn"]
    assert not report.lifts
    assert any("failed in 2 of 6 repeats" in warning for warning in report.warnings)


def test_the_best_of_many_seeds_would_be_called_a_lift():
    """What the two refusals above keep out: of 20 seeds the luckiest of every repeat."""
    assert made_report(REALS, FIRST).primary[0].verdict != "helps"
    luckiest = [max(of_repeat, key=rightness) for of_repeat in SEEDS]
    assert made_report(REALS, luckiest).primary[0].verdict == "helps"
