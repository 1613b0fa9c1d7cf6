"""Bad input to compare: it is defined, said in the report, and never NaN."""

import json
from dataclasses import replace

import numpy as np
import pytest

from synthlift.core.results import Failure, Predictions, Report, Trial
from synthlift.core.schema import ImageSchema
from synthlift.core.splits import SplitFacts
from synthlift.metrics.accuracy import Accuracy
from synthlift.metrics.balanced_accuracy import BalancedAccuracy
from synthlift.metrics.calibration_error import CalibrationError
from synthlift.metrics.log_loss import LogLoss
from synthlift.metrics.macro_f1 import MacroF1
from synthlift.stages.compare import Question, compare

SCHEMA = ImageSchema(1, 8, 8, ("cat", "dog", "owl"))
SCORES = (Accuracy(), BalancedAccuracy(), MacroF1(), LogLoss(), CalibrationError())
KINDS = {"real": "real", "augmented": "real", "real_synthetic": "synthetic"}
SKILL = {"real": 0.6, "augmented": 0.65, "real_synthetic": 0.8}
QUESTIONS = (Question("real_synthetic", "real", primary=True),)
N = 120


def predictions(rng, skill, origin, n_classes):
    labels = origin % n_classes
    said = np.where(rng.random(len(labels)) < skill, labels, (labels + 1) % 3)
    p = 0.1 + 0.7 * np.eye(3)[said]
    return Predictions(p.astype(np.float32), labels, origin)


def study(
    n_repeats=6, classifiers=("cnn", "svm"), regime="fixed_test", *, n=N, n_classes=3, same=False
):
    """Trials of three arms; same: every repeat gives the same answers."""
    trials = []
    for repeat in range(n_repeats):
        rows = np.arange(n) + (0 if regime == "fixed_test" else 6000 * repeat)
        for seed, classifier in enumerate(classifiers):
            for i, (arm, skill) in enumerate(SKILL.items()):
                rng = np.random.default_rng([0 if same else repeat, seed, i])
                test = predictions(rng, skill, rows, n_classes)
                valid = predictions(rng, skill, 3000 + np.arange(6), n_classes)
                trials.append(Trial(arm, classifier, repeat, KINDS[arm], 45, 0, valid, test))
    return trials


def facts(n_repeats=6, regime="fixed_test", n_test=N):
    return [SplitFacts(regime, 400, 60, 40, n_test, 0, 0, (20, 20, 20))] * n_repeats


def report(trials, given=None, **how):
    given = facts() if given is None else given
    plain = {"dataset": "zoo", "schema": SCHEMA}
    return compare(trials, given, [{}] * len(given), SCORES, QUESTIONS, **plain, **how)


def without(trials, arm, repeats, classifier=None):
    return [
        t
        for t in trials
        if t.arm != arm or t.repeat not in repeats or classifier not in (None, t.classifier)
    ]


def failures(arm, repeats, classifier="cnn"):
    return [Failure(arm, classifier, r, f"the loss was not finite at step {r}") for r in repeats]


def test_an_arm_that_failed_in_a_repeat_has_no_scores_and_is_said():
    trials = without(study(), "real_synthetic", (2, 4), "cnn")
    found = report(trials, failures=failures("real_synthetic", (4, 2)))
    (failed,) = found.failed
    assert (failed.arm, failed.classifier, failed.n_failed) == ("real_synthetic", "cnn", 2)
    assert (failed.n_repeats, failed.reason) == (6, "the loss was not finite at step 2")
    assert "real_synthetic" not in found.by_classifier["cnn"]
    assert not [x for x in found.lifts if (x.arm, x.classifier) == ("real_synthetic", "cnn")]
    assert not [x for x in found.per_class if (x.arm, x.classifier) == ("real_synthetic", "cnn")]
    (line,) = [w for w in found.warnings if "failed in 2 of 6 repeats" in w]
    assert "the loss was not finite at step 2" in line
    assert "a primary question has no answer: real_synthetic against real" in line
    json.dumps(found.to_json(), allow_nan=False)


