"""Scoring: probabilities for held-out rows, and never for rows that the classifier has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from synthlift.core.errors import DataError
from synthlift.core.store import Artifact
from synthlift.stages.fit_classifier import Fitted
from synthlift.stages.predict import predict


@dataclass(frozen=True)
class Oracle:
    """A classifier that says of every row how sure it is of class 1."""

    sure: float

    def predict(self, samples):
        return np.tile(np.array([1 - self.sure, self.sure], np.float32), (len(samples), 1))


def fitted(origin, members=(0.8,), learnt_from=()):
    rows = (np.array(numbers, np.int64) for numbers in (origin, learnt_from))
    return Fitted(tuple(map(Oracle, members)), len(origin), 5, *rows)


def scored(fitted, valid, test, place, cpu):
    predict.write(fitted, valid, test, place=place, compute=cpu)
    return Artifact("key", place.folder, predict.read).read()


def test_it_gives_probabilities_labels_and_origins_of_both_parts(images, work_in, tmp_path, cpu):
    valid, test = images(3, first=10), images(5, first=50)
    said = scored(fitted([0, 1]), valid, test, work_in(tmp_path), cpu)
    for predictions, rows in ((said.valid, valid), (said.test, test)):
        assert predictions.p.shape == (len(rows), 2)
        assert predictions.p.dtype == np.float32
        assert predictions.labels.tolist() == rows.labels.tolist()
        assert predictions.origin.tolist() == rows.origin.tolist()
    assert (said.n_real, said.n_synthetic) == (2, 5)


def test_members_are_averaged(images, work_in, tmp_path, cpu):
    said = scored(
        fitted([0], members=(0.2, 0.3, 1.0)),
        images(first=10),
        images(first=50),
        work_in(tmp_path),
        cpu,
    )
    np.testing.assert_allclose(said.test.p[:, 1], 0.5, rtol=1e-6)


@pytest.mark.parametrize(
    ("part", "row"), [("valid", 10), ("valid", 21), ("test", 50), ("test", 61)]
)
def test_a_classifier_that_has_seen_a_row_is_refused(images, work_in, tmp_path, cpu, part, row):
    valid, test = images(first=10), images(first=50)
    with pytest.raises(DataError, match=rf"leakage.*1 of the {part} rows.*row {row}"):
        scored(fitted([0, 1, row]), valid, test, work_in(tmp_path), cpu)


def test_synthetic_rows_leak_nothing(images, work_in, tmp_path, cpu):
    """Their origin is -1, and so is never one of a test row."""
    said = scored(fitted([]), images(first=10), images(first=50), work_in(tmp_path), cpu)
    assert len(said.test.p) == 12


@pytest.mark.parametrize("row", [50, 61])
def test_samples_made_with_a_test_row_are_refused(images, work_in, tmp_path, cpu, row):
    valid, test = images(3, first=10), images(6, first=50)
    with pytest.raises(DataError, match=f"synthetic samples were made with 1 .*row {row} "):
        scored(fitted([0, 1], learnt_from=[0, row]), valid, test, work_in(tmp_path), cpu)


def test_a_generator_may_choose_by_valid_rows(images, work_in, tmp_path, cpu):
    valid, test = images(3, first=10), images(6, first=50)
    said = scored(fitted([0, 1], learnt_from=[0, 10]), valid, test, work_in(tmp_path), cpu)
    assert len(said.test.p) == 12


def test_a_classifier_that_only_competes_meets_no_test_row(images, work_in, tmp_path, cpu):
    place = work_in(tmp_path)
    said = scored(fitted([0, 1]), images(3, first=10), None, place, cpu)
    assert said.test is None
    assert not list(place.folder.glob("test_*"))
