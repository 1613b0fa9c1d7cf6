"""One study in this process: what is run, what is re-used, and which numbers depend on what."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from synthlift.conclude import compare_repeats
from synthlift.core.errors import ConfigError, DataError, SynthliftError, TrainingError
from synthlift.core.manifest import verify
from synthlift.core.store import Store
from synthlift.experiment import count_repeats, run, run_repeat
from synthlift.generators.optimizers import Adam

pytestmark = pytest.mark.usefixtures("quick_disk")
ARMS = ("real", "real_synthetic", "placebo", "augmented")
OF_ONE_REPEAT = {
    "make_splits": 1,
    "fit_generator": 1,
    "generate": 1,
    "measure": 1,
    "fit_classifier": len(ARMS) + 1,  # and the teacher
    "predict": len(ARMS),
}
MADE_WITH_SYNTHETIC = {"generate": 1, "measure": 1, "fit_classifier": 1, "predict": 1}


def times(counts, n):
    return {stage: n * count for stage, count in counts.items()}


@pytest.fixture(scope="module")
def study(tiny):
    return tiny(f"arm=[{','.join(ARMS)}]", "n_repeats=2")


@pytest.fixture(scope="module")
def filled(study, cpu, tmp_path_factory):
    """A store with the whole study in it, what was run for it, and its report."""
    store = Store(tmp_path_factory.mktemp("filled"))
    report, _ = run(study, store, cpu)
    return store.root, Counter(store.executed.values()), report


@pytest.fixture
def again(filled, linked, cpu, tmp_path):
    """Run a study beside the filled store: its report, and how often each stage was run."""

    def go(changed):
        store = Store(linked(filled[0], tmp_path / "store"))
        report, _ = run(changed, store, cpu)
        return report, Counter(store.executed.values())

    return go


@pytest.fixture
def fresh(cpu, tmp_path):
    """Run a study in a new store."""

    def go(study, name="fresh"):
        store = Store(tmp_path / name)
        report, repeats = run(study, store, cpu)
        return report, repeats, store

    return go


def arms_of(report, *left_out):
    (table,) = report.by_classifier.values()
    return {name: arm for name, arm in table.items() if name not in left_out}


def test_every_stage_is_run_once_per_repeat(filled):
    assert filled[1] == {"read_dataset": 1, **times(OF_ONE_REPEAT, 2)}


def test_a_second_identical_run_runs_no_stage(study, filled, again):
    report, executed = again(study)
    assert not executed
    assert report == filled[2]


def test_a_study_is_read_from_a_store_that_may_not_be_written(study, filled, cpu):
    store = Store(filled[0], frozen=True)
    report, _ = run(study, store, cpu)
    assert report == filled[2]


def test_one_more_repeat_runs_one_repeat_and_changes_no_number_of_the_others(study, filled, again):
    report, executed = again(replace(study, n_repeats=3))
    assert executed == OF_ONE_REPEAT
    assert report.fidelity_by_repeat[:2] == filled[2].fidelity_by_repeat


def test_another_generator_retrains_neither_real_arms_nor_placebo_nor_teacher(study, again):
    other = replace(study, generator=replace(study.generator, steps=5))
    _, executed = again(other)
    assert executed == times({**MADE_WITH_SYNTHETIC, "fit_generator": 1}, 2)


def test_another_generator_changes_no_number_of_the_real_arms(study, filled, again):
    report, _ = again(replace(study, generator=replace(study.generator, steps=5)))
    left_out = ("real_synthetic",)
    assert arms_of(report, *left_out) == arms_of(filled[2], *left_out)
    assert arms_of(report) != arms_of(filled[2])


def test_more_samples_of_the_same_generator_train_no_generator(study, again):
    """The placebo has as many rows in its slot as there are samples, so it follows."""
    _, executed = again(replace(study, generation=replace(study.generation, n_per_class=5)))
    assert executed == {"generate": 2, "measure": 2, "fit_classifier": 4, "predict": 4}


def test_another_latent_scale_leaves_the_placebo_alone(study, again):
    _, executed = again(replace(study, generation=replace(study.generation, latent_scale=0.5)))
    assert executed == times(MADE_WITH_SYNTHETIC, 2)


def test_another_classifier_trains_no_generator_and_draws_nothing(study, tiny, again):
    other = replace(study, classifiers=tiny("classifier=[mlp]").classifiers)
    _, executed = again(other)
    assert executed == times({"measure": 1, "fit_classifier": 5, "predict": 4}, 2)


def test_a_second_classifier_is_all_that_is_trained(study, filled, tiny, again):
    both = {**study.classifiers, **tiny("classifier=[mlp]").classifiers}
    report, executed = again(replace(study, classifiers=both))
    assert executed == times({"fit_classifier": 4, "predict": 4}, 2)
    assert report.by_classifier["cnn"] == filled[2].by_classifier["cnn"]


def test_one_more_arm_is_all_that_is_trained_and_changes_no_number(study, filled, tiny, again):
    more = tiny(f"arm=[{','.join(ARMS)},synthetic]").arms
    report, executed = again(replace(study, arms=more))
    assert executed == {"fit_classifier": 2, "predict": 2}
    assert arms_of(report, "synthetic") == arms_of(filled[2])


def test_the_order_of_arms_changes_no_number(study, filled, again):
    report, executed = again(replace(study, arms=dict(reversed(study.arms.items()))))
    assert not executed
    assert arms_of(report) == arms_of(filled[2])


def test_another_score_trains_nothing(study, again, tiny):
    _, executed = again(replace(study, scores=tiny("metric=[accuracy]").scores))
    assert not executed


def test_the_ensemble_is_the_teacher(study, again, tiny):
    more = tiny(f"arm=[{','.join(ARMS)},ensemble]").arms
    _, executed = again(replace(study, arms=more))
    assert executed == {"predict": 2}


def test_the_same_seed_gives_the_same_bytes_in_a_new_store(study, filled, fresh, contents):
    report, _, store = fresh(study)
    assert report == filled[2]
    for name in OF_ONE_REPEAT:
        first, other = (bytes_of(contents, root / name) for root in (filled[0], store.root))
        assert first == other
        assert first


def bytes_of(contents, folder):
    """All files of a stage but the manifests, which say how long it took."""
    return {name: b for name, b in contents(folder).items() if not name.endswith("manifest.json")}


def test_another_seed_gives_other_rows_and_other_numbers(study, filled, fresh):
    report, _, store = fresh(replace(study, n_repeats=1, seed=1))
    assert report.fidelity_by_repeat[0] not in filled[2].fidelity_by_repeat
    assert Counter(store.executed.values()) == {"read_dataset": 1, **OF_ONE_REPEAT}


def test_fresh_repeats_are_those_that_a_longer_study_would_add(study, filled, again, fresh):
    later, executed = again(replace(study, first_repeat=1, n_repeats=2))
    assert executed == OF_ONE_REPEAT, "repeat 1 is there, repeat 2 is new"
    longer, _, _ = fresh(replace(study, n_repeats=3))
    assert longer.fidelity_by_repeat == (
        *filled[2].fidelity_by_repeat[:1],
        *later.fidelity_by_repeat,
    )


def test_every_artifact_verifies_and_nothing_is_left_over(filled):
    manifests = list(filled[0].glob("*/*/manifest.json"))
    assert len(manifests) == sum(filled[1].values())
    for manifest in manifests:
        verify(manifest.parent)
    assert [*filled[0].glob("*/*.tmp"), *filled[0].glob("*/*.work")] == []


def test_a_study_that_was_stopped_goes_on_where_it_was(study, filled, cpu, contents, tmp_path):
    class Stop(Exception):
        pass

    def watch(stage, done, total):
        if stage == "generate":
            raise Stop

    stopped = Store(tmp_path, watch=watch)
    with pytest.raises(Stop):
        run(study, stopped, cpu)
    assert Counter(stopped.executed.values()) == {
        "read_dataset": 1,
        "make_splits": 1,
        "fit_classifier": 1,
        "fit_generator": 1,
    }
    store = Store(tmp_path)
    report, _ = run(study, store, cpu)
    assert Counter(store.executed.values()) + Counter(stopped.executed.values()) == filled[1]
    assert report == filled[2]


# studies of less


def test_without_arms_there_is_a_report_on_the_samples_alone(tiny, fresh):
    study = tiny("arm=[]", "n_repeats=1")
    report, repeats, store = fresh(study)
    assert (report.lifts, report.per_class, report.by_classifier) == ((), (), {})
    of_metrics = {metric.name for metric in study.fidelity}
    assert set(report.fidelity) == of_metrics | {"held_out_adherence"}
    assert repeats[0].material.drawn.read().counts().tolist() == [4] * 10
    assert Counter(store.executed.values())["predict"] == 0


def test_without_arms_a_single_class_is_enough(tiny, fresh):
    report, repeats, store = fresh(
        tiny("arm=[]", "n_repeats=1", "dataset.classes=['3']", "generator.batch_size=2")
    )
    assert report.classes == ("3",)
    assert repeats[0].material.drawn.read().labels.tolist() == [0] * 4
    assert "fit_classifier" not in store.executed.values()


def test_without_arms_and_classifiers_samples_are_drawn_too(tiny, fresh):
    report, _, _ = fresh(tiny("arm=[]", "classifier=[]", "n_repeats=1"))
    assert report.lifts == ()


def test_arms_that_need_no_synthetic_samples_train_no_generator(tiny, fresh):
    report, _, store = fresh(tiny("arm=[real,augmented]", "n_repeats=1"))
    assert Counter(store.executed.values()) == {
        "read_dataset": 1,
        "make_splits": 1,
        "fit_classifier": 2,
        "predict": 2,
    }
    assert report.fidelity == {}


# refusals


@pytest.fixture
def refused(cpu, tmp_path):
    """The error of a study that can't be run, and the stages that were run before that."""

    def go(study):
        store = Store(tmp_path)
        with pytest.raises(SynthliftError) as caught:
            run(study, store, cpu)
        assert not isinstance(caught.value, TrainingError)
        return caught.value, set(store.executed.values())

    return go


