import json
from dataclasses import replace

import numpy as np
import pytest

from synthlift.core.results import Predictions, Report, Trial
from synthlift.core.schema import ImageSchema
from synthlift.core.splits import SplitFacts
from synthlift.metrics.accuracy import Accuracy
from synthlift.metrics.balanced_accuracy import BalancedAccuracy
from synthlift.metrics.calibration_error import CalibrationError
from synthlift.metrics.log_loss import LogLoss
from synthlift.metrics.macro_f1 import MacroF1
from synthlift.stages.cautions import near_chance
from synthlift.stages.compare import Question, compare
from synthlift.statistics.intervals import crossed_interval, overlap_interval
from synthlift.statistics.multiplicity import holm

SCHEMA = ImageSchema(1, 8, 8, ("cat", "dog", "owl"))
SCORES = (Accuracy(), BalancedAccuracy(), MacroF1(), LogLoss(), CalibrationError())
KINDS = {"real": "real", "augmented": "real", "real_synthetic": "synthetic", "placebo": "control"}
SKILL = {"real": 0.6, "augmented": 0.65, "real_synthetic": 0.8, "placebo": 0.6}
QUESTIONS = (
    Question("real_synthetic", "real", primary=True),
    Question("augmented_synthetic", "augmented", primary=True),
    Question("real_synthetic", "placebo", primary=False),
)
GOOD = {"label_adherence": 0.95, "copies": 0.01, "diversity": 0.8}
N = 120


def predictions(rng, skill, origin, labels=None):
    labels = origin % 3 if labels is None else labels
    said = np.where(rng.random(len(labels)) < skill, labels, (labels + 1) % 3)
    p = 0.1 + 0.7 * np.eye(3)[said]
    return Predictions(p.astype(np.float32), labels, origin)


def study(n_repeats=6, classifiers=("cnn", "svm"), skill=SKILL, regime="fixed_test", labels=None):
    trials = []
    for repeat in range(n_repeats):
        shift = 0 if regime == "fixed_test" else 1000 * repeat
        rows = shift + np.arange(N)
        for seed, classifier in enumerate(classifiers):
            for i, (arm, rate) in enumerate(skill.items()):
                rng = np.random.default_rng([repeat, seed, i])
                test = predictions(rng, rate, rows, labels)
                valid = predictions(rng, rate, 500 + rows)
                n = 90 if KINDS[arm] == "synthetic" else 0
                trials.append(Trial(arm, classifier, repeat, KINDS[arm], 45, n, valid, test))
    return trials


def facts(n_repeats=6, regime="fixed_test", **changes):
    plain = SplitFacts(regime, 400, 60, 40, N, 0, 0, (20, 20, 20))
    return [replace(plain, **changes)] * n_repeats


def report(trials=None, given=None, fidelity=None, metrics=SCORES, questions=QUESTIONS, **how):
    given = facts() if given is None else given
    return compare(
        study() if trials is None else trials,
        given,
        [GOOD] * len(given) if fidelity is None else fidelity,
        metrics,
        questions,
        **{"dataset": "zoo", "schema": SCHEMA, **how},
    )


def the(found, **fields):
    """The one lift with these fields."""
    (lift,) = [x for x in found if all(getattr(x, k) == v for k, v in fields.items())]
    return lift


def hits(trials, arm, classifier="cnn"):
    mine = sorted((t for t in trials if (t.arm, t.classifier) == (arm, classifier)), key=repeat_of)
    return np.stack([(t.test.p.argmax(1) == t.test.labels).astype(float) for t in mine])


def repeat_of(trial):
    return trial.repeat


@pytest.mark.parametrize("regime", ["fixed_test", "small_pool"])
@pytest.mark.parametrize("n_repeats", [1, 3, 6])
def test_a_report_survives_json_and_holds_no_nan(regime, n_repeats):
    found = report(study(n_repeats, regime=regime), facts(n_repeats, regime))
    text = json.dumps(found.to_json(), allow_nan=False)
    assert Report.from_json(json.loads(text)) == found
    assert list(found.by_classifier) == ["cnn", "svm"]


