"""Warnings that a few trials call for."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.core.results import Predictions, Trial
from synthlift.stages.cautions import threshold_cautions

SAID = Predictions(np.array([[0.5, 0.5]], np.float32), np.array([0]), np.array([0]))


def trial(n_synthetic, threshold, weight=0.5, repeat=0):
    settings = (("weight", weight), ("threshold", threshold))
    return Trial("mixed", "cnn", repeat, "synthetic", 9, n_synthetic, SAID, SAID, settings)


def test_a_threshold_that_no_sample_passed_is_told():
    (said,) = threshold_cautions([trial(0, 0.9), trial(4, 0.9, repeat=1)])
    assert "no sample passed the threshold of mixed in 1 of 2 repeats (cnn)" in said
    assert "lower arm.mixed.threshold" in said


@pytest.mark.parametrize("one", [trial(3, 0.9), trial(0, None), trial(0, 0.9, weight=0.0)])
def test_an_arm_that_asked_for_none_or_got_some_is_no_reason_to_warn(one):
    assert threshold_cautions([one]) == []