def test_one_class_with_arms_is_refused_before_any_training(tiny, refused):
    error, executed = refused(tiny("dataset.classes=['3']"))
    assert isinstance(error, ConfigError)
    assert "single class, '3'" in str(error)
    assert "arm=[]" in str(error)
    assert executed == {"read_dataset", "make_splits"}


def test_a_class_without_train_rows_is_refused_when_the_study_is_built(tiny):
    with pytest.raises(ConfigError, match=r"split.imbalance lists at least one train row"):
        tiny("split.imbalance=[3,3,3,3,3,3,3,3,3,0]")


def test_a_fraction_that_leaves_a_class_without_train_rows_is_refused_before_any_training(
    tiny, refused
):
    error, executed = refused(tiny("split.n_per_class=null", "split.train=0.003"))
    assert "has no train rows" in str(error)
    assert executed == {"read_dataset", "make_splits"}


def test_too_few_rows_are_refused_before_any_training(tiny, refused):
    error, executed = refused(tiny("split.n_per_class=150"))
    assert isinstance(error, DataError)
    assert "class '" in str(error)
    assert executed == {"read_dataset"}


def test_a_generator_that_cannot_draw_the_data_is_refused_before_any_training(study, refused):
    class Small(type(study.generator.network)):
        sizes = (4,)

    network = Small(latent_dim=4, channels=2)
    error, executed = refused(replace(study, generator=replace(study.generator, network=network)))
    assert "the generator does not fit dataset=digits" in str(error)
    assert "up to 4 pixels" in str(error)
    assert executed == {"read_dataset", "make_splits"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_repeats": 0}, "n_repeats is at least 1"),
        ({"classifiers": {}}, "arms need a classifier"),
        ({"scores": ()}, "arms need a score"),
    ],
)
def test_a_study_that_makes_no_sense_is_refused_when_it_is_built(study, changes, said):
    with pytest.raises(ValueError, match=said):
        replace(study, **changes)


