import numpy as np
import pytest
from scipy.spatial.distance import cdist

from synthlift.metrics import neighbours
from synthlift.metrics.neighbours import nearest, nearest_other


def test_nearest_is_that_of_all_pairs_in_chunks_too(monkeypatch):
    rng = np.random.default_rng(0)
    a, b = (rng.random((n, 5), dtype=np.float32) for n in (103, 40))
    pairs = cdist(a.astype(float), b.astype(float))
    for chunk in (4096, 10):
        monkeypatch.setattr(neighbours, "CHUNK", chunk)
        distance, row = nearest(a, b)
        assert (row == pairs.argmin(axis=1)).all()
        assert distance == pytest.approx(pairs.min(axis=1))


def test_nearest_other_leaves_out_the_row_itself_but_not_its_duplicates():
    a = np.array([[0, 0], [3, 4], [0, 0], [3, 5]], np.float32)
    assert nearest_other(a)[0].tolist() == [0, 1, 0, 1]


def test_equal_rows_are_at_distance_zero_exactly():
    a = np.random.default_rng(1).random((50, 784), dtype=np.float32)
    assert (nearest(a, a)[0] == 0).all()