def test_a_fixed_test_has_crossed_intervals_over_rows():
    trials = study()
    lift = the(
        report(trials).lifts, arm="augmented", baseline="real", classifier="cnn", metric="accuracy"
    )
    want = crossed_interval(hits(trials, "augmented") - hits(trials, "real"), phi=100 / 400)
    assert (lift.mean, lift.low, lift.high, lift.p, lift.n) == pytest.approx(
        (want.mean, want.low, want.high, want.p, 6)
    )


def test_a_small_pool_has_overlap_intervals_over_repeats():
    trials = study(regime="small_pool")
    found = report(trials, facts(regime="small_pool"))
    values = (hits(trials, "placebo") - hits(trials, "real")).mean(axis=1)
    want = overlap_interval(values, N, 100)
    lift = the(found.lifts, arm="placebo", baseline="real", classifier="cnn", metric="accuracy")
    assert (lift.mean, lift.low, lift.p) == pytest.approx((want.mean, want.low, want.p))
    assert all(lift.low is not None for lift in found.lifts)


def test_every_score_has_an_interval_under_a_fixed_test():
    found = report()
    assert all(lift.low < lift.mean < lift.high for lift in found.lifts)
    for score in found.by_classifier["cnn"]["real"].scores.values():
        assert 0 <= score.low < score.mean < score.high


def test_primary_questions_share_the_error_and_carry_verdict_and_sentence():
    found = report()
    assert [(x.arm, x.baseline, x.classifier, x.metric) for x in found.primary] == [
        ("real_synthetic", "real", "cnn", "accuracy"),
        ("real_synthetic", "real", "svm", "accuracy"),
    ]
    assert {x.level for x in found.primary} == {1 - 0.05 / 2}
    assert {x.verdict for x in found.primary} == {"helps"}
    assert all(x.sentence.startswith("real_synthetic helps") for x in found.primary)
    others = [x for x in found.lifts if not x.primary]
    assert {(x.level, x.verdict, x.sentence) for x in others} == {(0.95, None, "")}


def test_every_arm_is_lifted_over_real_and_questions_over_their_baseline_once():
    found = [x for x in report().lifts if (x.classifier, x.metric) == ("cnn", "log_loss")]
    assert [(x.arm, x.baseline) for x in found] == [
        ("augmented", "real"),
        ("real_synthetic", "real"),
        ("placebo", "real"),
        ("real_synthetic", "placebo"),
        ("real_synthetic", "best_real"),
    ]


def test_best_real_is_chosen_on_valid_in_each_repeat_and_never_on_test():
    trials = []
    for t in study(classifiers=("cnn",)):
        best = t.arm == ("real", "augmented")[t.repeat % 2]
        valid = predictions(np.random.default_rng(0), 1.0 if best else 0.0, t.valid.origin)
        trials.append(replace(t, valid=valid))
    table = np.stack([hits(trials, ("real", "augmented")[r % 2])[r] for r in range(6)])
    want = crossed_interval(hits(trials, "real_synthetic") - table, phi=0.25)
    lift = the(report(trials).lifts, baseline="best_real", metric="accuracy")
    assert lift.arm == "real_synthetic"
    assert (lift.low, lift.high) == pytest.approx((want.low, want.high))


def test_best_real_of_equals_is_the_one_that_comes_first():
    trials = study(classifiers=("cnn",))
    real = {t.repeat: t.valid for t in trials if t.arm == "real"}
    same = [replace(t, valid=real[t.repeat]) for t in trials]
    found = report(same).lifts
    over = {
        b: the(found, arm="real_synthetic", baseline=b, metric="log_loss").mean
        for b in ("real", "best_real")
    }
    assert over["best_real"] == over["real"]


def test_one_real_arm_has_no_best():
    skill = {"real": 0.6, "real_synthetic": 0.8}
    assert "best_real" not in {x.baseline for x in report(study(skill=skill)).lifts}


