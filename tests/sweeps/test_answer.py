"""From jobs to answers: pooled seeds, candidates chosen on valid, judged on fresh repeats."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthlift.core.errors import TrainingError
from synthlift.sweeps.answer import AbsentError, answer
from synthlift.sweeps.grouping import group_jobs
from synthlift.sweeps.records import read_plan

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


@pytest.mark.parametrize(("regime", "n"), [("fixed_test", 0), ("small_pool", 1)])
def test_where_fresh_repeats_test_on_rows_that_chose_the_report_says_so(leave, world, regime, n):
    class Small(world):
        def repeat(self, study, number):
            repeat = super().repeat(study, number)
            facts = replace(repeat.material.facts, regime=regime)
            return replace(repeat, material=replace(repeat.material, facts=facts))

    [found], _ = answers(leave(*STEPS), Small(flat))
    said = [warning for warning in found.report.warnings if "chose among 2 candidates" in warning]
    assert len(said) == n
    options, questions = (2 if regime == "small_pool" else 1), len(found.report.primary)
    assert {lift.level for lift in found.report.primary} == {1 - 0.05 / (questions * options)}


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
