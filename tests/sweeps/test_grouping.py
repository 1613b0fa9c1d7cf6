"""Seeds pool, settings of four groups are candidates, all else makes conditions."""

from __future__ import annotations

from itertools import product

import pytest

from synthlift.sweeps.grouping import group_jobs, role
from synthlift.sweeps.records import Job


def jobs(*choices):
    return [Job(num, own, str(num)) for num, own in enumerate(product(*choices))]


def shape(groups):
    return {
        g.overrides: {c.overrides: tuple(j.num for j in c.jobs) for c in g.candidates}
        for g in groups
    }


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("seed=1", "repeat"),
        ("generator=cgan", "candidate"),
        ("generator/loss=hinge", "candidate"),
        ("generation.n_per_class=3", "candidate"),
        ("+arm.x.weight=1", "candidate"),
        ("arm=[real]", "candidate"),
        ("classifier.cnn.steps=3", "candidate"),
        ("~arm.real", "candidate"),
        ("dataset=digits", "condition"),
        ("split.test_seed=1", "condition"),
        ("n_repeats=3", "condition"),
        ("generators=1", "condition"),
        ("experiment=smoke", "condition"),
    ],
)
def test_the_first_part_of_a_key_says_what_an_override_does(override, expected):
    assert role(override) == expected


def test_datasets_are_conditions_with_one_candidate_each():
    found = shape(group_jobs(jobs(["n_repeats=3"], ["dataset=a", "dataset=b"])))
    assert found == {("dataset=a",): {(): (0,)}, ("dataset=b",): {(): (1,)}}


def test_settings_are_candidates_within_every_condition():
    steps, data = ["generator.steps=1", "generator.steps=2"], ["dataset=a", "dataset=b"]
    assert shape(group_jobs(jobs(steps, data))) == {
        ("dataset=a",): {("generator.steps=1",): (0,), ("generator.steps=2",): (2,)},
        ("dataset=b",): {("generator.steps=1",): (1,), ("generator.steps=2",): (3,)},
    }


def test_seeds_pool_within_a_candidate():
    found = shape(
        group_jobs(jobs(["seed=0", "seed=1"], ["generation.ratio=1", "generation.ratio=5"]))
    )
    assert found == {(): {("generation.ratio=1",): (0, 2), ("generation.ratio=5",): (1, 3)}}


def test_a_sweep_over_nothing_is_one_condition_with_one_candidate():
    assert shape(group_jobs(jobs(["dataset=a"]))) == {(): {(): (0,)}}
    assert group_jobs([]) == ()


def test_the_same_job_twice_is_one_candidate():
    assert shape(group_jobs(jobs(["generator.steps=1", "generator.steps=1"]))) == {(): {(): (0, 1)}}
