import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from synthlift.statistics.multiplicity import holm


def test_holm_equals_statsmodels():
    rng = np.random.default_rng(0)
    for n in (1, 2, 7, 30):
        p = rng.uniform(0, 0.2, n).tolist()
        assert holm(p) == pytest.approx(tuple(multipletests(p, method="holm")[1]))


def test_none_stays_none_and_does_not_count():
    assert holm([None, 0.02, None, 0.03]) == (None, 0.04, None, 0.04)
    assert holm([]) == ()
    assert holm([None]) == (None,)


def test_equal_p_values_stay_equal():
    assert holm([0.5, 0.01, 0.5, 0.01]) == (1.0, 0.04, 1.0, 0.04)
