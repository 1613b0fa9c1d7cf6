import numpy as np
import pytest
from sklearn import metrics as reference

from synthlift.metrics.accuracy import Accuracy
from synthlift.metrics.balanced_accuracy import BalancedAccuracy
from synthlift.metrics.log_loss import LogLoss
from synthlift.metrics.macro_f1 import MacroF1

K = 4


def predictions(seed, classes=(0, 1, 1, 1, 2, 3, 3)):
    rng = np.random.default_rng(seed)
    labels = rng.choice(classes, 60)
    p = rng.dirichlet(np.ones(K), 60) + 0.5 * np.eye(K)[labels]
    return (p / p.sum(axis=1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_scikit_learn(seed):
    p, labels = predictions(seed)
    guess = p.argmax(axis=1)
    assert Accuracy().score(p, labels) == pytest.approx(reference.accuracy_score(labels, guess))
    assert BalancedAccuracy().score(p, labels) == pytest.approx(
        reference.balanced_accuracy_score(labels, guess)
    )
    assert MacroF1().score(p, labels) == pytest.approx(
        reference.f1_score(labels, guess, average="macro")
    )
    exact = p.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    assert LogLoss().score(p, labels) == pytest.approx(
        reference.log_loss(labels, exact, labels=range(K)), rel=1e-6
    )


@pytest.mark.parametrize("metric", [Accuracy(), BalancedAccuracy(), LogLoss()])
def test_rows_have_the_score_as_their_mean(metric):
    p, labels = predictions(1)
    rows = metric.rows(p, labels)
    assert rows.dtype == np.float64
    assert rows.shape == labels.shape
    assert rows.mean() == pytest.approx(metric.score(p, labels))


def test_macro_f1_is_no_mean_over_rows():
    assert MacroF1().rows(*predictions(0)) is None


def test_an_absent_class_is_left_out_of_the_class_means():
    p, labels = predictions(2, classes=(0, 1, 3))
    guess, present = p.argmax(axis=1), [0, 1, 3]
    recalls = reference.recall_score(labels, guess, labels=present, average=None)
    assert BalancedAccuracy().score(p, labels) == pytest.approx(recalls.mean())
    f1 = reference.f1_score(labels, guess, labels=present, average="macro")
    assert MacroF1().score(p, labels) == pytest.approx(f1)


@pytest.mark.parametrize("metric", [Accuracy(), BalancedAccuracy(), MacroF1()])
def test_perfect_predictions_score_one_and_wrong_ones_zero(metric):
    labels = np.array([0, 1, 1, 2])
    assert metric.score(np.eye(K, dtype=np.float32)[labels], labels) == pytest.approx(1)
    assert metric.score(np.eye(K, dtype=np.float32)[labels + 1], labels) == 0


def test_log_loss_of_a_sure_mistake_is_finite_and_of_certainty_zero():
    p = np.array([[1, 0]], np.float32)
    assert LogLoss().score(p, np.array([1])) == pytest.approx(-np.log(1e-7))
    assert LogLoss().score(p, np.array([0])) == 0