def test_order_of_trials_changes_no_number():
    trials = study()
    mixed = [trials[i] for i in np.random.default_rng(0).permutation(len(trials))]

    def by_name(found):
        return {(x.arm, x.baseline, x.classifier, x.metric): x for x in found.lifts}

    one, other = report(trials), report(mixed)
    assert by_name(one) == by_name(other)
    assert one.by_classifier == other.by_classifier


def test_a_missing_or_doubled_trial_is_named():
    trials = study()
    with pytest.raises(
        ValueError, match=r"'real' with classifier 'cnn' has trials of repeats \[1,"
    ):
        report(trials[1:])
    with pytest.raises(ValueError, match=r"repeats \[0, 0, 1"):
        report([trials[0], *trials])


@pytest.mark.parametrize("regime", ["fixed_test", "small_pool"])
def test_trials_on_other_test_rows_are_refused(regime):
    trials = study(regime=regime)
    moved = replace(trials[3].test, origin=trials[3].test.origin + 1)
    with pytest.raises(ValueError, match="'placebo' in repeat 0 was not judged on the same"):
        report([*trials[:3], replace(trials[3], test=moved), *trials[4:]], facts(regime=regime))


def test_a_verdict_needs_a_score_of_which_more_is_better():
    with pytest.raises(ValueError, match="first metric"):
        report(metrics=(LogLoss(), Accuracy()))


@pytest.mark.parametrize("regime", ["fixed_test", "small_pool"])
def test_recall_per_class_is_that_of_its_rows_with_holm_within_an_arm(regime):
    trials = study(regime=regime)
    rows = [c for c in report(trials, facts(regime=regime)).per_class if c.classifier == "svm"]
    labels = trials[0].test.labels
    for c in rows:
        mine, reals = (hits(trials, a, "svm") for a in (c.arm, "real"))
        if regime == "fixed_test":
            columns = labels == SCHEMA.classes.index(c.name)
            assert c.recall == pytest.approx(mine[:, columns].mean())
            assert c.lift == pytest.approx((mine - reals)[:, columns].mean())
    of_arm = [c for c in rows if c.arm == "real_synthetic"]
    assert [c.name for c in of_arm] == list(SCHEMA.classes)
    if regime == "fixed_test":
        difference = hits(trials, "real_synthetic", "svm") - hits(trials, "real", "svm")
        raw = [crossed_interval(difference[:, labels == k], 0.25).p for k in range(3)]
    else:
        raw = []
        for k in range(3):
            per_repeat = [
                [
                    (t.test.p.argmax(1) == k)[t.test.labels == k].mean()
                    for t in trials
                    if (t.arm, t.classifier) == (arm, "svm")
                ]
                for arm in ("real_synthetic", "real")
            ]
            raw.append(overlap_interval(np.subtract(*per_repeat), N, 100).p)
    assert [c.p for c in of_arm] == pytest.approx(list(holm(raw)))


def test_real_stands_in_the_class_table_without_a_lift():
    rows = [c for c in report().per_class if c.arm == "real"]
    assert len(rows) == 6
    assert {(c.lift, c.low, c.high, c.p) for c in rows} == {(0.0, None, None, None)}


def test_a_class_without_test_rows_is_left_out_and_said():
    found = report(study(labels=np.arange(N) % 2))
    assert {c.name for c in found.per_class} == {"cat", "dog"}
    assert [w for w in found.warnings if "no recall for owl" in w]


def test_scores_stay_between_zero_and_one_and_counts_are_kept():
    found = report(study(skill={"real": 0.99, "real_synthetic": 1.0}))
    arm = found.by_classifier["cnn"]["real_synthetic"]
    assert arm.scores["accuracy"].high == 1.0
    assert (arm.kind, arm.n_real, arm.n_synthetic) == ("synthetic", 45, 90)


def test_an_arm_equal_to_real_makes_no_difference():
    trials = study(skill={"real": 0.6, "real_synthetic": 0.6}, classifiers=("cnn",))
    real = {t.repeat: t for t in trials if t.arm == "real"}
    twins = [replace(t, test=real[t.repeat].test) for t in trials]
    (lift,) = report(twins).primary
    assert (lift.mean, lift.p, lift.verdict) == (0.0, 1.0, "no difference")


