"""The training loop of the GANs: balanced batches, an honest curve, a divergence in plain words."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
from PIL import Image

from synthlift.codecs.base import fit_codec
from synthlift.core.errors import MemoryShortageError, TrainingError
from synthlift.generators.augmenting import NoAugmentation
from synthlift.generators.cgan import Cgan
from synthlift.generators.ema import Ema
from synthlift.generators.gan import ConditionalGan
from synthlift.generators.losses import Hinge
from synthlift.generators.optimizers import Adam
from synthlift.generators.penalties import R1, NoPenalty
from synthlift.generators.schedules import LinearDecay, Transitional
from synthlift.generators.sharing import Alone
from synthlift.generators.training import GanTraining

pytestmark = pytest.mark.usefixtures("quick_disk")
CPU = torch.device("cpu")
ADAM = Adam(1e-3, (0.0, 0.9))
TOY = ConditionalGan(
    network=Cgan(latent_dim=4, channels=2),
    loss=Hinge(),
    penalty=NoPenalty(),
    augmentation=NoAugmentation(),
    generator_optimizer=ADAM,
    critic_optimizer=ADAM,
    ema=Ema(10, 0.5),
    steps=6,
    batch_size=4,
    precision="32-true",
    log_every=4,
    checkpoint_every=5,
)


@dataclass(frozen=True)
class Halving:
    """An augmentation that halves everything and keeps how many samples it was shown."""

    shown: list = field(default_factory=list)

    def check(self, schema):
        return None

    def start(self):
        return self

    def __call__(self, seen, rng):
        self.shown.append(len(seen))
        return seen * 0.5

    def learn(self, margin):
        pass


def uneven(images):
    """Nine dark rows, one bright row."""
    rows = images(9)
    return rows.take(np.flatnonzero((rows.labels == 0) | (rows.origin == 1)))


def started(recipe, rows, tmp_path):
    codec = fit_codec(rows, recipe.sizes)
    return GanTraining(recipe, rows, None, codec, 0, tmp_path, CPU, Alone())


def train(recipe, rows, place):
    codec = fit_codec(rows, recipe.sizes)
    recipe.fit(rows, None, codec, 0, place, CPU)
    return recipe.load(place.folder, codec)


def test_real_batches_show_every_class_equally_often_however_rare(images, tmp_path):
    rows = uneven(images)
    assert rows.counts().tolist() == [9, 1]
    x, labels = started(replace(TOY, batch_size=2000), rows, tmp_path).draw_real()
    assert 0.45 < labels.float().mean() < 0.55
    seen = {image.numpy().tobytes() for image in x}
    assert len(seen) == 10, "and every row of a class"


def test_real_batches_pair_each_image_with_its_own_label(images, tmp_path):
    x, labels = started(replace(TOY, batch_size=200), uneven(images), tmp_path).draw_real()
    assert (x[labels == 1].mean((1, 2, 3)) > x[labels == 0].mean((1, 2, 3)).max()).all()


def test_noise_is_standard_normal_with_uniform_labels(images, tmp_path):
    module = started(replace(TOY, batch_size=4000), uneven(images), tmp_path)
    z = module.draw_noise(4000, module.rng)
    labels = module.conditions.fake(module.draw_real()[1], module.rng)
    assert z.shape == (4000, 4)
    assert abs(z.mean().item()) < 0.05
    assert abs(z.std().item() - 1) < 0.05
    assert 0.45 < labels.float().mean() < 0.55


def test_the_average_starts_as_the_generator(images, tmp_path):
    module = started(TOY, images(), tmp_path)
    pairs = zip(module.ema.parameters(), module.generator.parameters(), strict=True)
    assert all(torch.equal(a, b) and not a.requires_grad for a, b in pairs)


def test_the_curve_has_a_row_per_interval_and_one_for_the_last_step(images, work_in, tmp_path):
    place = work_in(tmp_path)
    train(TOY, images(), place)
    with (place.folder / "training.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["step", *GanTraining.columns, "seconds"]
    assert [row["step"] for row in rows] == ["4", "6"]
    for row in rows:
        assert 0 <= float(row["critic_accuracy_real"]) <= 1
        assert float(row["generator_loss"]) == pytest.approx(-float(row["d_fake"]), abs=1e-5)


def test_the_rows_of_the_curve_are_means_over_their_interval(images, work_in, tmp_path):
    curves = []
    for every in (1, 3):
        place = work_in(tmp_path / str(every))
        train(replace(TOY, log_every=every), images(), place)
        with (place.folder / "training.csv").open(newline="") as file:
            curves.append([float(row["critic_loss"]) for row in csv.DictReader(file)])
    fine, coarse = curves
    assert coarse == pytest.approx([np.mean(fine[:3]), np.mean(fine[3:])], rel=1e-4)


def test_grids_show_a_row_per_class_at_every_checkpoint_and_the_end(images, work_in, tmp_path):
    place = work_in(tmp_path)
    train(TOY, images(n_classes=3, channels=3), place)
    grids = sorted((place.folder / "grids").glob("step_*"))
    assert [grid.name for grid in grids] == ["step_0000005.png", "step_0000006.png"]
    with Image.open(grids[0]) as picture:
        assert (picture.size, picture.mode) == ((80, 24), "RGB")


def test_every_part_of_the_recipe_changes_what_is_learnt(images, work_in, contents, tmp_path):
    recipes = [
        TOY,
        replace(TOY, penalty=R1(1.0, 2)),
        replace(TOY, augmentation=Halving()),
        replace(TOY, generator_optimizer=Adam(2e-3, (0.0, 0.9))),
        replace(TOY, ema=Ema(2, 0.5)),
        replace(TOY, batch_size=5),
        replace(TOY, n_critic=2),
        replace(TOY, rate_schedule=LinearDecay(0.0)),
        replace(TOY, label_ramp=Transitional(0.25, 0.5)),
        replace(TOY, precision="bf16-mixed"),
    ]
    made = []
    for i, recipe in enumerate(recipes):
        place = work_in(tmp_path / str(i))
        train(recipe, images(), place)
        made.append(contents(place.folder)["ema.safetensors"])
    assert len(set(made)) == len(made)


def test_intervals_of_curve_and_checkpoints_change_no_weight(images, work_in, contents, tmp_path):
    made = []
    for i, intervals in enumerate([{}, {"log_every": 1}, {"checkpoint_every": 2}]):
        place = work_in(tmp_path / str(i))
        train(replace(TOY, **intervals), images(), place)
        files = contents(place.folder)
        made.append([files[f"{n}.safetensors"] for n in ("ema", "generator", "critic")])
    assert made[0] == made[1] == made[2]


def test_real_and_fake_are_augmented_alike(images, work_in, tmp_path):
    halving = Halving()
    train(replace(TOY, augmentation=halving), images(), work_in(tmp_path))
    assert halving.shown == [8] * 6


@pytest.mark.parametrize("rate", [1e18, 1e30])
def test_a_divergence_is_said_in_plain_words(images, work_in, tmp_path, rate):
    wild = Adam(rate, (0.0, 0.9))
    place = work_in(tmp_path)
    with pytest.raises(TrainingError, match=r"diverged.*lower the rates") as caught:
        train(replace(TOY, critic_optimizer=wild, generator_optimizer=wild), images(), place)
    assert "before step 4 of 6" in str(caught.value)
    assert list(place.folder.iterdir()) == []


def test_a_divergence_in_the_very_last_step_is_noticed_too(images, work_in, tmp_path):
    wild = Adam(1e30, (0.0, 0.9))
    recipe = replace(TOY, critic_optimizer=wild, generator_optimizer=wild, steps=1)
    with pytest.raises(TrainingError, match="diverged"):
        train(recipe, images(), work_in(tmp_path))


def test_networks_too_large_for_the_memory_are_refused_in_plain_words(images, work_in, tmp_path):
    vast = replace(TOY, network=Cgan(latent_dim=10**15, channels=2))
    place = work_in(tmp_path)
    with pytest.raises(
        MemoryShortageError, match=r"more memory than there is \(cpu\).*largest_batch"
    ):
        train(vast, images(), place)
    assert list(place.folder.iterdir()) == []


def test_an_error_that_is_none_of_memory_is_handed_on(images, work_in, tmp_path, monkeypatch):
    def fail(self):
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(GanTraining, "step", fail)
    with pytest.raises(RuntimeError, match="shapes differ"):
        train(TOY, images(), work_in(tmp_path))


def test_progress_is_told_on_the_way(images, work_in, tmp_path):
    told = []
    place = work_in(tmp_path, lambda done, total: told.append((done, total)))
    train(replace(TOY, steps=101, checkpoint_every=200), images(), place)
    assert told == [(0, 101), (50, 101), (100, 101)]


@pytest.mark.parametrize("latent_dim", [1, 3, 16])
def test_a_prefix_of_labels_gives_a_prefix_of_samples_whatever_the_latent(
    images, work_in, tmp_path, latent_dim
):
    """Torch fills small tensors by another rule than large ones, and the tail of one anew."""
    recipe = replace(TOY, network=Cgan(latent_dim, 2), steps=2)
    fitted = train(recipe, images(), work_in(tmp_path))
    labels = np.arange(40) % 2
    whole = fitted.sample(labels, 0, 1.0, CPU).images
    for n in (1, 2, 5, 17, 39):
        assert (fitted.sample(labels[:n], 0, 1.0, CPU).images == whole[:n]).all(), n


def test_a_larger_scale_draws_more_varied_samples(images, work_in, tmp_path):
    fitted = train(replace(TOY, steps=30), images(), work_in(tmp_path))
    labels = np.zeros(100, np.int64)
    spread = [fitted.sample(labels, 0, scale, CPU).images.std(0).mean() for scale in (0.01, 1.0)]
    assert spread[0] < spread[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"batch_size": 1},
        {"precision": "16-mixed"},
        {"log_every": 0},
        {"checkpoint_every": 0},
    ],
)
def test_a_value_out_of_range_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=f"generator.*{next(iter(wrong))}"):
        replace(TOY, **wrong)


def test_a_training_killed_after_its_last_checkpoint_is_not_trained_a_step_longer(
    images, work_in, tmp_path, monkeypatch
):
    rows, unbroken = uneven(images), work_in(tmp_path / "unbroken")
    train(TOY, rows, unbroken)
    killed, finish = work_in(tmp_path / "killed"), GanTraining.finish

    def fail(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(GanTraining, "finish", fail)
    with pytest.raises(KeyboardInterrupt):
        train(TOY, rows, killed)
    monkeypatch.setattr(GanTraining, "finish", finish)
    train(TOY, rows, killed)
    for path in sorted(p for p in unbroken.folder.rglob("*") if p.is_file()):
        if path.name != "training.csv":  # its seconds differ
            other = killed.folder / path.relative_to(unbroken.folder)
            assert other.read_bytes() == path.read_bytes(), path.name
    assert len(list((killed.folder / "grids").glob("step_*"))) == 2
