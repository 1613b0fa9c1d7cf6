"""What every generator yaml promises, after a few training steps on toy images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from synthlift.codecs.base import fit_codec
from synthlift.core.schema import Column, ImageSchema, TableSchema

pytestmark = pytest.mark.usefixtures("quick_disk")
NAMES = sorted(p.stem for p in (Path(__file__).parents[2] / "conf" / "generator").glob("*.yaml"))
CPU = torch.device("cpu")
LABELS = np.array([1, 0, 0, 1, 1, 0, 1])


class Killed(Exception):
    """Stands for whatever ends a training from outside."""


@pytest.fixture(scope="module", params=NAMES)
def recipe(request, tiny):
    return tiny(f"generator={request.param}").generator


@pytest.fixture(scope="module")
def long_recipe(recipe):
    """Steps enough to be killed between two checkpoints, whose rows of the curve straddle them."""
    if not hasattr(recipe, "steps"):
        return recipe
    return replace(recipe, steps=60, batch_size=8, checkpoint_every=20, log_every=7)


def train(recipe, rows, place, seed=3):
    codec = fit_codec(rows, recipe.sizes)
    recipe.fit(rows, None, codec, seed, place, CPU)
    return recipe.load(place.folder, codec)


@pytest.fixture(scope="module")
def fitted(recipe, images, work_in, tmp_path_factory):
    return train(recipe, images(), work_in(tmp_path_factory.mktemp("fitted")))


def drawn(fitted, labels=LABELS, seed=0, scale=1.0):
    return fitted.sample(labels, seed, scale, CPU)


def test_samples_have_the_labels_asked_for_and_the_form_of_the_data(fitted, images):
    samples = drawn(fitted)
    assert samples.labels.tolist() == LABELS.tolist()
    assert samples.schema == fitted.schema == images().schema
    assert samples.images.shape == (len(LABELS), 1, 8, 8)
    assert samples.images.dtype == np.uint8
    assert (samples.origin == -1).all()


def test_no_label_gives_no_sample(fitted):
    assert drawn(fitted, np.empty(0, np.int64)).images.shape == (0, 1, 8, 8)


def test_samples_of_a_class_differ_from_one_another(fitted):
    samples = drawn(fitted, np.zeros(20, np.int64))
    assert len(set(samples.fingerprints())) > 1


def test_the_same_seed_gives_the_same_samples_and_another_seed_others(fitted):
    assert drawn(fitted).images.tobytes() == drawn(fitted).images.tobytes()
    assert drawn(fitted).images.tobytes() != drawn(fitted, seed=1).images.tobytes()


@pytest.mark.parametrize("n", [1, 3, 50, 1024, 1025, 1029])
def test_a_prefix_of_the_labels_gives_a_prefix_of_the_samples(fitted, n):
    labels = np.arange(1030) % 2
    assert (drawn(fitted, labels[:n]).images == drawn(fitted, labels).images[:n]).all()


def test_the_label_changes_the_sample(fitted):
    zeros, ones = np.zeros(20, np.int64), np.ones(20, np.int64)
    assert (drawn(fitted, zeros).images != drawn(fitted, ones).images).any()


def test_trained_twice_it_is_the_same_bytes_and_another_seed_is_not(
    recipe, images, work_in, contents, tmp_path
):
    made = []
    for name, seed in (("first", 3), ("again", 3), ("other", 4)):
        place = work_in(tmp_path / name)
        train(recipe, images(), place, seed)
        made.append(contents(place.folder))
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_training_and_drawing_leave_the_global_random_state_alone(
    recipe, images, work_in, tmp_path
):
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    drawn(train(recipe, images(), work_in(tmp_path)))
    after = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert torch.equal(before[0], after[0])
    assert before[1] == after[1]


def test_what_it_makes_does_not_depend_on_the_global_random_state(
    recipe, images, work_in, contents, tmp_path
):
    made = []
    for seed in (1, 2):
        with torch.random.fork_rng([]):
            torch.manual_seed(seed)
            place = work_in(tmp_path / str(seed))
            samples = drawn(train(recipe, images(), place))
            made.append((samples.images.tobytes(), contents(place.folder)))
    assert made[0] == made[1]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(8, 8), (10, 10), (28, 28), (32, 32), (64, 64), (9, 30)])
def test_it_trains_on_images_of_every_size(recipe, images, work_in, tmp_path, size, channels):
    rows = images(3, size, channels)
    samples = drawn(train(quick(recipe), rows, work_in(tmp_path)))
    assert samples.images.shape == (len(LABELS), channels, *size)
    assert len(np.unique(samples.images)) > 1


def quick(recipe):
    return replace(recipe, steps=1) if hasattr(recipe, "steps") else recipe


@pytest.mark.parametrize("n_classes", [1, 10])
def test_it_trains_on_one_class_and_on_ten(recipe, images, work_in, tmp_path, n_classes):
    rows = images(2, n_classes=n_classes)
    labels = np.arange(12) % n_classes
    assert drawn(train(recipe, rows, work_in(tmp_path)), labels).labels.tolist() == labels.tolist()


def test_it_trains_on_a_single_row_of_a_class(recipe, images, work_in, tmp_path):
    rows = images(4).take(np.array([0, 1, 2, 4, 6]))
    assert rows.counts().tolist() == [4, 1]
    assert len(drawn(train(recipe, rows, work_in(tmp_path)))) == len(LABELS)


def test_what_it_cannot_draw_is_refused_before_any_training(recipe):
    assert recipe.check(ImageSchema(1, 8, 8, ("a", "b"))) is None
    said = [recipe.check(TableSchema((Column("x", "numeric"),), ("a", "b")))]
    said.append(recipe.check(ImageSchema(1, 4096, 4096, ("a", "b"))))
    assert all(why is None or why.strip() for why in said)
    assert any(said), "nothing draws tables and images of 4,096 pixels alike"


def test_images_too_large_for_it_are_refused_by_its_check(recipe):
    side = max(recipe.sizes) + 1
    why = recipe.check(ImageSchema(1, side, side, ("a", "b")))
    assert why
    assert str(max(recipe.sizes)) in why


def test_bf16_mixed_precision_trains_too(recipe, images, work_in, tmp_path):
    if not hasattr(recipe, "precision"):
        pytest.skip("it has no precision to choose")
    samples = drawn(train(replace(recipe, precision="bf16-mixed"), images(), work_in(tmp_path)))
    assert len(np.unique(samples.images)) > 1


# resumed = unbroken


@pytest.fixture(scope="module")
def whole(long_recipe, images, work_in, tmp_path_factory):
    """An unbroken training: where it lies and what it learnt."""
    place = work_in(tmp_path_factory.mktemp("unbroken"))
    return place.folder, train(long_recipe, images(), place)


@pytest.fixture(scope="module")
def unbroken(whole, contents):
    return contents(whole[0])


def kill(long_recipe, rows, place):
    """Train until progress is told (every 50 steps), and no further."""

    def die(done, total):
        raise Killed

    try:
        train(long_recipe, rows, replace(place, progress=die))
    except Killed:
        return
    pytest.skip("it was done before it could be killed: there is nothing to resume")


def test_a_training_killed_in_the_middle_and_resumed_equals_an_unbroken_one(
    long_recipe, images, work_in, contents, unbroken, tmp_path
):
    place = work_in(tmp_path)
    kill(long_recipe, images(), place)
    assert list(place.folder.iterdir()) == []
    assert (place.scratch / "last_cpu.ckpt").exists()
    train(long_recipe, images(), place)
    assert contents(place.folder) == unbroken


def test_it_goes_on_from_its_checkpoint_and_does_not_start_afresh(
    long_recipe, images, work_in, tmp_path
):
    """Resumed at step 40 of 60, it does not draw the samples of step 20 again."""
    place = work_in(tmp_path)
    kill(long_recipe, images(), place)
    first = place.scratch / "grids" / "step_0000020.png"
    first.write_bytes(b"made before the kill")
    train(long_recipe, images(), place)
    assert (place.folder / "grids" / "step_0000020.png").read_bytes() == b"made before the kill"


def test_a_training_killed_after_its_last_checkpoint_equals_an_unbroken_one(
    long_recipe, images, work_in, contents, unbroken, tmp_path
):
    place = work_in(tmp_path)
    with pytest.raises(FileNotFoundError):
        train(long_recipe, images(), replace(place, folder=tmp_path / "not" / "there"))
    train(long_recipe, images(), place)
    assert contents(place.folder) == unbroken


@pytest.mark.parametrize("damage", ["a flipped bit", "cut short"])
def test_a_damaged_checkpoint_is_thrown_away_and_training_starts_afresh(
    long_recipe, images, work_in, contents, unbroken, tmp_path, damage
):
    place = work_in(tmp_path)
    kill(long_recipe, images(), place)
    path = place.scratch / "last_cpu.ckpt"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    if damage == "a flipped bit":
        content[middle] ^= 1
    path.write_bytes(content[:middle] if damage == "cut short" else content)
    train(long_recipe, images(), place)
    assert contents(place.folder) == unbroken


def test_it_obeys_its_label(whole):
    """Images of grey 60 and 180: after a short training the bright class is drawn brighter."""
    dark, bright = (drawn(whole[1], np.full(50, label)).images.mean() for label in (0, 1))
    assert bright - dark > 20