@pytest.mark.parametrize("n_repeats", [1, 2])
def test_fewer_than_three_repeats_have_no_interval_and_say_so(n_repeats):
    found = report(study(n_repeats), facts(n_repeats))
    assert {(x.low, x.high, x.p) for x in found.lifts} == {(None, None, None)}
    assert {x.verdict for x in found.primary} == {"no interval"}
    assert [w for w in found.warnings if "fewer than 3 repeats" in w]


def test_fidelity_is_the_mean_of_what_there_is():
    by_repeat = [{"copies": 0.0, "diversity": None}, {"copies": 0.04, "diversity": None}] * 3
    found = report(fidelity=by_repeat)
    assert found.fidelity == {"copies": pytest.approx(0.02), "diversity": None}
    assert found.fidelity_by_repeat == tuple(by_repeat)


def test_a_clean_study_warns_of_nothing_but_what_it_was_given():
    found = report(warnings=["no verdict"], notes=["balanced is left out"])
    assert (found.warnings, found.notes) == (("no verdict",), ("balanced is left out",))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"given": facts(duplicates=7)}, "7 of 120 test rows also stand in train"),
        ({"fidelity": [GOOD] * 5 + [{**GOOD, "label_adherence": 0.35}]}, "LABELS in 1 of 6"),
        ({"fidelity": [{**GOOD, "copies": 0.2}] * 6}, "copies its training rows in 6 of 6"),
        ({"given": facts(n_pool=110)}, "this training set"),
        ({"trials": study(skill={"augmented": 0.6})}, "no arm 'real'"),
        ({"given": facts(n_test=12)}, "12 test rows: one row more or less that is right is 8 pt"),
    ],
)
def test_what_can_mislead_is_warned_of(how, words):
    assert any(words in warning for warning in report(**how).warnings)


def test_adherence_of_two_classes_can_pass():
    assert near_chance(1) == 1
    assert [near_chance(k) for k in (2, 3, 10)] == pytest.approx([0.75, 2 / 3, 0.2])


def test_adherence_is_judged_by_what_real_rows_reach():
    noisy = {**GOOD, "label_adherence": 0.42, "held_out_adherence": 0.45}
    assert not any("LABELS" in w for w in report(fidelity=[noisy] * 6).warnings)
    clear = {**GOOD, "label_adherence": 0.42, "held_out_adherence": 0.9}
    assert any("LABELS in 6 of 6" in w for w in report(fidelity=[clear] * 6).warnings)


def test_a_study_without_arms_reports_fidelity_alone():
    found = report(trials=[], metrics=(), questions=())
    assert (found.lifts, found.per_class, found.by_classifier) == ((), (), {})
    assert found.fidelity["diversity"] == pytest.approx(0.8)
    json.dumps(found.to_json(), allow_nan=False)


WEAK = {"real": 0.6, "real_synthetic": 0.62}


def test_an_undecided_question_says_what_it_can_see_and_what_would_settle_it():
    found = report(study(skill=WEAK, classifiers=("cnn",)))
    (lift,) = found.primary
    assert lift.verdict == "undecided"
    assert lift.visible > (lift.high - lift.low) / 2
    assert lift.settle in lift.sentence
    assert "would settle it" in lift.settle
    assert f"A true lift of {100 * lift.visible:.1f} pt would be seen 4 times" in lift.sentence
    assert [n for n in found.notes if "unplanned look" in n]
    at_the_cap = report(study(skill=WEAK), alpha=0.0451)
    assert [n for n in at_the_cap.notes if "unplanned look" in n]


def test_only_primary_questions_say_what_they_can_see():
    found = report()
    assert all((x.visible is not None) == x.primary for x in found.lifts)
    assert all(x.settle == "" for x in found.lifts)  # nothing is undecided


@pytest.mark.parametrize("alpha", [0.0005, 0.0451, 0.05])
def test_the_primary_questions_share_alpha(alpha):
    trials = study(regime="small_pool")
    found = report(trials, facts(regime="small_pool"), alpha=alpha)
    assert {x.level for x in found.primary} == {1 - alpha / 2}


