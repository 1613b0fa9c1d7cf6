"""In a small pool no row judges a choice that it took part in, and luck adds nothing to a lift."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.core.results import Predictions, Trial
from synthlift.experiment import Repeat
from synthlift.statistics.intervals import overlap_interval
from synthlift.sweeps.by_row import Judges, choose_by_row, judge_by_row

TESTED = (np.array([0, 1]), np.array([1, 2]), np.array([0, 3]))


def test_a_row_takes_the_best_mean_of_the_repeats_that_test_it():
    judges = choose_by_row({4: np.array([0.9, 0.1, 0.5]), 7: np.array([0.6, 0.5, 0.9])}, TESTED)
    # row 0: repeats 0 and 2; row 1: 0 and 1; row 2: 1; row 3: 2
    assert [own.tolist() for own in judges.test] == [[7, 7], [7, 7], [7, 7]]
    assert judges.valid.tolist() == [4, 7, 7]
    assert judges.numbers == {4, 7}


def test_of_equals_the_first_is_taken_whatever_the_rounding():
    tenths = np.array([0.1, 0.2, 0.3])
    judges = choose_by_row({0: tenths[::-1].copy(), 1: tenths}, (np.arange(2),) * 3)
    assert judges.test[0].tolist() == [0, 0]


def test_what_other_repeats_say_does_not_touch_the_choice_for_a_row():
    """Row 0 may be in train or valid of repeat 1: nothing said there decides on it."""
    rng = np.random.default_rng(0)
    scores = {n: rng.random(3) for n in range(5)}
    before = choose_by_row(scores, TESTED)
    said = {n: own + np.array([0, 9 * rng.random(), 0]) for n, own in scores.items()}
    after = choose_by_row(said, TESTED)
    for at in (0, 2):
        mine = TESTED[at] != 1  # row 1 is tested in repeat 1
        assert (before.test[at][mine] == after.test[at][mine]).all()
        assert before.valid[at] == after.valid[at]


def trial(arm, n, p_valid, p_test):
    def said(p, origin):
        p = np.full((2, 2), p, np.float32)
        return Predictions(p, np.array([0, 1]), np.array(origin))

    return Trial(arm, "cnn", 0, "synthetic", 10, n, said(p_valid, [8, 9]), said(p_test, [0, 1]))


def test_rows_are_put_together_from_the_trials_of_their_judges():
    parts = {
        n: [Repeat(0, None, (trial("a", n, 0.1 * n, 0.01 * n), trial("b", n, 0.5, 0.5)))]
        for n in (1, 2)
    }
    judges = {("a", "cnn"): Judges(np.array([2]), (np.array([2, 1]),))}
    [made] = judge_by_row(parts[1], parts, judges)
    first, other = made.trials
    assert first.test.p[:, 0] == pytest.approx([0.02, 0.01])
    assert first.valid.p[:, 0] == pytest.approx(0.2)
    assert first.n_synthetic == 1, "sizes are those of the candidate that is shown"
    assert other is parts[1][0].trials[1]


def null_study(rng, n=60, n_candidates=10, n_repeats=8, n_columns=30):
    """Labels without any sign of themselves: a lift of every candidate over the first is luck.

    Each candidate is a least-squares fit to 4 columns of its own. Lift of the best on test, and of
    choosing by row, per repeat.
    """
    x, y = rng.normal(size=(n, n_columns)), rng.integers(0, 2, n) * 2.0 - 1
    columns = [rng.choice(n_columns, 4, replace=False) for _ in range(n_candidates)]
    n_fit, n_part = round(0.6 * n), round(0.2 * n)
    right, parts = [], []
    for _ in range(n_repeats):
        order = rng.permutation(n)
        train, rest = order[:n_fit], order[n_fit:]
        parts.append((rest[:n_part], rest[n_part : 2 * n_part]))
        fits = (np.linalg.lstsq(x[train][:, own], y[train], rcond=None)[0] for own in columns)
        said = [x[:, own] @ fit for own, fit in zip(columns, fits, strict=True)]
        right.append(np.array(said) * y > 0)
    scores = {
        k: np.array([r[k, p[0]].mean() for r, p in zip(right, parts, strict=True)])
        for k in range(1, n_candidates)
    }
    test = np.array([r[:, p[1]].mean(axis=1) for r, p in zip(right, parts, strict=True)])
    judges = choose_by_row(scores, [p[1] for p in parts])
    by_row = [r[own, p[1]].mean() for r, p, own in zip(right, parts, judges.test, strict=True)]
    naive = test[:, 1 + test[:, 1:].mean(axis=0).argmax()]
    return naive - test[:, 0], np.array(by_row) - test[:, 0]


def test_on_null_data_choosing_by_row_gains_nothing_and_claims_no_more_than_its_level():
    rng = np.random.default_rng(5)
    studies = [null_study(rng) for _ in range(250)]
    naive, by_row = (np.array([s[i].mean() for s in studies]) for i in (0, 1))
    error = by_row.std() / len(studies) ** 0.5
    assert naive.mean() > 0.05, "the best of nine looks like five points at least"
    assert abs(by_row.mean()) < 3 * error < 0.025
    claims = 0
    for _, lifts in studies:
        interval = overlap_interval(lifts, 12, 48)
        assert interval.low is not None
        claims += interval.low > 0 or interval.high < 0
    assert claims / len(studies) <= 0.05
