import numpy as np
import pytest

from synthlift.statistics.intervals import Interval, crossed_interval, no_interval
from synthlift.statistics.verdict import sentence, verdict


def interval(low, high, level=0.95):
    return Interval((low + high) / 2, low, high, 0.5, 5.0, level)


def said(found, n_repeats=6, **how):
    return sentence("real_synthetic", "real", "cnn", found, verdict(found), n_repeats, **how)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.003, 0.02, "helps"),
        (0.001, 0.009, "helps"),
        (-0.02, -0.001, "hurts"),
        (-0.009, -0.001, "hurts"),
        (-0.01, 0.01, "no difference"),
        (0.0, 0.005, "no difference"),
        (-0.011, 0.001, "undecided"),
        (0.0, 0.02, "undecided"),
    ],
)
def test_verdict_is_read_off_the_interval(low, high, word):
    assert verdict(interval(low, high)) == word


def test_verdict_never_disagrees_with_the_interval_or_its_p():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(1000):
        scale, shift = 10 ** rng.uniform(-4, 0), rng.choice([0, 0.005, 0.05]) * rng.choice([-1, 1])
        level = rng.choice([0.95, 0.975])
        found = crossed_interval(scale * rng.standard_normal((5, 20)) + shift, 0.5, level)
        word = verdict(found)
        seen.add(word)
        assert (word in ("helps", "hurts")) == (found.p < 1 - level)
        assert word != "helps" or found.mean > 0
        assert word != "hurts" or found.mean < 0
        assert word != "no difference" or max(abs(found.low), abs(found.high)) <= 0.01
    assert seen == {"helps", "hurts", "no difference", "undecided"}


def test_sentences_are_plain():
    assert said(interval(0.003, 0.021)) == (
        "real_synthetic helps: +1.2 pt over real (95 % interval +0.3 to +2.1 pt, 6 repeats, cnn)."
    )
    assert "helps by less than 1 pt: +0.5 pt" in said(interval(0.001, 0.009))
    assert "hurts: -1.2 pt against real" in said(interval(-0.021, -0.003))
    assert "hurts by less than 1 pt" in said(interval(-0.009, -0.001))
    assert "no difference of 1 pt or more: +0.1 pt" in said(interval(-0.005, 0.007))
    assert said(interval(-0.02, 0.03, level=0.975)) == (
        "real_synthetic against real is undecided: +0.5 pt, but the 97.5 % interval reaches from "
        "-2.0 to +3.0 pt, so this study can't tell (6 repeats, cnn)."
    )


def test_an_undecided_sentence_says_what_can_be_seen_and_what_would_settle_it():
    words = said(interval(-0.02, 0.03), visible=0.0412, settle="To wait.")
    assert words.endswith(
        "(6 repeats, cnn). A true lift of 4.1 pt would be seen 4 times in 5. To wait."
    )
    assert "would be seen" not in said(interval(0.003, 0.021), visible=0.0412)


@pytest.mark.parametrize("ends", [(0.003, 0.021), (-0.02, -0.01), (-0.005, 0.007), (-0.02, 0.03)])
def test_a_claim_on_one_training_set_says_so(ends):
    words = said(interval(*ends), scope="on this training set")
    assert words.count(" on this training set:") == 1
    assert words.replace(" on this training set", "") == said(interval(*ends))


def test_a_sentence_without_interval_says_why():
    few = no_interval(0.01, reason="2 repeats")
    assert "because there is no interval for 2 repeats (cnn)." in said(few, n_repeats=2)
    one = crossed_interval(np.ones((1, 9)), 0.0)
    assert "no interval for 1 repeat (cnn)." in said(one, n_repeats=1)
    lone = crossed_interval(np.arange(5.0)[:, None], 0.5)
    assert "no interval for a single test row or group (cnn)." in said(lone)


def test_an_end_that_is_not_zero_is_not_written_as_zero():
    assert "interval +0.03 to +1.9 pt" in said(interval(0.0003, 0.019))
