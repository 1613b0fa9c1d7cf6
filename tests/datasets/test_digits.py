import numpy as np
import pytest
from sklearn.datasets import load_digits

from synthlift.datasets.digits import Digits

DIGITS = Digits("digits", None, 797, False, None)


def test_digits_are_those_of_scikit_learn_from_black_to_white():
    pool, reference = DIGITS.load().pool, load_digits()
    assert pool.images.shape == (1797, 1, 8, 8)
    assert pool.labels.tolist() == reference.target.tolist()
    assert np.abs(pool.images[:, 0] / 255 - reference.images / 16).max() <= 0.5 / 255 + 1e-9
    assert (pool.images.min(), pool.images.max()) == (0, 255)


@pytest.mark.parametrize("classes", [("3",), ("9", "0")])
def test_a_subset_of_digits_needs_no_ten_classes(classes):
    pool = Digits("digits", classes, None, False, None).load().pool
    assert pool.schema.classes == classes
    target = load_digits().target
    assert pool.counts().tolist() == [(target == int(name)).sum() for name in classes]
