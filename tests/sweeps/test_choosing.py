"""The choice sees validation rows alone."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from synthlift.core.errors import DataError
from synthlift.core.results import Predictions
from synthlift.metrics.accuracy import Accuracy
from synthlift.metrics.log_loss import LogLoss
from synthlift.sweeps import choosing
from synthlift.sweeps.choosing import choose, judge_valid, name_classifiers
from synthlift.sweeps.results import Choice, ValidScore


def score(arm, value, made_of, classifier="cnn"):
    return ValidScore(arm, classifier, {"accuracy": value}, made_of)


def said(*right):
    labels = np.arange(len(right)) % 2
    p = np.where(np.array(right, bool), labels, 1 - labels)
    return Predictions(np.eye(2, dtype=np.float32)[p], labels, labels)


def test_every_arm_takes_the_candidate_that_is_best_for_it():
    found = choose(
        {
            0: [score("real", 0.8, "a"), score("real_synthetic", 0.9, "b")],
            1: [score("real", 0.7, "c"), score("real_synthetic", 0.95, "d")],
        },
        "accuracy",
    )
    assert found == (Choice("real", "cnn", 0, 2), Choice("real_synthetic", "cnn", 1, 2))


def test_of_equals_the_first_is_taken():
    found = choose({0: [score("real", 0.8, "a")], 1: [score("real", 0.8, "b")]}, "accuracy")
    assert found == (Choice("real", "cnn", 0, 2),)


def test_an_arm_that_is_trained_alike_has_nothing_to_choose():
    found = choose({2: [score("real", 0.8, "a")], 5: [score("real", 0.8, "a")]}, "accuracy")
    assert found == (Choice("real", "cnn", 2, 1),)


def test_arms_that_only_some_candidates_have_are_taken_from_those():
    found = choose(
        {
            0: [score("real", 0.8, "a"), score("real_synthetic", 0.9, "b")],
            1: [score("real", 0.8, "a"), score("synthetic", 0.5, "c")],
        },
        "accuracy",
    )
    assert {c.arm: (c.candidate, c.n_options) for c in found} == {
        "real": (0, 1),
        "real_synthetic": (0, 1),
        "synthetic": (1, 1),
    }


def test_a_score_that_is_no_number_never_wins():
    having = {0: [score("real", None, "a")], 1: [score("real", 0.1, "b")]}
    assert choose(having, "accuracy")[0].candidate == 1
    with pytest.raises(DataError, match=r"no validation score to choose by; raise split\.n_valid"):
        choose({0: [score("real", None, "a")], 1: [score("real", None, "b")]}, "accuracy")


def test_without_valid_rows_candidates_are_not_taken_to_be_alike():
    nothing = judge_valid({("real", "cnn"): [said()]}, (Accuracy(),), {})
    with pytest.raises(DataError, match="2 candidates and no validation score"):
        choose({0: nothing, 1: nothing}, "accuracy")
    assert choose({0: nothing}, "accuracy") == (Choice("real", "cnn", 0, 1),)


def test_the_valid_score_is_the_mean_over_repeats():
    [found] = judge_valid(
        {("real", "cnn"): [said(1, 1, 1, 0), said(1, 0, 0, 0)]}, (Accuracy(), LogLoss()), {}
    )
    assert found.valid["accuracy"] == 0.5
    assert set(found.valid) == {"accuracy", "log_loss"}


def test_the_lift_is_over_the_own_baseline_and_none_without_it():
    own = {("real", "cnn"): [said(1, 0)], ("new", "cnn"): [said(1, 1)], ("alone", "cnn"): [said(1)]}
    baselines = {"real": "real", "new": "real", "alone": "absent"}
    found = judge_valid(own, (Accuracy(),), baselines)
    assert {s.arm: (s.baseline, s.lift) for s in found} == {
        "real": ("real", None),
        "new": ("real", 0.5),
        "alone": ("absent", None),
    }


def test_no_valid_rows_give_no_score():
    [found] = judge_valid({("real", "cnn"): [said(1), said()]}, (Accuracy(),), {})
    assert found.valid == {"accuracy": None}


def test_the_same_predictions_have_the_same_digest_and_others_another():
    same, other = {("a", "c"): [said(1, 0)]}, {("a", "c"): [said(0, 1)]}
    one, two, three = (judge_valid(x, (Accuracy(),), {})[0].made_of for x in (same, same, other))
    assert one == two != three


def test_classifiers_compete_by_name_or_else_by_place():
    assert name_classifiers([["cnn"], ["cnn", "mlp"]]) == [
        {"cnn": "cnn"},
        {"cnn": "cnn", "mlp": "mlp"},
    ]


def test_nothing_here_can_be_given_a_score_on_test():
    """Leak-proof by signature: no function takes a trial, a lift, a report, or test rows."""
    for name, function in inspect.getmembers(choosing, inspect.isfunction):
        if function.__module__ == choosing.__name__:
            said = " ".join(str(p) for p in inspect.signature(function).parameters.values())
            assert not {"Trial", "Lift", "Report", "test", "Repeat"} & set(said.split()), name
    source = inspect.getsource(choosing)
    assert ".test" not in source
    assert "Trial" not in source