def test_beyond_phi_08_the_claim_itself_is_about_this_training_set():
    found = report(given=facts(n_pool=110))
    assert all("real_synthetic helps on this training set:" in x.sentence for x in found.primary)
    assert not any("this training set" in x.sentence for x in report().primary)


def test_arms_of_a_curve_serve_the_curve_only():
    trials = study(classifiers=("cnn",))
    halves = [
        replace(t, arm="real_half", kind="curve", n_real=22) for t in trials if t.arm == "real"
    ]
    found = report([*trials, *halves])
    assert found.by_classifier["cnn"]["real_half"].kind == "curve"
    assert {x.arm for x in found.lifts} == {"augmented", "real_synthetic", "placebo"}
    assert "real_half" not in {x.arm for x in (*found.per_class, *found.reliability)}
    (curve,) = found.curves
    assert [point.n_real for point in curve.points] == [22, 45]
    assert found.lifts == report(trials).lifts


def test_what_was_tuned_is_reported_for_every_arm():
    trials = []
    for t in study(classifiers=("cnn",)):
        settings = (("weight", 0.25 * (t.repeat % 2)), ("ratio", 1.0))
        if t.arm == "real_synthetic":
            t = replace(t, settings=settings, tuned=("weight",))
        trials.append(replace(t, n_options=2))
    found = {x.arm: x for x in report(trials).tunings}
    assert list(found) == list(SKILL)
    assert {x.n_trials for x in found.values()} == {2}
    assert found["real_synthetic"].chosen == tuple({"weight": 0.25 * (r % 2)} for r in range(6))
    assert found["real"].chosen == ({},) * 6
    assert report().tunings == ()


def test_a_lift_that_the_placebo_has_too_is_warned_of():
    same = {"real": 0.5, "real_synthetic": 0.8, "placebo": 0.8}
    found = report(study(classifiers=("cnn",), skill=same))
    assert [x.verdict for x in found.primary] == ["helps"]
    (said,) = [w for w in found.warnings if "mere repetition" in w]
    assert "real_synthetic helps, but it is not shown to beat placebo" in said


def test_a_lift_beyond_the_placebo_is_not_warned_of():
    found = report(study(classifiers=("cnn",), skill={**SKILL, "real_synthetic": 0.9}))
    assert "helps" in [x.verdict for x in found.primary]
    assert not any("mere repetition" in w for w in found.warnings)


def test_a_lift_without_a_placebo_is_warned_of():
    found = report(study(skill={"real": 0.5, "real_synthetic": 0.8}))
    assert "helps" in {x.verdict for x in found.primary}
    assert "real_synthetic helps, but there is no placebo beside it" in " ".join(found.warnings)


def test_a_ceiling_has_one_interval_wherever_it_stands(monkeypatch):
    """It draws more of the pool than the others, in the table, the curve and the bins alike.

    Of a difference most of what its arms share cancels out.
    """
    monkeypatch.setitem(KINDS, "more_real", "ceiling")
    trials = study(skill={"real": 0.6, "more_real": 0.8}, classifiers=("cnn",))
    trials = [replace(t, n_real=200) if t.arm == "more_real" else t for t in trials]
    trials = [replace(t, n_real=60) if t.arm == "real" else t for t in trials]
    found = report(trials, [replace(f, n_train=60, n_valid=40) for f in facts()])
    in_table = found.by_classifier["cnn"]["more_real"].scores["accuracy"]
    (curve,) = found.curves
    assert curve.points[-1].score == in_table
    phi = (200 + 40) / 400
    assert in_table.low == pytest.approx(crossed_interval(hits(trials, "more_real"), phi).low)
    labels = trials[0].test.labels
    difference = (hits(trials, "more_real") - hits(trials, "real"))[:, labels == 0]
    of_class = the(found.per_class, arm="more_real", name="cat")
    assert of_class.low == pytest.approx(crossed_interval(difference, (60 + 40) / 400).low)