def test_arms_without_the_baseline_are_refused_when_the_study_is_built(tiny):
    with pytest.raises(ConfigError, match="over the arm `real`"):
        tiny("arm=[synthetic]")


def test_a_first_score_of_which_less_is_better_is_refused_when_the_study_is_built(tiny):
    with pytest.raises(ConfigError, match="log_loss"):
        tiny("metric=[log_loss,accuracy]")


# arms that are left out


@pytest.mark.parametrize("arm", ["balanced", "oversampled"])
def test_arms_for_rare_classes_are_left_out_with_a_line_when_classes_are_equal(tiny, fresh, arm):
    report, _, store = fresh(tiny(f"arm=[real,{arm}]", "n_repeats=1"))
    assert set(arms_of(report)) == {"real"}
    assert f"arm {arm} is left out: all classes have equally many rows" in report.notes
    assert Counter(store.executed.values())["fit_classifier"] == 1


@pytest.mark.parametrize("arm", ["balanced", "oversampled"])
def test_arms_for_rare_classes_are_there_when_classes_are_not(tiny, fresh, arm):
    report, _, _ = fresh(tiny(f"arm=[real,{arm}]", "n_repeats=1", "split.imbalance=3"))
    assert set(arms_of(report)) == {"real", arm}
    assert not any("left out" in note for note in report.notes)


