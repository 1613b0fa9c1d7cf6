import numpy as np
import pytest

from synthlift.core.errors import DataError
from synthlift.datasets.base import Source, keep_classes


def test_kept_classes_keep_their_pixels_and_origins(images):
    whole = images(n_per_class=5, n_classes=4)
    kept = keep_classes(whole, ("d", "b"))
    assert kept.schema.classes == ("d", "b")
    assert set(kept.origin) == set(np.flatnonzero(np.isin(whole.labels, [3, 1])))
    assert (kept.images == whole.images[kept.origin]).all()
    assert (np.array([3, 1])[kept.labels] == whole.labels[kept.origin]).all()


def test_all_classes_in_their_order_change_nothing(images):
    whole = images(n_classes=3)
    kept = keep_classes(whole, whole.schema.classes)
    assert kept.labels.tolist() == whole.labels.tolist()
    assert kept.schema == whole.schema


def test_an_unknown_class_is_named(images):
    with pytest.raises(DataError, match=r"'z'; the classes are a, b"):
        keep_classes(images(), ("a", "z"))


def test_a_source_has_the_schema_of_its_pool(images):
    assert Source(images(n_classes=3)).schema.n_classes == 3
