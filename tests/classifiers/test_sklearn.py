"""Estimators of scikit-learn: which, with what weights, to the same bytes on any machine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import threadpoolctl

from synthlift.classifiers.calibration import deal_folds, fit_temperature, soften
from synthlift.classifiers.sklearn import ALLOWED, Sklearn
from synthlift.core.errors import TrainingError
from synthlift.core.samples import SampleSet, TrainingSet, concatenate
from synthlift.core.schema import Column, TableSchema
from synthlift.core.store import identity
from synthlift.core.tables import conform

COLUMNS = (
    Column("x", "numeric"),
    Column("y", "numeric"),
    Column("kind", "categorical", ("p", "q")),
)
LOGISTIC = Sklearn("sklearn.linear_model.LogisticRegression", {"C": 1.0, "max_iter": 500})
FEW = {"n_estimators": 5, "max_iter": 20}


def blobs(n_per_class=10, n_classes=2, seed=0, apart=2.0):
    n = n_per_class * n_classes
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    table = pd.DataFrame(rng.normal(0, 1, (n, 2)) + apart * labels[:, None], columns=["x", "y"])
    table["kind"] = rng.choice(["p", "q", None], n)
    schema = TableSchema(COLUMNS, tuple("abcdef"[:n_classes]))
    return SampleSet(schema, conform(table, COLUMNS), labels, np.arange(n))


def plain(rows):
    return TrainingSet(rows, np.ones(len(rows), np.float32))


def predicted(recipe, training, rows, seed=0):
    return recipe.fit(training, seed, None, None).predict(rows)


def few(name):
    made = Sklearn(name, None)
    possible = {k: v for k, v in FEW.items() if k in made.maker().get_params()}
    return Sklearn(name, possible)


@pytest.mark.parametrize("name", ALLOWED)
def test_every_estimator_of_the_allowlist_learns_and_answers_with_probabilities(name):
    rows, test = blobs(20, 3, apart=3), blobs(20, 3, seed=1, apart=3)
    slot = blobs(5, 3, seed=2, apart=3)
    training = TrainingSet(rows, np.ones(len(rows), np.float32), slot, 0.25)
    p = predicted(few(name), training, test)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p.sum(1), 1, atol=1e-6)
    assert (p.argmax(1) == test.labels).mean() > 0.6


@pytest.mark.parametrize("name", ["os.system", "sklearn.svm.NuSVC", "sklearn.linear_model", ""])
def test_what_is_not_on_the_allowlist_is_refused(name):
    with pytest.raises(ValueError, match="outside the allowlist"):
        Sklearn(name, {})


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"c": 1}, "has no c; LogisticRegression takes C"),
        ({"C": -1.0}, "'C' parameter of LogisticRegression must be"),
        ({"random_state": 1}, "random_state, which synthlift sets"),
        ({"C": {"a": 1}}, "parameters.C is a number"),
    ],
)
def test_a_wrong_parameter_is_refused_before_any_training(parameters, said):
    with pytest.raises(ValueError, match=said):
        Sklearn("sklearn.linear_model.LogisticRegression", parameters)


def test_its_parameters_are_in_its_key_whatever_their_order():
    name = "sklearn.linear_model.LogisticRegression"
    one, other = (Sklearn(name, p) for p in ({"C": 1.0, "tol": 0.1}, {"tol": 0.1, "C": 1.0}))
    assert identity(one) == identity(other) != identity(LOGISTIC)


def test_the_placebo_of_a_logistic_regression_equals_real():
    rows, test = blobs(), blobs(seed=1)
    slot = concatenate([rows, rows, rows])
    placebo = TrainingSet(rows, np.ones(len(rows), np.float32), slot, 0.25)
    real, control = (predicted(LOGISTIC, t, test) for t in (plain(rows), placebo))
    np.testing.assert_allclose(control, real, atol=1e-4)


def test_a_single_class_is_certain():
    rows = blobs(n_classes=3)
    p = predicted(LOGISTIC, plain(rows.take(rows.labels == 1)), rows)
    assert p.tolist() == [[0.0, 1.0, 0.0]] * 30


def test_a_class_without_rows_has_probability_zero():
    rows = blobs(n_classes=3)
    p = predicted(LOGISTIC, plain(rows.take(rows.labels != 1)), rows)
    assert (p[:, 1] == 0).all()
    assert p[:, [0, 2]].min() > 0


def test_more_neighbours_than_rows_are_all_rows():
    rows = blobs(2)
    knn = Sklearn("sklearn.neighbors.KNeighborsClassifier", {"n_neighbors": 50})
    np.testing.assert_allclose(predicted(knn, plain(rows), rows), 0.5)


def test_what_scikit_learn_refuses_is_a_training_error_in_its_words():
    rows = blobs(1)
    discriminant = Sklearn("sklearn.discriminant_analysis.LinearDiscriminantAnalysis", {})
    with pytest.raises(TrainingError, match="LinearDiscriminantAnalysis can't be fitted"):
        predicted(discriminant, plain(rows), rows)


@pytest.mark.parametrize("name", ["HistGradientBoostingClassifier", "RandomForestClassifier"])
def test_the_number_of_threads_changes_nothing(name):
    rows, test = blobs(100), blobs(20, seed=1)
    made = []
    for n in (1, 2):
        with threadpoolctl.threadpool_limits(n):
            made.append(predicted(few(f"sklearn.ensemble.{name}"), plain(rows), test).tobytes())
    assert made[0] == made[1]


def test_no_row_before_it_is_asked_for():
    def training():
        raise AssertionError("read too early")

    LOGISTIC.load(None, blobs().schema, training, 0)


# calibration


def test_the_class_stays_that_of_the_decision_values():
    decision = np.random.default_rng(0).normal(0, 3, (50, 4))
    assert (soften(decision, 7.0).argmax(1) == decision.argmax(1)).all()
    assert (soften(decision[:, 0], 0.1).argmax(1) == (decision[:, 0] > 0)).all()


def test_the_temperature_is_that_of_the_generating_model():
    """Labels drawn from softmax(z / 2), and z itself as decision values."""

    class Itself:
        def decision_function(self, x):
            return x

    rng = np.random.default_rng(0)
    z = rng.normal(0, 4, (4000, 3))
    y = np.array([rng.choice(3, p=p) for p in soften(z, 2.0)])
    t = fit_temperature(lambda *_: Itself(), z, y, np.ones(4000), np.arange(4000), 0)
    assert t == pytest.approx(2, rel=0.1)


def test_copies_of_a_row_stand_in_one_fold_and_a_lone_row_in_none():
    labels = np.array([0] * 6 + [1] * 2 + [0, 0, 1])
    origin = np.array([1, 2, 3, 4, 5, 6, 7, 7, 1, 2, 7])
    fold = deal_folds(labels, origin, 0)
    assert fold[0] == fold[8]
    assert fold[1] == fold[9]
    assert (fold[labels == 1] == -1).all()
    synthetic = deal_folds(np.zeros(10, int), np.full(10, -1), 0)
    assert sorted(synthetic) == sorted([*range(5), *range(5)])
