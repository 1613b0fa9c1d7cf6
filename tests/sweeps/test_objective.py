"""What a search climbs: validation lift and cost, and that test rows have no say in either."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthlift.configure import build, experiment
from synthlift.core.errors import ConfigError
from synthlift.core.results import Failure
from synthlift.sweeps.answer import answer
from synthlift.sweeps.grouping import group_jobs
from synthlift.sweeps.objective import Objective, judge_study
from synthlift.sweeps.records import read_plan

ARMS = ("arm=[real,augmented,augmented_synthetic]", "n_repeats=3", "metric=[accuracy]")
NOWHERE = Path("/nowhere")
LIFT = Objective("augmented_synthetic")


def skilled(study, arm, classifier):
    """The larger the weight the better on valid, and the worse on test."""
    if arm != "augmented_synthetic":
        return 0.6, 0.6
    return 0.6 + 0.4 * study.arms[arm].weight, 0.9 - 0.8 * study.arms[arm].weight


@pytest.fixture
def study(compose):
    return experiment(compose(*ARMS))[0]


def run(world, study):
    return world(skilled).run(study, NOWHERE, None)[1]


def test_the_lift_is_the_paired_mean_on_validation_rows(study, world):
    repeats = run(world, study)
    by_hand = []
    for repeat in repeats:
        said = {trial.arm: trial.valid for trial in repeat.trials}
        right = {a: (v.p.argmax(axis=1) == v.labels).mean() for a, v in said.items()}
        by_hand.append(right["augmented_synthetic"] - right["augmented"])
    [lift] = judge_study(study, repeats, NOWHERE, LIFT)
    assert lift == pytest.approx(np.mean(by_hand), abs=1e-12)


def test_test_rows_have_no_say(study, world):
    """All that was said of test rows is shuffled, reversed, or gone: the value is the same."""
    repeats = run(world, study)
    rng = np.random.default_rng(0)

    def with_test(change):
        return [
            replace(r, trials=tuple(replace(t, test=change(t.test)) for t in r.trials))
            for r in repeats
        ]

    spoilt = (
        lambda test: replace(test, p=rng.permutation(test.p)),
        lambda test: replace(test, p=1 - test.p, labels=test.labels[::-1]),
        lambda test: replace(test, p=test.p[:0], labels=test.labels[:0], origin=test.origin[:0]),
    )
    honest = judge_study(study, repeats, NOWHERE, LIFT)
    assert honest is not None
    for change in spoilt:
        assert judge_study(study, with_test(change), NOWHERE, LIFT) == honest
    valid = [
        replace(
            r,
            trials=tuple(
                replace(t, valid=replace(t.valid, p=rng.permutation(t.valid.p))) for t in r.trials
            ),
        )
        for r in repeats
    ]
    assert judge_study(study, valid, NOWHERE, LIFT) != honest, "validation rows do have one"


@pytest.mark.parametrize("arm", ["augmented_synthetic", "augmented"])
def test_an_arm_or_a_baseline_that_failed_in_a_repeat_has_no_value(study, world, arm):
    first, *others = run(world, study)
    failure = Failure(arm, "cnn", 0, "the loss is no longer finite")
    first = replace(
        first, trials=tuple(t for t in first.trials if t.arm != arm), failures=(failure,)
    )
    assert judge_study(study, [first, *others], NOWHERE, LIFT) is None


def test_without_validation_rows_there_is_no_value(study, world):
    empty = [
        replace(
            r,
            trials=tuple(
                replace(t, valid=replace(t.valid, p=t.valid.p[:0], labels=t.valid.labels[:0]))
                for t in r.trials
            ),
        )
        for r in run(world, study)
    ]
    assert judge_study(study, empty, NOWHERE, LIFT) is None


def test_a_cost_that_the_store_does_not_say_is_no_value(study, world):
    both = Objective("augmented_synthetic", ("lift", "seconds"))
    assert judge_study(study, run(world, study), NOWHERE, both) is None


def test_what_can_not_be_asked_of_a_study_is_refused(compose):
    def check(arm, *words):
        Objective(arm).check(experiment(compose(*words))[0])

    check("augmented_synthetic", *ARMS)
    with pytest.raises(ConfigError, match="uses no synthetic samples; choose one that does: augm"):
        check("augmented", *ARMS)
    with pytest.raises(
        ConfigError, match=r"not among the arms; add it to arm=\[\.\.\.\], or choose"
    ):
        check("synthetic", *ARMS)
    with pytest.raises(ConfigError, match=r"over augmented, which is not among .* add augmented"):
        check("augmented_synthetic", "arm=[real,augmented_synthetic]")
    with pytest.raises(ConfigError, match="its test rows say so"):
        check("augmented_synthetic", ARMS[0], "until_decided=9")


def test_values_and_directions_fit_or_are_refused():
    made = build(
        {
            "_target_": "synthlift.sweeps.objective.Objective",
            "arm": "real_synthetic",
            "values": ["lift", "seconds"],
        },
        "objective",
    )
    made.check_directions(["maximize", "minimize"])
    LIFT.check_directions("maximize")
    with pytest.raises(ConfigError, match=r"direction='\[maximize,minimize\]'"):
        made.check_directions("maximize")
    with pytest.raises(ConfigError, match=r"minimize, but .* lift; give .*direction=maximize"):
        LIFT.check_directions("minimize")
    for values in ((), ("gain",), ("lift", "lift")):
        with pytest.raises(ValueError, match=r"give \[lift\], \[seconds\] or \[lift, seconds\]"):
            Objective("real_synthetic", values)


WEIGHTS = (0.05, 0.2371, 0.41, 0.2371, 0.6)


def search(leave, **how):
    jobs = [[f"arm.augmented_synthetic.weight={w}"] for w in WEIGHTS]
    return leave(*jobs, always=ARMS, **how)


def judged(folder, w):
    [group] = group_jobs(read_plan(folder).jobs)
    return answer(group, folder, w.run, w.run, lambda what: None).condition


def test_the_report_chooses_what_the_search_would(leave, world, compose):
    """A setting that was tried twice is one candidate; its lift is what the search was told."""
    w = world(skilled)
    found = judged(search(leave), w)
    assert [c.jobs for c in found.candidates] == [(0,), (1, 3), (2,), (4,)]
    told = [
        judge_study(study, w.run(study, NOWHERE, None)[1], NOWHERE, LIFT)
        for c in found.candidates
        for study in [experiment(compose(*ARMS, *c.overrides))[0]]
    ]
    shown = [s.lift for c in found.candidates for s in c.scores if s.arm == LIFT.arm]
    assert [(x,) for x in shown] == told
    choice = {c.arm: c for c in found.chosen}[LIFT.arm]
    assert choice.candidate == int(np.argmax(shown)) == 3
    assert choice.n_options == 4


def test_only_the_chosen_is_judged_on_fresh_repeats_and_its_baseline_once(leave, world):
    w = world(skilled)
    found = judged(search(leave), w)
    fresh = [study for study in w.ran if study.first_repeat]
    assert [(set(s.arms), s.first_repeat) for s in fresh] == [
        ({"real", "augmented"}, 3),
        ({"real", "augmented_synthetic"}, 3),
    ]
    assert found.fresh
    assert {c.arm: c.n_options for c in found.chosen} == {
        "real": 1,
        "augmented": 1,
        "augmented_synthetic": 4,
    }


def test_a_failed_trial_is_no_candidate_and_another_of_its_setting_stands_in(leave, world):
    found = judged(search(leave, failed=[3, 4]), world(skilled))
    assert [c.state for c in found.candidates] == ["finished"] * 3 + ["failed"]
    assert {c.arm: c.candidate for c in found.chosen}[LIFT.arm] == 2
    [note] = found.notes
    assert note.startswith("arm.augmented_synthetic.weight=0.6 failed")


def test_an_empty_search_and_one_of_failures_alone_have_a_report(leave, world, tmp_path):
    from synthlift.sweeps.sweep import rebuild_sweep

    folder = search(leave, failed=range(5))
    assert judged(folder, world(skilled)).state == "failed"
    report = rebuild_sweep(folder)
    assert len(report.failures) == 5
    (folder / "sweep.json").write_text('{"schema": 1, "command": "synthlift", "jobs": null}')
    for record in folder.rglob("job.json"):
        record.unlink()
    assert rebuild_sweep(folder).conditions == ()
    assert "0 studies" in (folder / "report.md").read_text()
