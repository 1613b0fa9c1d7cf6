"""Fidelity of the samples, and the train row nearest to each of those shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from synthlift.core.store import Artifact
from synthlift.metrics.copies import Copies
from synthlift.metrics.label_adherence import LabelAdherence
from synthlift.stages.fit_classifier import Fitted
from synthlift.stages.measure import measure


@dataclass(frozen=True)
class ByBrightness:
    """A teacher that knows the toy images: bright is class 1."""

    def predict(self, samples):
        bright = samples.images.mean((1, 2, 3)) > 120
        return np.eye(2, dtype=np.float32)[bright.astype(int)]


METRICS = (LabelAdherence(), Copies())
NOBODY = np.empty(0, np.int64)
TEACHER = Fitted((ByBrightness(),), 0, 0, NOBODY, NOBODY)


def measured(train, synthetic, teacher, place, cpu):
    measure.write(train, None, synthetic, teacher, METRICS, 0, place=place, compute=cpu)
    return Artifact("key", place.folder, measure.read).read()


def test_every_metric_is_there_by_its_name(images, work_in, tmp_path, cpu):
    synthetic = images(20, seed=1, first=None)
    scores = measured(images(20), synthetic, TEACHER, work_in(tmp_path), cpu).scores
    assert set(scores) == {"label_adherence", "copies"}
    assert scores["label_adherence"] == 1
    assert scores["copies"] < 0.5


def test_the_teacher_judges_adherence(images, work_in, tmp_path, cpu):
    wrong = images(20, seed=1, first=None)
    wrong = wrong.__class__(wrong.schema, wrong.features, 1 - wrong.labels, wrong.origin)
    scores = measured(images(20), wrong, TEACHER, work_in(tmp_path), cpu).scores
    assert scores["label_adherence"] == 0


def test_held_out_rows_say_how_much_adherence_can_be_expected(images, work_in, tmp_path, cpu):
    """The teacher knows 2 of 3 dark rows and 1 of 1 bright one; the classes are drawn alike."""
    valid = images(3, seed=2).take(np.array([0, 2, 4, 1]))
    pixels = valid.images.copy()
    pixels[0] = 250
    valid = replace(valid, features=pixels)
    place, synthetic = work_in(tmp_path), images(20, seed=1, first=None)
    measure.write(images(20), valid, synthetic, TEACHER, METRICS, 0, place=place, compute=cpu)
    scores = Artifact("key", place.folder, measure.read).read().scores
    assert scores["held_out_adherence"] == pytest.approx((2 / 3 + 1) / 2)


def test_without_a_teacher_every_label_is_adhered_to(images, work_in, tmp_path, cpu):
    train, synthetic = images(9, n_classes=1), images(9, n_classes=1, seed=1, first=None)
    assert measured(train, synthetic, None, work_in(tmp_path), cpu).scores["label_adherence"] == 1


def test_the_nearest_row_of_a_copy_is_its_original(images, work_in, tmp_path, cpu):
    train = images(10)
    rows = np.array([7, 0, 3, 3])
    found = measured(train, train.take(rows), TEACHER, work_in(tmp_path), cpu)
    assert found.nearest.tolist() == rows.tolist()
    assert found.distance.tolist() == [0, 0, 0, 0]


def test_distributions_are_measured_beside_the_scores(images, work_in, tmp_path, cpu):
    train, synthetic = images(20), images(30, seed=1, first=None)
    found = measured(train, synthetic, TEACHER, work_in(tmp_path), cpu).distribution
    assert found["rows"] == [40, 60]
    assert found["columns"][0]["real"]["mean"] == pytest.approx(train.images.mean())


def test_samples_of_other_classes_have_no_distribution(images, work_in, tmp_path, cpu):
    train, synthetic = images(20), images(30, seed=1, first=None)
    train, synthetic = train.take(train.labels == 0), synthetic.take(synthetic.labels == 1)
    assert measured(train, synthetic, TEACHER, work_in(tmp_path), cpu).distribution is None
