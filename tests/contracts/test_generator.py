"""What every generator yaml promises, after a few training steps on toy images and tables."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from synthlift.codecs.base import fit_codec
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.tables import conform
from synthlift.generators.cgan import Cgan
from synthlift.generators.cvae import Cvae

pytestmark = pytest.mark.usefixtures("quick_disk")
NAMES = sorted(p.stem for p in (Path(__file__).parents[2] / "conf" / "generator").glob("*.yaml"))
CPU = torch.device("cpu")
LABELS = np.array([1, 0, 0, 1, 1, 0, 1])


class Killed(Exception):
    """Stands for whatever ends a training from outside."""


COLUMNS = (
    Column("size", "numeric"),
    Column("count", "integer"),
    Column("ripe", "boolean"),
    Column("picked", "datetime"),
    Column("grade", "ordinal", ("low", "mid", "high")),
    Column("kind", "categorical", tuple("pqrstuvwxyz")),
)


def toy_table(n_per_class=6, n_classes=2, seed=0) -> SampleSet:
    """Rows whose size and kind say their class; a size and a grade are missing here and there."""
    n = n_per_class * n_classes
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    frame = pd.DataFrame(
        {
            "size": np.where(np.arange(n) % 5 == 4, np.nan, 10 * labels + rng.normal(0, 1, n)),
            "count": rng.poisson(3, n),
            "ripe": rng.random(n) < 0.5,
            "picked": pd.Timestamp("2020-05-01") + pd.to_timedelta(rng.integers(0, 99, n), "D"),
            "grade": rng.choice(["low", "mid", "high", None], n),
            "kind": np.array(list("pqrstuvwxyz"))[labels],
        }
    )
    schema = TableSchema(COLUMNS, tuple("abcdefghij"[:n_classes]))
    return SampleSet(schema, conform(frame, COLUMNS), labels, np.arange(n))


@pytest.fixture(scope="module", params=["image", "table"])
def toy(request, images):
    """Makes toy rows of one modality: toy(n_per_class, n_classes=2)."""
    if request.param == "table":
        return toy_table
    return lambda n_per_class=6, n_classes=2: images(n_per_class, n_classes=n_classes)


@pytest.fixture(scope="module", params=NAMES)
def any_recipe(request, tiny):
    recipe = narrow(tiny(f"generator={request.param}").generator)
    if getattr(recipe, "selection", None) is None:
        return recipe
    return replace(recipe, selection=replace(recipe.selection, n_per_class=10, trees=5))


def narrow(recipe):
    """The same with layers that are quick to train."""
    if not hasattr(recipe, "network"):
        return recipe
    small = {"widths": (64, 64), "critic_widths": (64,), "width": 64}
    small |= {"channels": 8, "critic_channels": 8}
    fewer = {name: n for name, n in small.items() if hasattr(recipe.network, name)}
    return replace(recipe, network=replace(recipe.network, **fewer))


@pytest.fixture(scope="module")
def recipe(any_recipe, toy):
    if any_recipe.check(toy().schema) is not None:
        pytest.skip("it draws no such samples")
    return any_recipe


@pytest.fixture(scope="module")
def image_recipe(any_recipe, images):
    if any_recipe.check(images().schema) is not None:
        pytest.skip("it draws no images")
    return any_recipe


@pytest.fixture(scope="module")
def long_recipe(recipe):
    """Steps enough to be killed between two checkpoints, whose rows of the curve straddle them."""
    if not hasattr(recipe, "steps"):
        return recipe
    longer = replace(recipe, steps=60, batch_size=8, checkpoint_every=20, log_every=7)
    if longer.selection is None:
        return longer
    return replace(longer, selection=replace(longer.selection, every=15))


def train(recipe, rows, place, seed=3):
    codec = fit_codec(rows, recipe.sizes)
    valid = rows.take(np.arange(0, len(rows), 2)) if recipe.needs_valid else None
    recipe.fit(rows, valid, codec, seed, place, CPU)
    return recipe.load(place.folder, codec)


@pytest.fixture(scope="module")
def fitted(recipe, toy, work_in, tmp_path_factory):
    return train(recipe, toy(), work_in(tmp_path_factory.mktemp("fitted")))


def prints(samples):
    """One hash per sample."""
    return samples.fingerprints().tolist()


def drawn(fitted, labels=LABELS, seed=0, scale=1.0):
    return fitted.sample(labels, seed, scale, CPU)


def test_samples_have_the_labels_asked_for_and_the_form_of_the_data(fitted, toy):
    samples = drawn(fitted)
    assert samples.labels.tolist() == LABELS.tolist()
    assert samples.schema == fitted.schema == toy().schema
    assert len(samples.features) == len(LABELS)
    assert (samples.origin == -1).all()


def test_no_label_gives_no_sample(fitted, toy):
    samples = drawn(fitted, np.empty(0, np.int64))
    assert len(samples.features) == 0
    assert samples.schema == toy().schema


def test_samples_of_a_class_differ_from_one_another(fitted):
    samples = drawn(fitted, np.zeros(20, np.int64))
    assert len(set(samples.fingerprints())) > 1


def test_the_same_seed_gives_the_same_samples_and_another_seed_others(fitted):
    assert prints(drawn(fitted)) == prints(drawn(fitted))
    assert prints(drawn(fitted)) != prints(drawn(fitted, seed=1))


@pytest.mark.parametrize("n", [1, 3, 50, 1024, 1025, 1029])
def test_a_prefix_of_the_labels_gives_a_prefix_of_the_samples(fitted, n):
    labels = np.arange(1030) % 2
    assert prints(drawn(fitted, labels[:n])) == prints(drawn(fitted, labels))[:n]


def test_the_label_changes_the_sample(fitted):
    zeros, ones = np.zeros(20, np.int64), np.ones(20, np.int64)
    assert prints(drawn(fitted, zeros)) != prints(drawn(fitted, ones))


def test_numbers_stay_in_the_range_of_the_data_or_near_it(fitted, toy):
    """A generator of a few steps is no reason for a size of a thousand or a year 2300."""
    samples = drawn(fitted, np.arange(200) % 2)
    if samples.schema.modality == "image":
        assert samples.images.dtype == np.uint8
        return
    real = toy().table
    for name in ("size", "picked"):
        low, high = real[name].min(), real[name].max()
        width = high - low
        found = samples.table[name].dropna()
        assert len(found), f"{name} is always missing"
        assert low - width <= found.min() <= found.max() <= high + width


def test_trained_twice_it_is_the_same_bytes_and_another_seed_is_not(
    recipe, toy, work_in, contents, tmp_path
):
    made = []
    for name, seed in (("first", 3), ("again", 3), ("other", 4)):
        place = work_in(tmp_path / name)
        train(recipe, toy(), place, seed)
        made.append(contents(place.folder))
    assert made[0] == made[1]
    assert made[0] != made[2] or not hasattr(recipe, "steps"), "only a training needs a seed"


def test_training_and_drawing_leave_the_global_random_state_alone(recipe, toy, work_in, tmp_path):
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    drawn(train(recipe, toy(), work_in(tmp_path)))
    after = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert torch.equal(before[0], after[0])
    assert before[1] == after[1]


def test_what_it_makes_does_not_depend_on_the_global_random_state(
    recipe, toy, work_in, contents, tmp_path
):
    made = []
    for seed in (1, 2):
        with torch.random.fork_rng([]):
            torch.manual_seed(seed)
            place = work_in(tmp_path / str(seed))
            samples = drawn(train(recipe, toy(), place))
            made.append((prints(samples), contents(place.folder)))
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("size", "channels"),
    [((8, 8), 3), ((10, 10), 1), ((28, 28), 1), ((32, 32), 3), ((64, 64), 1), ((9, 30), 3)],
)
def test_it_trains_on_images_of_every_size(image_recipe, images, work_in, tmp_path, size, channels):
    rows = images(3, size, channels)
    samples = drawn(train(quick(image_recipe), rows, work_in(tmp_path)))
    assert samples.images.shape == (len(LABELS), channels, *size)
    assert len(np.unique(samples.images)) > 1


def quick(recipe):
    return replace(recipe, steps=1) if hasattr(recipe, "steps") else recipe


@pytest.mark.parametrize("n_classes", [1, 10])
def test_it_trains_on_one_class_and_on_ten(recipe, toy, work_in, tmp_path, n_classes):
    rows = toy(2, n_classes=n_classes)
    labels = np.arange(12) % n_classes
    assert drawn(train(recipe, rows, work_in(tmp_path)), labels).labels.tolist() == labels.tolist()


def test_it_trains_on_a_single_row_of_a_class(recipe, toy, work_in, tmp_path):
    rows = toy(4).take(np.array([0, 1, 2, 4, 6]))
    assert rows.counts().tolist() == [4, 1]
    assert len(drawn(train(recipe, rows, work_in(tmp_path)))) == len(LABELS)


def test_what_it_cannot_draw_is_refused_before_any_training(any_recipe):
    said = [any_recipe.check(TableSchema((Column("x", "numeric"),), ("a", "b")))]
    said += [any_recipe.check(ImageSchema(1, side, side, ("a", "b"))) for side in (8, 4096)]
    assert None in said, "it draws something"
    assert all(why is None or why.strip() for why in said)
    assert any(said), "nothing draws tables and images of 4,096 pixels alike"


def test_images_too_large_for_it_are_refused_by_its_check(image_recipe):
    side = max(image_recipe.sizes) + 1
    why = image_recipe.check(ImageSchema(1, side, side, ("a", "b")))
    assert why
    assert str(max(image_recipe.sizes)) in why


def test_bf16_mixed_precision_trains_too(recipe, toy, work_in, tmp_path):
    if not hasattr(recipe, "precision"):
        pytest.skip("it has no precision to choose")
    samples = drawn(train(replace(recipe, precision="bf16-mixed"), toy(), work_in(tmp_path)))
    assert len(set(prints(samples))) > 1


# resumed = unbroken


@pytest.fixture(scope="module")
def whole(long_recipe, toy, work_in, tmp_path_factory):
    """An unbroken training: where it lies and what it learnt."""
    place = work_in(tmp_path_factory.mktemp("unbroken"))
    return place.folder, train(long_recipe, toy(), place)


@pytest.fixture(scope="module")
def unbroken(whole, contents):
    return contents(whole[0])


@pytest.fixture(scope="module")
def killed(long_recipe, toy, work_in, tmp_path_factory):
    """What is left of a training that ended when progress was told (every 50 steps)."""

    def die(done, total):
        if done:
            raise Killed

    place = work_in(tmp_path_factory.mktemp("killed"), die)
    try:
        train(long_recipe, toy(), place)
    except Killed:
        assert list(place.folder.iterdir()) == []
        assert (place.scratch / "last_cpu.ckpt").exists()
        return place.scratch
    pytest.skip("it was done before it could be killed: there is nothing to resume")


@pytest.fixture
def left(killed, work_in, tmp_path):
    """A place where that training lies, ready to be resumed."""
    place = work_in(tmp_path)
    shutil.copytree(killed, place.scratch, dirs_exist_ok=True)
    return place


def test_a_training_killed_in_the_middle_and_resumed_equals_an_unbroken_one(
    long_recipe, toy, contents, unbroken, left
):
    train(long_recipe, toy(), left)
    assert contents(left.folder) == unbroken


def test_it_goes_on_from_its_checkpoint_and_does_not_start_afresh(long_recipe, toy, left):
    """Resumed at step 40 of 60, it does not draw the samples of step 20 again."""
    (first,) = (left.scratch / "grids").glob("step_0000020*")
    if first.is_dir():
        first = first / "labels.npy"
        first.write_bytes(b"made before the kill")
    else:
        with Image.open(first) as grid:
            Image.new(grid.mode, grid.size, 77).save(first)
    before = first.read_bytes()
    train(long_recipe, toy(), left)
    assert (left.folder / first.relative_to(left.scratch)).read_bytes() == before


def test_a_training_killed_after_its_last_checkpoint_equals_an_unbroken_one(
    long_recipe, toy, work_in, contents, unbroken, tmp_path
):
    place = work_in(tmp_path)
    if not hasattr(long_recipe, "steps"):
        pytest.skip("nothing is trained: there is nothing to resume")
    with pytest.raises(FileNotFoundError):
        train(long_recipe, toy(), replace(place, folder=tmp_path / "not" / "there"))
    train(long_recipe, toy(), place)
    assert contents(place.folder) == unbroken


@pytest.mark.parametrize("damage", ["a flipped bit", "cut short"])
def test_a_damaged_checkpoint_is_thrown_away_and_training_starts_afresh(
    long_recipe, toy, contents, unbroken, left, damage
):
    if not isinstance(long_recipe.network, Cvae | Cgan):
        pytest.skip("checkpoints are read by one reader, so two networks are enough")
    path = left.scratch / "last_cpu.ckpt"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    if damage == "a flipped bit":
        content[middle] ^= 1
    path.write_bytes(content[:middle] if damage == "cut short" else content)
    train(long_recipe, toy(), left)
    assert contents(left.folder) == unbroken


def test_it_obeys_its_label(recipe, toy, work_in, tmp_path):
    """After a short training the bright class is drawn brighter, the larger one larger."""
    if hasattr(recipe, "steps"):
        recipe = replace(recipe, steps=300, batch_size=8, checkpoint_every=300)
    fitted = train(recipe, toy(), work_in(tmp_path))
    low, high = (drawn(fitted, np.full(200, label)) for label in (0, 1))
    if low.schema.modality == "image":  # greys of 60 and 180
        assert high.images.mean() - low.images.mean() > 20
    else:  # sizes of 0 and 10
        assert high.table["size"].mean() - low.table["size"].mean() > 1