def test_a_question_that_fell_away_still_shares_the_error():
    """Otherwise a failure would make the other verdicts laxer than they were declared."""
    trials = without(study(), "real_synthetic", (2,), "cnn")
    found = report(trials, failures=failures("real_synthetic", (2,)))
    (lift,) = found.primary
    assert (lift.classifier, lift.level) == ("svm", 1 - 0.05 / 2)


def test_arms_beside_a_failed_one_have_the_numbers_they_would_have():
    trials = study()
    failed = report(
        without(trials, "augmented", (0,)),
        failures=failures("augmented", (0,)) + failures("augmented", (0,), "svm"),
    )
    assert failed.primary == report(trials).primary


def test_without_real_there_is_no_lift_over_it_and_that_is_said():
    trials = without(study(classifiers=("cnn",)), "real", (1,))
    found = report(trials, failures=failures("real", (1,)))
    assert not [x for x in found.lifts if x.baseline == "real"]
    assert (found.primary, found.per_class) == ((), ())
    (line,) = [w for w in found.warnings if w.startswith("real failed in 1 of 6 repeats")]
    assert "no lift over real and no table per class" in line
    assert not [w for w in found.warnings if "no arm 'real'" in w]


def test_a_trial_that_is_missing_without_a_failure_is_still_refused():
    trials = without(study(), "real", (1,), "cnn")
    with pytest.raises(ValueError, match="'real' with classifier 'cnn' has trials of repeats"):
        report(trials, failures=failures("real", (1,), "svm"))


def test_a_study_all_of_whose_arms_failed_reports_the_failures_alone():
    found = report([], failures=[f for arm in SKILL for f in failures(arm, range(6))])
    assert (found.by_classifier, found.lifts, len(found.failed)) == ({}, (), 3)
    json.dumps(found.to_json(), allow_nan=False)


@pytest.mark.parametrize("regime", ["fixed_test", "small_pool"])
@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("n_repeats", [1, 2, 3, 6])
@pytest.mark.parametrize(("n_rows", "n_classes"), [(1, 1), (1, 2), (3, 2), (3, 3), (9, 2)])
def test_the_worst_input_gives_a_report_without_nan(regime, same, n_repeats, n_rows, n_classes):
    trials = study(n_repeats, ("cnn",), regime, n=n_rows, n_classes=n_classes, same=same)
    found = report(trials, facts(n_repeats, regime, n_test=n_rows))
    text = json.dumps(found.to_json(), allow_nan=False)
    assert Report.from_json(json.loads(text)) == found
    assert [w for w in found.warnings if f"{n_rows} test row" in w]
    assert all((x.low is None) == (x.high is None) for x in found.lifts)


def test_a_class_with_one_test_row_has_a_recall_without_interval_and_that_is_said():
    trials = study(classifiers=("cnn",), n=3, n_classes=2)
    found = report(trials, facts(n_test=3))
    dogs = [c for c in found.per_class if c.name == "dog" and c.arm != "real"]
    assert {(c.low, c.high, c.p) for c in dogs} == {(None, None, None)}
    assert [w for w in found.warnings if "no interval for the recall of dog" in w]
    assert [w for w in found.warnings if "no recall for owl" in w]


@pytest.mark.parametrize("regime", ["fixed_test", "small_pool"])
def test_identical_scores_in_all_repeats_are_said(regime):
    trials = study(classifiers=("cnn",), regime=regime)
    real = {t.repeat: t for t in trials if t.arm == "real"}
    found = report([replace(t, test=real[t.repeat].test) for t in trials], facts(regime=regime))
    (lift,) = found.primary
    assert (lift.low, lift.high) == pytest.approx((-3 / (6 * N), 3 / (6 * N)))
    assert lift.visible is None
    assert [n for n in found.notes if "nothing varies" in n and "rule of three" in n]
