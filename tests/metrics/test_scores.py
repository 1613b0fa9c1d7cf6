import numpy as np
import pytest
from sklearn import metrics as reference

from synthlift.metrics.accuracy import Accuracy
from synthlift.metrics.balanced_accuracy import BalancedAccuracy
from synthlift.metrics.calibration_error import CalibrationError
from synthlift.metrics.log_loss import LogLoss
from synthlift.metrics.macro_f1 import MacroF1
from synthlift.statistics.intervals import crossed_interval

K = 4
SCORES = (Accuracy(), BalancedAccuracy(), LogLoss(), MacroF1(), CalibrationError())
JACKKNIFED = (MacroF1(), CalibrationError(), CalibrationError(n_bins=3))


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


@pytest.mark.parametrize("metric", SCORES)
@pytest.mark.parametrize("classes", [(0, 1, 1, 1, 2, 3, 3), (0, 2), (1,)])
def test_rows_have_the_score_as_their_mean(metric, classes):
    p, labels = predictions(1, classes)
    rows = metric.rows(p, labels)
    assert rows.dtype == np.float64
    assert rows.shape == labels.shape
    assert rows.mean() == pytest.approx(metric.score(p, labels))


@pytest.mark.parametrize("metric", JACKKNIFED)
@pytest.mark.parametrize("classes", [(0, 1, 1, 1, 2, 3, 3), (0, 2), (1,)])
def test_pseudo_values_are_those_of_leaving_one_row_out(metric, classes):
    p, labels = predictions(4, classes)
    if len(classes) > 2:
        labels[labels == 2] = 3
        labels[17] = 2  # the only row of its class: without it the class is absent
    n, whole = len(labels), metric.score(p, labels)
    without = [metric.score(np.delete(p, i, 0), np.delete(labels, i)) for i in range(n)]
    pseudo = n * whole - (n - 1) * np.array(without)
    assert metric.rows(p, labels) == pytest.approx(pseudo - pseudo.mean() + whole)


@pytest.mark.parametrize("metric", JACKKNIFED)
def test_a_single_row_has_the_score_as_its_value(metric):
    p, labels = np.array([[0.2, 0.8]], np.float32), np.array([1])
    assert metric.rows(p, labels) == pytest.approx([metric.score(p, labels)])


def test_macro_f1_of_a_hit_on_every_row_has_rows_of_one():
    labels = np.array([0, 1, 1, 2])
    assert (MacroF1().rows(np.eye(K, dtype=np.float32)[labels], labels) == 1).all()


def repeats_of_one_test(rng, n_repeats=6, n_rows=150):
    """Predictions of two arms alike in all but chance, repeat by repeat; over-confident."""
    labels = rng.choice(3, n_rows, p=[0.6, 0.3, 0.1])
    hard = 1.2 * rng.standard_normal(n_rows)
    arms = []
    for _ in range(2):
        tables = []
        for _ in range(n_repeats):
            logit = 0.6 - hard + 0.25 * rng.standard_normal() + rng.standard_normal(n_rows)
            said = np.where(logit > 0, labels, (labels + 1) % 3)
            sure = 0.75 + 0.24 * rng.random(n_rows)
            tables.append(np.where(np.eye(3)[said] > 0, sure[:, None], (1 - sure[:, None]) / 2))
        arms.append(np.asarray(tables, np.float32))
    return labels, arms


@pytest.mark.parametrize("metric", [MacroF1(), CalibrationError()])
def test_crossed_intervals_of_pseudo_values_miss_at_most_7_percent_of_nulls(metric):
    rng, misses, n = np.random.default_rng(0), 0, 300
    for _ in range(n):
        labels, (a, b) = repeats_of_one_test(rng)
        rows = [metric.rows(p, labels) - metric.rows(q, labels) for p, q in zip(a, b, strict=True)]
        found = crossed_interval(np.stack(rows), phi=0.0)
        misses += found.low > 0 or found.high < 0
    assert 0.015 <= misses / n <= 0.07


@pytest.mark.parametrize("n_bins", [10, 15])
def test_calibration_error_is_the_gap_of_each_bin_weighted_by_its_rows(n_bins):
    p, labels = predictions(5)
    sure, right = p.max(axis=1).astype(float), p.argmax(axis=1) == labels
    expected = 0.0
    for low in np.arange(n_bins) / n_bins:
        held = (sure > low) & (sure <= low + 1 / n_bins)
        if held.any():
            expected += held.mean() * abs(right[held].mean() - sure[held].mean())
    assert CalibrationError(n_bins).score(p, labels) == pytest.approx(expected)


def test_calibration_error_of_honest_confidence_is_zero_and_of_sure_mistakes_one():
    p = np.repeat([[0.75, 0.25]], 4, axis=0).astype(np.float32)
    assert CalibrationError().score(p, np.array([0, 0, 0, 1])) == pytest.approx(0)
    sure = np.repeat([[1.0, 0.0]], 4, axis=0).astype(np.float32)
    assert CalibrationError().score(sure, np.array([1, 1, 1, 1])) == 1


def test_calibration_error_needs_a_bin():
    with pytest.raises(ValueError, match="n_bins of 1 at least, not 0"):
        CalibrationError(0)


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
