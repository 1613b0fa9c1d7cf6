"""From jobs to answers: pooled seeds, candidates chosen on valid, judged on fresh repeats."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthlift.core.errors import TrainingError
from synthlift.core.results import Failure
from synthlift.report.sweep_csv import csv_rows
from synthlift.sweeps.answer import AbsentError, answer
from synthlift.sweeps.grouping import group_jobs
from synthlift.sweeps.records import read_plan
from synthlift.sweeps.results import SweepReport

STEPS = (["generator.steps=4"], ["generator.steps=8"])


def answers(folder, world, make=None):
    heard = []
    groups = group_jobs(read_plan(folder).jobs)
    found = [answer(g, folder, world.run, make or world.run, heard.append) for g in groups]
    return [a.condition for a in found], heard


def flat(study, arm, classifier):
    return 0.7, 0.7


def good_on_test_bad_on_valid(study, arm, classifier):
    """8 steps look best on the test rows of the first repeats, 4 steps are best on valid."""
    if arm == "real":
        return 0.7, 0.7
    return (0.9, 0.75) if study.generator.steps == 4 else (0.5, 0.99)


def test_the_best_on_test_is_not_chosen_and_stands_beside_as_a_warning(leave, world):
    w = world(good_on_test_bad_on_valid)
    [found], _ = answers(leave(*STEPS), w)
    by_arm = {choice.arm: choice for choice in found.chosen}
    assert by_arm["real_synthetic"].candidate == 0
    assert by_arm["real_synthetic"].n_options == 2
    assert by_arm["real"].n_options == 1
    [naive] = found.naive
    assert naive.candidate == 1
    [lift] = found.report.primary
    assert lift.mean < 0.15 < naive.lift.mean
    assert naive.lift.low is not None


def test_the_chosen_is_judged_on_as_many_repeats_that_no_choice_has_seen(leave, world):
    w = world(good_on_test_bad_on_valid)
    [found], heard = answers(leave(*STEPS), w)
    *first, last = w.ran
    assert [(s.generator.steps, s.first_repeat) for s in first] == [(4, 0), (8, 0)]
    assert (last.generator.steps, last.first_repeat, last.n_repeats) == (4, 3, 3)
    assert found.fresh
    assert found.report.n_repeats == 3
    assert len(heard) == 1


@pytest.fixture
def small(world):
    """The same where all rows are drawn again in every repeat: other test rows in each."""

    class Small(world):
        def repeat(self, study, number):
            repeat = super().repeat(study, number)
            facts = replace(repeat.material.facts, regime="small_pool")
            trials = tuple(
                replace(t, test=replace(t.test, origin=t.test.origin + 40 * number))
                for t in repeat.trials
            )
            material = replace(repeat.material, facts=facts)
            return replace(repeat, material=material, trials=trials)

    return Small


def test_in_a_small_pool_nothing_is_run_again_and_each_row_is_judged_by_its_own_choice(
    leave, small
):
    def never(*study):
        raise AssertionError("no fresh repeat of a small pool is fresh")

    w = small(good_on_test_bad_on_valid)
    [found], heard = answers(leave(*STEPS), w, never)
    assert heard == []
    assert found.by_row
    assert not found.fresh
    assert {c.arm: c.candidate for c in found.chosen} == {"real": 0, "real_synthetic": 0}
    [lift] = found.report.primary
    assert lift.mean < 0.15 < found.naive[0].lift.mean, "4 steps judge every row"
    assert lift.level == 0.95, "luck has no part in the choice, so no level is shared"
    assert (found.report.n_repeats, found.report.regime) == (3, "small_pool")


def test_a_small_pool_without_a_choice_is_as_it_ran(leave, small):
    [found], _ = answers(leave(["seed=0"], ["seed=1"]), small(flat))
    assert not found.by_row
    assert found.report.n_repeats == 6


def failing(world, arm, steps, repeat):
    class Failing(world):
        def repeat(self, study, number):
            made = super().repeat(study, number)
            if number != repeat or study.generator.steps not in steps:
                return made
            trials = tuple(t for t in made.trials if t.arm != arm)
            failure = Failure(arm, "cnn", number, "the loss is no longer finite")
            return replace(made, trials=trials, failures=(failure,))

    return Failing


def test_a_candidate_whose_arm_failed_once_cannot_be_chosen_for_it(leave, world):
    """4 steps are best on valid, but fail in one repeat of three."""
    w = failing(world, "real_synthetic", [4], 1)(good_on_test_bad_on_valid)
    [found], _ = answers(leave(*STEPS), w)
    assert {c.arm: c.candidate for c in found.chosen} == {"real": 0, "real_synthetic": 1}
    [note] = found.notes
    assert note == (
        "generator.steps=4: real_synthetic (cnn) failed in 1 of 3 repeats, so it can't be chosen "
        "for that arm: the loss is no longer finite"
    )
    assert [s.arm for s in found.candidates[0].scores] == ["real"]


def test_an_arm_that_fails_in_every_candidate_has_no_answer_and_that_is_said(leave, world):
    w = failing(world, "real_synthetic", [4, 8], 1)(good_on_test_bad_on_valid)
    [found], _ = answers(leave(*STEPS), w)
    assert [c.arm for c in found.chosen] == ["real"]
    assert found.report.primary == ()
    assert found.notes[-1].startswith("real_synthetic (cnn) failed in every candidate")


def test_an_arm_that_fails_on_fresh_repeats_has_no_score_and_the_report_says_so(leave, world):
    w = failing(world, "real_synthetic", [4], 4)(good_on_test_bad_on_valid)
    [found], _ = answers(leave(*STEPS), w)
    assert found.fresh
    assert [f.arm for f in found.report.failed] == ["real_synthetic"]
    assert "real_synthetic" not in found.report.by_classifier["cnn"]
    sweep = SweepReport("synthlift -m", "accuracy", (), (found,))
    assert [row["arm"] for row in csv_rows(sweep) if row["chosen"] == "yes"] == [
        "real",
        "real_synthetic",
    ]


def test_seeds_pool_with_their_failures(leave, world):
    w = failing(world, "real_synthetic", [4], 1)(flat)
    jobs = [[seed, "generator.steps=4"] for seed in ("seed=0", "seed=1")]
    [found], _ = answers(leave(*jobs), w)
    [failed] = found.report.failed
    assert (failed.arm, failed.n_failed, failed.n_repeats) == ("real_synthetic", 2, 6)


FEW = ("arm=[real,real_synthetic]", "metric=[accuracy]")
LOOKS = ("arm=[real,real_synthetic]", "metric=[accuracy]", "until_decided=9")


def test_a_condition_that_was_reported_with_other_repeats_before_says_so(leave, world):
    found, _ = answers(leave(["n_repeats=3"], ["n_repeats=4"], always=FEW), world(flat))
    said = [any("unplanned look" in text for text in c.report.warnings) for c in found]
    assert said == [False, True]


def test_pooled_seeds_are_no_unplanned_look(leave, world):
    [found], _ = answers(leave(["seed=0"], ["seed=1"]), world(flat))
    assert not any("unplanned look" in text for text in found.report.warnings)


@pytest.fixture
def stops(world):
    """Runs a study with planned looks as if it were decided at the first one."""

    class Stops(world):
        def run(self, study, root, compute):
            ran = study
            if study.until_decided is not None:
                ran = replace(study, until_decided=None, n_repeats=3)
            made = super().run(ran, root, compute)
            self.ran[-1] = study
            return made

    return Stops


def test_a_study_with_planned_looks_is_judged_at_its_look(leave, stops):
    [found], _ = answers(leave([], always=LOOKS), stops(flat))
    assert [lift.level for lift in found.report.primary] == [pytest.approx(1 - 0.0005)]
    assert any("planned look 1 of 3" in note for note in found.report.notes)


def test_what_was_chosen_with_planned_looks_is_judged_on_a_fixed_number_of_repeats(leave, stops):
    w = stops(good_on_test_bad_on_valid)
    [found], _ = answers(leave(*STEPS, always=LOOKS), w)
    last = w.ran[-1]
    assert (last.until_decided, last.n_repeats, last.first_repeat) == (None, 3, 3)
    assert found.fresh
    assert [lift.level for lift in found.report.primary] == [0.95]


def test_looks_at_several_seeds_together_are_refused(leave, stops):
    [found], _ = answers(leave(["seed=0"], ["seed=1"], always=LOOKS), stops(flat))
    assert found.state == "failed"
    assert "until_decided plans its looks for one seed" in found.reason


def test_the_answer_is_that_of_the_fresh_repeats_alone(leave, world):
    """The first repeats are bad on test, the fresh ones good: nothing of the first is left."""

    def skill(study, arm, classifier):
        valid = 0.9 if study.generator.steps == 4 else 0.5
        good = study.first_repeat == 3 and arm != "real"
        return valid, 1.0 if good else 0.4

    [found], _ = answers(leave(*STEPS), world(skill))
    assert found.report.by_classifier["cnn"]["real_synthetic"].scores["accuracy"].mean == 1.0
    assert all(naive.lift.mean < 0.3 for naive in found.naive)


def test_the_baseline_is_chosen_the_same_way(leave, world):
    def skill(study, arm, classifier):
        best = 3 if arm == "real" else 5
        steps = study.classifiers["cnn"].steps
        return (0.9 if steps == best else 0.5), 0.7

    w = world(skill)
    [found], _ = answers(leave(["classifier.cnn.steps=3"], ["classifier.cnn.steps=5"]), w)
    assert {c.arm: c.candidate for c in found.chosen} == {"real": 0, "real_synthetic": 1}
    assert [c.n_options for c in found.chosen] == [2, 2]
    assert [(s.first_repeat, set(s.arms)) for s in w.ran[2:]] == [
        (3, {"real"}),
        (3, {"real", "real_synthetic"}),
    ]


def test_a_single_candidate_is_its_own_answer_and_nothing_more_is_run(leave, world):
    w = world(flat)
    found, heard = answers(leave(["dataset=digits"], ["dataset=digits", "split.n_valid=41"]), w)
    assert len(found) == 1 or all(len(c.candidates) == 1 for c in found)
    assert heard == []
    assert all(study.first_repeat == 0 for study in w.ran)


def test_datasets_are_rows_of_their_own(leave, world):
    w = world(flat)
    found, _ = answers(leave(["split.n_per_class=5"], ["split.n_per_class=6"]), w)
    assert [c.overrides for c in found] == [("split.n_per_class=5",), ("split.n_per_class=6",)]
    assert all(c.report and not c.fresh and not c.naive and not c.chosen for c in found)
    assert len(w.ran) == 2


def test_seeds_pool_as_repeats(leave, world):
    [found], _ = answers(leave(["seed=0"], ["seed=1"]), world(flat))
    assert found.report.n_repeats == 6
    assert found.candidates[0].n_repeats == 6
    assert not found.fresh


def test_the_same_seed_given_twice_is_not_counted_twice(leave, world):
    [found], _ = answers(leave(["seed=1"], ["seed=1"]), world(flat))
    assert found.report.n_repeats == 3


def test_seeds_and_candidates_are_confirmed_on_fresh_repeats_of_every_seed(leave, world):
    w = world(good_on_test_bad_on_valid)
    jobs = [[seed, *steps] for seed in ("seed=0", "seed=1") for steps in STEPS]
    [found], _ = answers(leave(*jobs), w)
    assert [(s.seed, s.first_repeat) for s in w.ran[4:]] == [(0, 3), (1, 3)]
    assert found.report.n_repeats == 6


def test_arms_that_only_some_candidates_have_stand_side_by_side(leave, world):
    w = world(flat)
    arms = (["arm=[real,real_synthetic]"], ["arm=[real,synthetic]"])
    [found], heard = answers(leave(*arms, always=("n_repeats=3", "metric=[accuracy]")), w)
    assert list(found.report.by_classifier["cnn"]) == ["real", "real_synthetic", "synthetic"]
    assert not found.fresh
    assert heard == []
    assert all(study.first_repeat == 0 for study in w.ran)


def test_classifiers_that_are_swept_compete(leave, world):
    def skill(study, arm, classifier):
        best = "cnn" if arm == "real" else "mlp"
        return (0.9 if classifier == best else 0.5), 0.7

    [found], _ = answers(leave(["classifier=[cnn]"], ["classifier=[mlp]"]), world(skill))
    assert list(found.report.by_classifier) == ["cnn or mlp"]
    assert {c.arm: c.candidate for c in found.chosen} == {"real": 0, "real_synthetic": 1}
    assert found.naive[0].lift.classifier == "cnn or mlp"


def test_a_failed_candidate_cannot_be_chosen_and_is_named(leave, world):
    w = world(good_on_test_bad_on_valid)
    [found], _ = answers(leave(*STEPS, failed=[0]), w)
    assert [c.state for c in found.candidates] == ["failed", "finished"]
    assert "blew up" in found.candidates[0].reason
    assert found.report is not None
    assert not found.fresh
    [note] = found.notes
    assert note.startswith("generator.steps=4 failed and is no part of the answer: ")


def test_a_candidate_that_failed_with_one_seed_cannot_be_chosen(leave, world):
    jobs = [[seed, *steps] for seed in ("seed=0", "seed=1") for steps in STEPS]
    [found], _ = answers(leave(*jobs, failed=[2]), world(good_on_test_bad_on_valid))
    assert [c.state for c in found.candidates] == ["failed", "finished"]


def test_a_seed_that_failed_with_every_candidate_is_left_out_and_said(leave, world):
    [found], _ = answers(leave(["seed=0"], ["seed=1"], failed=[1]), world(flat))
    assert found.report.n_repeats == 3
    assert any("seed=1" in note and "blew up" in note for note in found.notes)


def test_a_condition_in_which_all_failed_says_so(leave, world):
    w = world(flat)
    [found], _ = answers(leave(*STEPS, failed=[0, 1]), w)
    assert found.state == "failed"
    assert "blew up" in found.reason
    assert found.report is None
    assert w.ran == []


@pytest.mark.parametrize("how", ["killed", "missing"])
def test_nothing_is_chosen_before_every_job_has_ended(leave, world, how):
    w = world(flat)
    [found], _ = answers(leave(*STEPS, **{how: [1]}), w)
    assert found.state == "unfinished"
    assert found.report is None
    assert [c.state for c in found.candidates] == ["finished", "unfinished"]
    assert w.ran == []


def test_a_confirmation_that_fails_is_said_with_the_choice(leave, world):
    def make(*study):
        raise TrainingError("the loss is no longer finite")

    [found], _ = answers(leave(*STEPS), world(good_on_test_bad_on_valid), make)
    assert found.state == "failed"
    assert "no longer finite" in found.reason
    assert [c.candidate for c in found.chosen] == [0, 0]
    assert all(c.scores for c in found.candidates)


def test_a_confirmation_that_the_store_lacks_is_unfinished(leave, world):
    def make(*study):
        raise AbsentError("not there")

    [found], _ = answers(leave(*STEPS), world(good_on_test_bad_on_valid), make)
    assert (found.state, found.report) == ("unfinished", None)


def test_a_generation_only_sweep_has_nothing_to_choose_by(leave, world):
    [found], _ = answers(leave(*STEPS, always=("arm=[]", "n_repeats=3")), world(flat))
    assert found.state == "finished"
    assert "generation-only" in found.reason
