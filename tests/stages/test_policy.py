"""The recommended policy: chosen on valid rows of other repeats than those that judge it."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from synthlift.core.results import Predictions, Trial
from synthlift.metrics.accuracy import Accuracy
from synthlift.stages.policy import find_policy
from synthlift.stages.policy_words import advise, say_policy
from synthlift.stages.ruler import Ruler

FIXED = Ruler("fixed_test", 0.1, 200, 60, 60)
SMALL = Ruler("small_pool", 1.0, 30, 120, 90)
KINDS = {"real": "real", "augmented": "real", "smote": "real", "placebo": "control"}
ACCURACY = Accuracy()


def said(hits, origin=None, group=None):
    """hits: `(n,)`, whether each row is right."""
    hits = np.asarray(hits, dtype=bool)
    origin = np.arange(len(hits)) if origin is None else np.asarray(origin)
    p = np.stack([hits, ~hits], 1).astype(np.float32)
    return Predictions(p, np.zeros(len(hits), dtype=np.int64), origin, group)


def share(score, n):
    return np.arange(n) < round(score * n)


def arm(name, valid, test, n_synthetic=300, **fields):
    """valid, test: the score of each repeat."""
    kind = KINDS.get(name, "ceiling" if name == "more_real" else "synthetic")
    made = n_synthetic if kind == "synthetic" else 0
    return tuple(
        Trial(
            name,
            "cnn",
            r,
            kind,
            60,
            made,
            said(share(v, 100), 1000 + np.arange(100)),
            said(share(t, 200)),
            **fields,
        )
        for r, (v, t) in enumerate(zip(valid, test, strict=True))
    )


def study(*arms):
    return {trials[0].arm: trials for trials in arms}


def policy(*arms, ruler=FIXED):
    return find_policy(study(*arms), "cnn", ACCURACY, ruler)


REAL = arm("real", [0.7] * 4, [0.7] * 4)


def test_the_arm_with_the_best_valid_score_is_recommended_with_its_lift_on_test():
    found = policy(REAL, arm("augmented", [0.8] * 4, [0.76] * 4), arm("x", [0.75] * 4, [0.9] * 4))
    assert (found.arm, found.advice, found.n) == ("augmented", "classical augmentation only", 4)
    assert found.mean == pytest.approx(0.06)
    assert found.low < 0.06 < found.high
    assert found.sentence.startswith("classical augmentation only: +6.0 pt over real rows alone (")


def test_controls_and_ceilings_are_no_policy():
    assert policy(REAL, arm("placebo", [0.9] * 4, [0.9] * 4)) is None
    found = policy(REAL, arm("more_real", [0.9] * 4, [0.9] * 4), arm("x", [0.6] * 4, [0.6] * 4))
    assert found.arm == "real"


def test_equals_go_to_real_wherever_it_stands_then_to_the_first():
    first, second = arm("x", [0.7] * 4, [0.9] * 4), arm("smote", [0.7] * 4, [0.9] * 4)
    assert policy(first, second, REAL).arm == "real"
    better = [replace(t, valid=said(share(0.8, 100), t.valid.origin)) for t in first]
    as_good = [replace(t, valid=said(share(0.8, 100), t.valid.origin)) for t in second]
    assert policy(REAL, tuple(better), tuple(as_good)).arm == "x"


def test_equal_means_of_unequal_repeats_are_a_tie():
    other = arm("x", [0.3, 0.2, 0.1, 0.6], [0.9] * 4)
    assert policy(arm("real", [0.6, 0.1, 0.2, 0.3], [0.5] * 4), other).arm == "real"


def test_real_over_itself_is_no_lift_without_a_doubt():
    found = policy(REAL, arm("x", [0.5] * 4, [0.5] * 4))
    assert (found.arm, found.mean, found.low, found.high) == ("real", 0, 0, 0)
    assert found.sentence == (
        "use no synthetic data: no other arm scored higher on valid rows (4 repeats; real, cnn)."
    )


def test_no_repeat_is_judged_by_its_own_choice():
    """Arm x shines in repeat 0 alone, on valid and on test, as no other repeat knows."""
    lucky = arm("x", [1.0, 0.68, 0.68, 0.68], [1.0, 0.5, 0.5, 0.5])
    found = policy(REAL, lucky)
    assert found.arm == "x"  # 0.76 on average over all valid rows
    # repeat 0 is judged with real, for x is behind elsewhere; the others with x
    assert found.mean == pytest.approx(np.mean([0, -0.2, -0.2, -0.2]))
    assert "nothing is shown to beat real rows alone" in found.sentence


def pool_trials(name, hits, splits):
    """hits: `(R, pool)`; splits: of each repeat, its valid and its test rows."""
    return tuple(
        Trial(
            name,
            "cnn",
            r,
            KINDS.get(name, "synthetic"),
            60,
            0 if name == "real" else 300,
            *(said(hits[r][rows], rows) for rows in split),
        )
        for r, split in enumerate(splits)
    )


def by_hand(hits, other, splits):
    """Lift of the choice for each test row, by the valid rows of the other repeats that test it."""
    lifts = []
    for r, (_, test) in enumerate(splits):
        of_rows = []
        for row in test:
            asked = [q for q, (_, rows) in enumerate(splits) if q != r and row in rows]
            means = [sum(t[q][splits[q][0]].mean() for q in asked) for t in (hits, other)]
            chosen = other if means[1] > means[0] + 1e-9 else hits
            of_rows.append(float(chosen[r][row]) - float(hits[r][row]))
        lifts.append(np.mean(of_rows))
    return np.mean(lifts)


@pytest.mark.parametrize("seed", range(4))
def test_in_a_small_pool_only_repeats_that_test_a_row_choose_for_it(seed):
    rng = np.random.default_rng(seed)
    hits, other = rng.random((2, 7, 60)) < 0.7
    orders = [rng.permutation(60) for _ in range(7)]
    splits = [(order[:12], order[12:30]) for order in orders]
    arms = [pool_trials(n, h, splits) for n, h in (("real", hits), ("x", other))]
    found = policy(*arms, ruler=SMALL)
    assert found.mean == pytest.approx(by_hand(hits, other, splits))


def test_a_row_that_no_other_repeat_tests_is_judged_by_real():
    """Two repeats, each valid on the other's test rows."""
    rows = np.arange(30)
    splits = [(rows, 30 + rows), (30 + rows, rows)]
    real = pool_trials("real", np.zeros((2, 60), dtype=bool), splits)
    best = pool_trials("x", np.ones((2, 60), dtype=bool), splits)
    found = policy(real, best, ruler=SMALL)
    assert (found.arm, found.mean) == ("x", 0.0)


