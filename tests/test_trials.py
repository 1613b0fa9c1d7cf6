"""Trials that are chosen on valid rows, and trials that fail."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from synthlift.core.errors import ConfigError, TrainingError
from synthlift.core.store import Store
from synthlift.experiment import run

pytestmark = pytest.mark.usefixtures("quick_disk")


@pytest.fixture(scope="module")
def plain(tiny):
    return tiny("generator=bootstrap", "classifier=[knn]", "split.n_per_class=5", "n_repeats=3",
                "arm=[real,real_synthetic,augmented,placebo]", "dataset.n_test=200",
                "split.reserve=0", "generation.n_per_class=10")  # fmt: skip


def with_grid(study, **grids):
    arms = {n: replace(a, tune=grids[n]) if n in grids else a for n, a in study.arms.items()}
    return replace(study, arms=arms)


@pytest.fixture(scope="module")
def tuned(plain, cpu, tmp_path_factory):
    study = with_grid(
        plain,
        real_synthetic={"weight": [0, 0.25, 0.9], "ratio": [1, 2]},
        augmented={"strength": [0.5, 1]},
    )
    root = tmp_path_factory.mktemp("tuned")
    store = Store(root)
    return study, root, store, *run(study, store, cpu)


def test_every_arm_is_trained_equally_often(tuned):
    study, _, store, _, repeats = tuned
    assert study.n_trials == 5
    assert {trial.n_options for repeat in repeats for trial in repeat.trials} == {5}
    n_teacher = 1
    n_fitted = list(store.executed.values()).count("fit_classifier")
    assert n_fitted == 3 * (5 * 4 + n_teacher)


def test_no_repeat_has_more_stages_than_it_says(tuned):
    study, _, store, *_ = tuned
    n_shared = 1  # read_dataset
    assert len(store.executed) - n_shared <= 3 * (study.n_stages - n_shared)


def test_the_experiment_begins_every_grid_with_the_plainest(tiny):
    for name, arm in tiny("experiment=tuned").arms.items():
        first = {setting: values[0] for setting, values in arm.tune}
        assert first.items() <= {"weight": 0, "threshold": 0, "strength": 1}.items(), name


def test_what_was_chosen_is_in_the_trial(tuned):
    *_, repeats = tuned
    for repeat in repeats:
        by_arm = {trial.arm: trial for trial in repeat.trials}
        chosen = dict(by_arm["real_synthetic"].settings)
        assert chosen["weight"] in (0, 0.25, 0.9)
        assert chosen["ratio"] in (1, 2)
        assert by_arm["real_synthetic"].tuned == ("weight", "ratio")
        assert by_arm["real"].tuned == ()


def test_the_chosen_one_is_the_best_on_valid_rows(tuned, cpu):
    study, root, _, _, repeats = tuned
    score = study.scores[0]
    for weight in (0, 0.25, 0.9):
        for ratio in (1.0, 2.0):
            fixed = replace(study.arms["real_synthetic"], tune=None, weight=weight, ratio=ratio)
            arms = {"real": study.arms["real"], "real_synthetic": fixed}
            _, others = run(replace(study, arms=arms), Store(root), cpu)
            for repeat, other in zip(repeats, others, strict=True):
                best, rival = repeat.trials[1].valid, other.trials[1].valid
                assert score.score(best.p, best.labels) >= score.score(rival.p, rival.labels)


def test_only_the_chosen_one_meets_the_test_rows(tuned):
    _, root, store, _, repeats = tuned
    made = [key for key, stage in store.executed.items() if stage == "predict"]
    scored = {key for key in made if (root / "predict" / key / "test_p.npy").exists()}
    assert scored == {trial.made_of for repeat in repeats for trial in repeat.trials}
    assert len(made) > 5 * len(scored)


def test_a_tuned_study_shares_its_trainings_with_an_untuned_one(tuned, plain, cpu):
    _, root, *_ = tuned
    store = Store(root)
    arms = {n: a for n, a in plain.arms.items() if n in ("real", "placebo", "augmented")}
    run(replace(plain, arms=arms), store, cpu)
    assert "fit_classifier" not in store.executed.values()


def test_a_setting_that_fails_is_not_chosen_and_fails_no_arm(plain, cpu, tmp_path):
    @dataclass(frozen=True)
    class Fragile:
        """Fails on any training set with a synthetic slot of much weight."""

        inner: Any

        def check(self, schema):
            return None

        def fit(self, training, seed, device, progress):
            if training.slot_weight > 0.5:
                raise TrainingError("it diverged; lower the weight")
            return self.inner.fit(training, seed, device, progress)

        def load(self, folder, schema, training, seed):
            return self.inner.load(folder, schema, training, seed)

    fragile = {"knn": Fragile(plain.classifiers["knn"])}
    study = with_grid(replace(plain, classifiers=fragile), real_synthetic={"weight": [0.9, 0.25]})
    report, repeats = run(study, Store(tmp_path), cpu)
    assert report.failed == ()
    chosen = [dict(t.settings)["weight"] for r in repeats for t in r.trials if t.tuned]
    assert chosen == [0.25] * 3
    assert any("3 trainings of real_synthetic went wrong" in w for w in report.warnings)


def test_tuning_without_valid_rows_is_refused(plain, cpu, tmp_path):
    study = with_grid(plain, real_synthetic={"weight": [0, 1]})
    no_valid = replace(study.split, n_per_class=None, n_valid=None, valid=1e-9)
    with pytest.raises(ConfigError, match="no validation rows to choose by"):
        run(replace(study, split=no_valid), Store(tmp_path), cpu)


def test_more_samples_than_are_drawn_are_refused_before_any_training(plain, cpu, tmp_path):
    study, store = with_grid(plain, real_synthetic={"ratio": [1, 9]}), Store(tmp_path)
    with pytest.raises(ConfigError, match=r"uses 9 times 50 .* 100 samples are drawn"):
        run(study, store, cpu)
    assert set(store.executed.values()) == {"read_dataset", "make_splits"}


@dataclass(frozen=True)
class Diverges:
    """A generator whose training fails in the repeats whose first train row is even."""

    inner: Any
    needs_valid = False

    @property
    def sizes(self):
        return self.inner.sizes

    def check(self, schema):
        return None

    def check_rows(self, n_rows):
        return None

    def fit(self, train, valid, codec, seed, place, device):
        if train.origin[0] % 2 == 0:
            raise TrainingError("the loss is no longer finite; lower the rate")
        self.inner.fit(train, valid, codec, seed, place, device)

    def load(self, folder, codec):
        return self.inner.load(folder, codec)


@pytest.fixture(scope="module")
def broken(plain, cpu, tmp_path_factory):
    study = replace(plain, generator=Diverges(plain.generator), n_repeats=6)
    root = tmp_path_factory.mktemp("broken")
    return study, root, *run(study, Store(root), cpu)


def test_a_failed_generator_fails_the_arms_that_need_it_and_no_other(broken):
    study, _, report, repeats = broken
    failed = [r for r in repeats if r.failures]
    assert 0 < len(failed) < 6
    for repeat in failed:
        assert [f.arm for f in repeat.failures] == ["real_synthetic"]
        assert {t.arm for t in repeat.trials} == set(study.arms) - {"real_synthetic"}
    (marked,) = report.failed
    assert (marked.arm, marked.n_failed, marked.n_repeats) == ("real_synthetic", len(failed), 6)
    assert "no longer finite" in marked.reason
    assert "real_synthetic" not in {lift.arm for lift in report.lifts}


def test_looks_end_where_the_only_question_lost_its_arm(broken, cpu):
    study, root, *_ = broken
    looking = replace(study, n_repeats=None, until_decided=9)
    report, repeats = run(looking, Store(root), cpu)
    assert report.primary == ()
    assert not any(repeat.failures for repeat in repeats[:-3])
    assert any("a primary question has no answer" in said for said in report.warnings)


def test_a_failure_is_remembered_and_not_trained_again(broken, cpu):
    study, root, report, _ = broken
    store = Store(root)
    again, _ = run(study, store, cpu)
    assert store.executed == {}
    assert again == report
    frozen, _ = run(study, Store(root, frozen=True), cpu)
    assert frozen == report


def test_a_failure_under_other_versions_is_tried_again(broken, cpu, monkeypatch):
    study, root, *_ = broken
    versions = {"python": "another"}
    monkeypatch.setattr("synthlift.core.store.environment", lambda: versions)
    store = Store(root)
    run(study, store, cpu)
    assert set(store.executed.values()) == {"fit_generator"}


def test_a_study_in_which_nothing_could_be_trained_is_refused(plain, cpu, tmp_path):
    @dataclass(frozen=True)
    class Never:
        def check(self, schema):
            return None

        def fit(self, training, seed, device, progress):
            raise TrainingError("it can't learn these rows")

    study = replace(plain, classifiers={"never": Never()})
    with pytest.raises(TrainingError, match="can't learn these rows"):
        run(study, Store(tmp_path), cpu)


def test_a_failed_generator_without_arms_is_refused(broken, cpu, tmp_path):
    study, *_ = broken
    with pytest.raises(TrainingError, match="no longer finite"):
        run(replace(study, arms={}), Store(tmp_path), cpu)


def test_learning_curve_arms_are_nested_parts_of_the_rows(tiny, images):
    from synthlift.arms.base import Ingredients

    arms = tiny("arm=[real,real_quarter,real_half,more_real_half,more_real_double]").arms
    given = Ingredients(images(8), images(20, seed=1, first=100))
    rows = {n: set(arm.assemble(given).main.origin.tolist()) for n, arm in arms.items()}
    sizes = [len(rows[n]) for n in ("real_quarter", "real_half", "real")]
    assert sizes == [4, 8, 16]
    assert rows["real_quarter"] < rows["real_half"] < rows["real"]
    assert rows["real"] < rows["more_real_half"] < rows["more_real_double"]
    assert [len(rows[n]) for n in ("more_real_half", "more_real_double")] == [24, 48]
    assert np.bincount([r % 2 for r in rows["real_quarter"]]).tolist() == [2, 2]