def test_the_ceiling_is_left_out_with_a_line_without_a_reserve(tiny, fresh):
    report, _, _ = fresh(tiny("arm=[real,more_real]", "n_repeats=1", "split.reserve=0"))
    assert set(arms_of(report)) == {"real"}
    assert any("more_real is left out" in note for note in report.notes)


def test_an_arm_that_some_repeats_have_no_rows_for_is_left_out_of_all(tiny, cpu, tmp_path):
    """Groups leave another number of rows for the reserve in every repeat."""
    study = tiny("arm=[real,augmented,more_real]", "n_repeats=2")
    store = Store(tmp_path)
    repeats = [run_repeat(study, store, cpu, number) for number in range(2)]
    facts = replace(repeats[1].material.facts, n_reserve=0)
    trials = tuple(t for t in repeats[1].trials if t.arm != "more_real")
    material = replace(repeats[1].material, facts=facts)
    report = compare_repeats(
        study, [repeats[0], replace(repeats[1], material=material, trials=trials)]
    )
    assert set(arms_of(report)) == {"real", "augmented"}
    assert any("more_real is left out" in note for note in report.notes)
    assert report.failed == ()


# repeats


def test_as_many_repeats_as_the_regime_needs_unless_a_number_is_given(tiny, tmp_path):
    store = Store(tmp_path)
    assert count_repeats(tiny("n_repeats=null"), store) == 6
    small = tiny("n_repeats=null", "split.n_per_class=60")
    assert count_repeats(small, store) == 15
    assert count_repeats(replace(small, n_repeats=4), store) == 4


# divergence


def test_a_divergence_fails_its_arms_and_leaves_nothing_half_done(study, cpu, tmp_path):
    wild = Adam(1e30, (0.0, 0.9))
    diverges = replace(study.generator, generator_optimizer=wild, critic_optimizer=wild)
    store = Store(tmp_path)
    report, _ = run(replace(study, generator=diverges), store, cpu)
    needy = {name for name, arm in study.arms.items() if "synthetic" in arm.needs}
    assert {failed.arm for failed in report.failed} == needy
    assert all("the generator diverged" in failed.reason for failed in report.failed)
    assert list(tmp_path.glob("*/*.work")) == list(tmp_path.glob("*/*.tmp")) == []
    report, _ = run(study, Store(tmp_path), cpu)
    assert report.n_repeats == 2
    assert report.failed == ()
