"""The best state is kept, by the valid rows, and it is the one that is stored."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from synthlift.codecs.base import fit_codec
from synthlift.core.errors import DataError
from synthlift.generators.augmenting import NoAugmentation
from synthlift.generators.cgan import Cgan
from synthlift.generators.ema import Ema
from synthlift.generators.gan import ConditionalGan
from synthlift.generators.losses import Hinge
from synthlift.generators.optimizers import Adam
from synthlift.generators.penalties import NoPenalty
from synthlift.generators.selection import KeepBest

pytestmark = pytest.mark.usefixtures("quick_disk")
ADAM = Adam(1e-3, (0.0, 0.9))
TOY = ConditionalGan(
    network=Cgan(latent_dim=4, channels=2),
    loss=Hinge(),
    penalty=NoPenalty(),
    augmentation=NoAugmentation(),
    generator_optimizer=ADAM,
    critic_optimizer=ADAM,
    ema=Ema(2, 0.5),
    steps=6,
    batch_size=4,
    precision="32-true",
    log_every=4,
    checkpoint_every=2,
    selection=KeepBest(every=2, n_per_class=4, trees=3),
)


@dataclass(frozen=True)
class Scripted:
    """Gives the scores that it was told to, in turn, and remembers what it was shown."""

    scores: list
    shown: list
    every: int = 2
    n_per_class: int = 3

    def score(self, codes, labels, valid, truth, seed):
        self.shown.append((codes.shape, labels.tolist(), valid.shape, seed))
        return self.scores[len(self.shown) - 1]


def fit(recipe, rows, place, valid=None, seed=0):
    codec = fit_codec(rows, recipe.sizes)
    recipe.fit(rows, valid, codec, seed, place, torch.device("cpu"))
    return place.folder


def weights(folder):
    return (folder / "ema.safetensors").read_bytes()


def test_the_forest_is_scored_by_the_mean_recall_of_the_classes():
    codes = np.array([[0.0], [0.0], [1.0], [1.0]], np.float32)
    valid = np.array([[0.0]] * 6 + [[1.0], [0.0]], np.float32)
    truth = np.array([0] * 6 + [1] * 2)
    labels = np.array([0, 0, 1, 1])
    keep = KeepBest(every=1, n_per_class=2, trees=20)
    assert keep.score(codes, labels, valid, truth, 0) == pytest.approx((1 + 1 / 2) / 2)
    assert keep.score(codes, labels, valid[:6], truth[:6], 2**62) == 1


def test_valid_rows_are_needed_only_where_a_state_is_chosen():
    assert TOY.needs_valid
    assert not replace(TOY, selection=None).needs_valid


@pytest.mark.parametrize(("scores", "kept"), [((0.9, 0.5, 0.6), 2), ((0.5, 0.9, 0.9), 6)])
def test_the_best_state_is_stored_and_of_equals_the_last(images, work_in, tmp_path, scores, kept):
    place = work_in(tmp_path / "chosen")
    script = Scripted(list(scores), [])
    fit(replace(TOY, selection=script), images(), place, images(seed=1))
    with (place.folder / "selection.csv").open(newline="") as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    assert rows == [
        {"step": step, "score": score, "kept": float(step == kept)}
        for step, score in zip((2, 4, 6), scores, strict=True)
    ]
    assert {shape[0] for shape, _, _, _ in script.shown} == {6}, "three of each of two classes"
    assert len({seed for *_, seed in script.shown}) == 1, "all candidates are judged alike"
    only = Scripted([1.0], [], every=100)
    stopped = work_in(tmp_path / "stopped")
    fit(replace(TOY, steps=kept, selection=only), images(), stopped, images(seed=1))
    ours, theirs = (load_file(p.folder / "ema.safetensors") for p in (place, stopped))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_choosing_changes_nothing_of_the_training_itself(images, work_in, tmp_path):
    """The candidates have streams of their own: the last weights are those of no selection."""
    made = []
    for name, selection in (("with", TOY.selection), ("without", None)):
        folder = fit(
            replace(TOY, selection=selection), images(), work_in(tmp_path / name), images(seed=1)
        )
        made.append((folder / "generator.safetensors").read_bytes())
    assert made[0] == made[1]


def test_without_valid_rows_the_last_state_is_kept(images, work_in, tmp_path):
    chosen = fit(TOY, images(), work_in(tmp_path / "none"))
    last = fit(replace(TOY, selection=None), images(), work_in(tmp_path / "last"))
    assert weights(chosen) == weights(last)
    assert not (chosen / "selection.csv").exists()


def test_no_valid_row_to_choose_by_is_said_before_any_step(images, work_in, tmp_path):
    rows = images()
    with pytest.raises(DataError, match=r"split\.valid.*generator\.selection=null"):
        fit(TOY, rows, work_in(tmp_path), rows.take(np.arange(0)))


def test_the_best_state_survives_a_kill(images, work_in, contents, tmp_path):
    class Killed(Exception):
        pass

    def die(done, total):
        if done:
            raise Killed

    recipe = replace(TOY, steps=60, checkpoint_every=20, selection=KeepBest(10, 4, 3))
    unbroken, broken = work_in(tmp_path / "unbroken"), work_in(tmp_path / "broken")
    fit(recipe, images(), unbroken, images(seed=1))
    with pytest.raises(Killed):
        fit(recipe, images(), replace(broken, progress=die), images(seed=1))
    fit(recipe, images(), broken, images(seed=1))
    assert contents(unbroken.folder) == contents(broken.folder)
    assert "selection.csv" in contents(broken.folder)


@pytest.mark.parametrize("wrong", [{"every": 0}, {"n_per_class": 0}, {"trees": 0}])
def test_a_value_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match=r"generator\.selection"):
        KeepBest(**{"every": 1, "n_per_class": 1, "trees": 1, **wrong})
