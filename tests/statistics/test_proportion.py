import numpy as np
import pytest
from scipy import stats

from synthlift.statistics.proportion import wilson


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (41, 1000), (1, 1)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_equals_scipy(k, n, level):
    expected = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    assert wilson(k, n, level) == pytest.approx(tuple(expected))


def test_no_case_and_every_case_end_at_the_ends():
    assert wilson(0, 7)[0] == 0
    assert wilson(7, 7)[1] == 1
    assert wilson(0, 0) == (0, 1)


def test_wilson_covers_a_rare_share():
    hits = np.random.default_rng(0).binomial(200, 0.05, 2000)
    ends = {k: wilson(k, 200) for k in set(hits.tolist())}
    assert 0.93 <= np.mean([ends[k][0] <= 0.05 <= ends[k][1] for k in hits.tolist()]) <= 0.98


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5)])
def test_a_share_beyond_its_cases_is_refused(k, n):
    with pytest.raises(ValueError, match="0 <= k <= n"):
        wilson(k, n)
