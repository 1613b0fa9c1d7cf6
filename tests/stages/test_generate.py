"""Drawing samples: as many as planned, the same ones each time, balanced from the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from synthlift.core.plans import Plan
from synthlift.core.samples import SYNTHETIC, SampleSet
from synthlift.core.schema import ImageSchema
from synthlift.stages import generate as module
from synthlift.stages.generate import Generation, draw_labels, generate

SCHEMA = ImageSchema(1, 2, 2, ("a", "b", "c"))


@dataclass(frozen=True)
class Dice:
    """A generator of noise; keeps what it was asked for."""

    asked: list
    schema: ImageSchema = SCHEMA

    def sample(self, labels, seed, scale, device):
        self.asked.append((len(labels), seed, scale))
        pixels = np.random.default_rng(seed).integers(0, 256, (5000, 1, 2, 2))[: len(labels)]
        origin = np.full(len(labels), SYNTHETIC)
        return SampleSet(self.schema, pixels.astype(np.uint8), labels, origin)


def drawn(generation, place, cpu, train, seed=0):
    dice = Dice([])
    generate.write(dice, train.origin, train, generation, seed, place=place, compute=cpu)
    return SampleSet.load(place.folder), dice.asked


@pytest.fixture
def train(images):
    return images(6, (2, 2), n_classes=3)


def test_it_draws_what_the_plan_asks_for(train, work_in, tmp_path, cpu):
    samples, asked = drawn(Generation(7, None, 0.8), work_in(tmp_path), cpu, train)
    assert samples.counts().tolist() == [7, 7, 7]
    assert (samples.origin == SYNTHETIC).all()
    assert [(n, scale) for n, _, scale in asked] == [(21, 0.8)]


@pytest.mark.parametrize(("ratio", "n"), [(1.0, 6), (2.5, 15), (0.01, 1)])
def test_a_ratio_is_of_the_train_rows_in_all(train, work_in, tmp_path, cpu, ratio, n):
    samples, _ = drawn(Generation(None, ratio, 1.0), work_in(tmp_path), cpu, train)
    assert samples.counts().tolist() == [n, n, n]


def test_the_same_seed_draws_the_same_bytes_and_another_does_not(
    train, work_in, contents, tmp_path, cpu
):
    made = []
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        place = work_in(tmp_path / name)
        drawn(Generation(5, None, 1.0), place, cpu, train, seed)
        made.append(contents(place.folder)["features.npy"])
    assert made[0] == made[1] != made[2]


def test_more_than_a_chunk_is_drawn_in_pieces_each_with_a_seed_of_its_own(
    train, work_in, tmp_path, cpu
):
    told = []
    place = work_in(tmp_path, lambda done, total: told.append((done, total)))
    samples, asked = drawn(Generation(3000, None, 1.0), place, cpu, train)
    assert [n for n, _, _ in asked] == [4096, 4096, 808]
    assert len({seed for _, seed, _ in asked}) == 3
    assert len(samples) == 9000
    assert told[-1][1] == 9000


def test_fewer_samples_are_a_prefix_of_more(train, work_in, tmp_path, cpu):
    few, many = (
        drawn(Generation(n, None, 1.0), work_in(tmp_path / str(n)), cpu, train)[0]
        for n in (4, 1500)
    )
    assert (many.images[:12] == few.images).all()
    assert (many.labels[:12] == few.labels).all()


def test_what_is_drawn_depends_on_the_train_rows_by_their_counts_alone(
    images, work_in, contents, tmp_path, cpu
):
    made = []
    for seed in (1, 2):
        place = work_in(tmp_path / str(seed))
        drawn(Generation(None, 2.0, 1.0), place, cpu, images(4, (2, 2), n_classes=3, seed=seed))
        made.append(contents(place.folder))
    assert made[0] == made[1]


@pytest.mark.parametrize("counts", [(3, 3, 3), (3, 1, 2), (0, 2), (1,)])
def test_any_prefix_of_the_labels_is_as_balanced_as_can_be(counts):
    labels = draw_labels(np.array(counts))
    assert np.bincount(labels, minlength=len(counts)).tolist() == list(counts)
    for n in range(len(labels) + 1):
        so_far = np.bincount(labels[:n], minlength=len(counts))
        unfinished = so_far[so_far < np.array(counts)]
        if len(unfinished):
            assert so_far.max() - unfinished.min() <= 1


def test_a_chunk_holds_every_class(train, monkeypatch, work_in, tmp_path, cpu):
    monkeypatch.setattr(module, "CHUNK", 6)
    samples, asked = drawn(Generation(4, None, 1.0), work_in(tmp_path), cpu, train)
    assert [n for n, _, _ in asked] == [6, 6]
    assert np.bincount(samples.labels[:6]).tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    "wrong", [(None, None, 1.0), (5, 2.0, 1.0), (0, None, 1.0), (None, -1.0, 1.0), (5, None, 0.0)]
)
def test_a_plan_that_says_nothing_or_two_things_is_refused(wrong):
    with pytest.raises(ValueError, match="generation"):
        Generation(*wrong)


def test_the_plan_of_the_placebo_is_that_of_the_samples():
    assert Generation(5, None, 1.0).plan == Plan(5, None)