def test_there_is_no_policy_without_real_a_rival_valid_rows_or_a_second_repeat():
    rival = arm("augmented", [0.8] * 4, [0.8] * 4)
    assert policy(rival, arm("x", [0.8] * 4, [0.8] * 4)) is None
    assert policy(REAL) is None
    assert policy(REAL[:1], rival[:1]) is None
    bare = tuple(replace(t, valid=said([])) for t in rival)
    assert policy(REAL, bare) is None


def test_two_repeats_have_a_lift_and_no_interval():
    found = policy(REAL[:2], arm("augmented", [0.8] * 2, [0.76] * 2))
    assert (found.mean, found.low, found.high) == (pytest.approx(0.06), None, None)
    assert "without an interval (2 repeats;" in found.sentence
    json.dumps(asdict(found), allow_nan=False)


SETTINGS = {"weight": 0.25, "ratio": None, "threshold": 0.0, "strength": 1.0}


def settings(**changes):
    return tuple({**SETTINGS, **changes}.items())


@pytest.mark.parametrize(
    ("name", "chosen", "advice"),
    [
        ("real_synthetic", {}, "add 5x synthetic at weight 0.25"),
        (
            "real_synthetic",
            {"threshold": 0.9},
            "add 5x synthetic at weight 0.25, kept from a filter threshold of 0.9",
        ),
        ("real_synthetic", {"weight": 0.0}, "use no synthetic data"),
        ("augmented_synthetic", {"weight": 0.0}, "classical augmentation only"),
        (
            "augmented_synthetic",
            {"strength": 0.5},
            "classical augmentation at 0.5 times its strength, and add 5x synthetic at weight 0.25",
        ),
        ("augmented", {"strength": 0.0}, "use no synthetic data"),
        ("augmented", {"strength": 2.0}, "classical augmentation only at 2 times its strength"),
        ("smote", {"weight": 0.5}, "add rows made by SMOTE, without a generator"),
    ],
)
def test_advice_says_what_was_chosen(name, chosen, advice):
    assert advise(arm(name, [0.7], [0.7], settings=settings(**chosen))) == advice


def test_advice_takes_the_settings_that_most_repeats_chose():
    plain = arm("real_synthetic", [0.7] * 3, [0.7] * 3)
    chosen = [settings(weight=w) for w in (0.0, 0.5, 0.5)]
    made = (0, 120, 120)
    mixed = [
        replace(t, settings=s, n_synthetic=m) for t, s, m in zip(plain, chosen, made, strict=True)
    ]
    assert advise(mixed) == "add 2x synthetic at weight 0.5"


def test_arms_without_real_rows_and_unknown_ones_have_advice_too():
    alone = [replace(t, n_real=0) for t in arm("synthetic", [0.7], [0.7])]
    assert advise(alone) == "train on synthetic samples alone"
    unknown = [replace(t, arm="mine") for t in REAL]
    assert advise(unknown) == "use the arm mine"


def test_a_lift_that_is_not_shown_is_not_promised():
    unsure = say_policy("add 5x synthetic", "x", "cnn", 0.01, -0.01, 0.03, 6)
    assert "+1.0 pt to expect (95 % interval -1.0 to +3.0 pt" in unsure
    worse = say_policy("add 5x synthetic", "x", "cnn", -0.02, -0.03, -0.01, 6)
    assert "-2.0 pt, worse than real rows alone on test (" in worse


def test_where_no_arm_is_better_the_expected_lift_is_nothing():
    """5 arms that differ by luck alone, 150 studies; the best on test looks like over +1 pt."""
    rng = np.random.default_rng(0)
    lifts, naive = [], []
    for _ in range(150):
        rate = np.clip(0.8 + 0.03 * rng.standard_normal((5, 6)), 0, 1)
        scores = [rng.binomial(n, rate) / n for n in (100, 200)]
        names = ("real", "a", "b", "c", "d")
        arms = [arm(name, v, t) for name, v, t in zip(names, *scores, strict=True)]
        lifts.append(policy(*arms).mean)
        naive.append(scores[1].mean(axis=1).max() - scores[1][0].mean())
    error = np.std(lifts) / len(lifts) ** 0.5
    assert abs(np.mean(lifts)) < 3 * error
    assert np.mean(naive) > 0.01
