"""Looks at a study before its end: planned ones stop it, unplanned ones are told."""

from dataclasses import replace

import pytest

from synthlift.core.errors import ConfigError
from synthlift.core.results import Lift, Report
from synthlift.core.store import Store
from synthlift.experiment import run
from synthlift.looks import is_decided, looks_of, unplanned_looks

pytestmark = pytest.mark.usefixtures("quick_disk")
ARMS = "arm=[real,real_synthetic]"


def lift(verdict):
    return Lift("a", "real", "cnn", "accuracy", 0.0, -0.1, 0.1, 0.5, 6, primary=True,
                verdict=verdict)  # fmt: skip


def report(*verdicts):
    made = tuple(map(lift, verdicts))
    return Report("d", "image", ("x", "y"), 6, 9, 9, 9, "fixed_test", {}, made, (), {}, (), ())


def test_a_study_is_decided_when_every_primary_question_has_an_answer():
    assert is_decided(report("helps", "no difference"))
    assert not is_decided(report("helps", "undecided"))
    assert not is_decided(report("no interval"))
    assert is_decided(report()), "what lost an arm to a failure, no repeat will answer"


def test_looks_are_at_thirds_of_the_cap_and_share_the_errors():
    looks = looks_of(12, lambda: 0)
    assert [look.n_repeats for look in looks] == [4, 8, 12]
    assert [look.alpha for look in looks] == [0.0005, 0.0141, 0.0451]
    assert [look.n_repeats for look in looks_of(None, lambda: 6)] == [6]


def test_a_cap_beside_a_number_of_repeats_is_refused(tiny):
    with pytest.raises(ConfigError, match="leave the other null"):
        tiny(ARMS, "n_repeats=6", "until_decided=12")
    with pytest.raises(ConfigError, match="until_decided"):
        tiny(ARMS, "until_decided=4")


def test_planned_looks_are_for_a_fixed_test_set(tiny, cpu, tmp_path):
    study = tiny("dataset=iris", "generator=bootstrap", "classifier=[knn]", ARMS,
                 "split.n_per_class=null", "split.reserve=0", "until_decided=9")  # fmt: skip
    with pytest.raises(ConfigError, match="this pool is small"):
        run(study, Store(tmp_path), cpu)


def test_planned_looks_need_a_question(tiny, cpu, tmp_path):
    study = tiny("arm=[real,augmented]", "until_decided=9")
    with pytest.raises(ConfigError, match="verdict on a primary question"):
        run(study, Store(tmp_path), cpu)


@pytest.fixture(scope="module")
def quick(tiny):
    """Digits without a network: repeats cost nearly nothing."""
    return tiny("generator=bootstrap", "classifier=[knn]", ARMS, "split.n_per_class=10",
                "until_decided=9", "dataset.n_test=200", "split.reserve=0")  # fmt: skip


def test_an_undecided_study_runs_to_its_cap_and_says_so(quick, cpu, tmp_path):
    made = []
    found, repeats = run(quick, Store(tmp_path), cpu, make=made.append)
    n = found.n_repeats
    assert [len(numbers) for numbers in made] == [3, 3, 3][: n // 3]
    assert len(repeats) == n
    assert is_decided(found) or n == 9
    (primary,) = found.primary
    assert primary.level == pytest.approx(1 - {3: 0.0005, 6: 0.0141, 9: 0.0451}[n])
    assert any(f"planned look {n // 3} of 3" in note for note in found.notes)


def test_an_unplanned_look_is_told_and_the_same_look_again_is_none(quick, cpu, tmp_path):
    store = Store(tmp_path)
    fixed = replace(quick, until_decided=None)
    found = {n: run(replace(fixed, n_repeats=n), store, cpu) for n in (3, 4)}
    say = {n: lambda n=n: unplanned_looks(tmp_path, found[n][1], found[n][0]) for n in found}
    assert say[3]() == []
    assert say[3]() == []
    (told,) = say[4]()
    assert "with 3 repeats before, and now with 4" in told
    assert say[3]() == [], "the first look stays the first when it is read again"
    other = run(replace(fixed, n_repeats=4, seed=1), store, cpu)
    assert unplanned_looks(tmp_path, other[1], other[0]) == []


def test_a_question_is_known_again_in_a_study_that_asks_more(quick, tiny, cpu, tmp_path):
    store, names = Store(tmp_path), ("augmented_synthetic", "augmented", "real_synthetic", "real")
    every = tiny(f"arm=[{','.join(names)}]").arms
    fixed = replace(quick, until_decided=None, n_repeats=3)
    more = replace(fixed, n_repeats=4, arms={name: every[name] for name in names})
    (found, repeats), (later, more_repeats) = (run(s, store, cpu) for s in (fixed, more))
    assert unplanned_looks(tmp_path, repeats, found) == []
    (told,) = unplanned_looks(tmp_path, more_repeats, later)
    assert "with 3 repeats before, and now with 4" in told
