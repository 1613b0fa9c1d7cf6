"""What every classifier yaml promises, on toy images and a toy table of separate classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from synthlift.augmentations.affine import Affine
from synthlift.augmentations.jitter import Jitter
from synthlift.classifiers.resnet18 import Resnet18
from synthlift.core.samples import SampleSet, TrainingSet
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.tables import conform

NAMES = sorted(p.stem for p in (Path(__file__).parents[2] / "conf" / "classifier").glob("*.yaml"))
CPU = torch.device("cpu")
SMALL = {"n_estimators": 5, "max_iter": 5}  # of the slow estimators, enough for the wiring
COLUMNS = (
    Column("size", "numeric"),
    Column("count", "integer"),
    Column("picked", "datetime"),
    Column("ripe", "boolean"),
    Column("grade", "ordinal", ("low", "mid", "high")),
    Column("kind", "categorical", tuple("pqr")),
)


def toy_table(n_per_class=6, n_classes=2, seed=0, first=0):
    """Rows whose size tells their class, small to large; every column has missing values."""
    n = n_per_class * n_classes
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    table = pd.DataFrame(
        {
            "size": 10 * labels + rng.normal(0, 1, n),
            "count": rng.poisson(3, n) + 5 * labels,
            "picked": pd.Timestamp("2020-05-01") + pd.to_timedelta(rng.integers(0, 99, n), "D"),
            "ripe": rng.random(n) < 0.5,
            "grade": rng.choice(["low", "mid", "high"], n),
            "kind": rng.choice(list("pqr"), n),
        }
    ).astype(object)
    table = table.mask(rng.random(table.shape) < 0.05)
    schema = TableSchema(COLUMNS, tuple("abcdefghij"[:n_classes]))
    origin = np.full(n, -1) if first is None else np.arange(first, first + n)
    return SampleSet(schema, conform(table, COLUMNS), labels, origin)


class FirstBlock(Resnet18):
    """Stem and first block alone: the other seven cost a second at each fit (test_resnet18.py)."""

    def network(self, shape, n_classes):
        with torch.device("meta"):
            network = super().network(shape, n_classes)
            network.layer1 = network.layer1[:1]
            network.layer2 = network.layer3 = network.layer4 = torch.nn.Identity()
            network.fc[1] = torch.nn.Linear(64, n_classes)
        for layer in network.to_empty(device="cpu").modules():
            if hasattr(layer, "reset_parameters"):
                layer.reset_parameters()
        return network


@pytest.fixture(scope="module", params=NAMES)
def real_recipe(request, tiny):
    (made,) = tiny(f"classifier=[{request.param}]").classifiers.values()
    return FirstBlock(**vars(made)) if isinstance(made, Resnet18) else made


@pytest.fixture(scope="module")
def recipe(real_recipe):
    """The same, with few rounds where scikit-learn has any."""
    if not hasattr(real_recipe, "parameters"):
        return real_recipe
    given = dict(real_recipe.parameters)
    return replace(real_recipe, parameters={**given, **{k: SMALL[k] for k in given if k in SMALL}})


@pytest.fixture(scope="module", params=["image", "table"])
def toy(request, images, real_recipe):
    """Makes toy rows of one modality: toy(n_per_class, n_classes, seed, first)."""

    def toy_images(n_per_class=6, n_classes=2, seed=0, first=0):
        return images(n_per_class, n_classes=n_classes, seed=seed, first=first)

    make = {"image": toy_images, "table": toy_table}[request.param]
    if why := real_recipe.check(make().schema):
        pytest.skip(why)
    return make


def plain(rows):
    return TrainingSet(rows, np.ones(len(rows), np.float32))


def with_slot(rows, slot, weight):
    return TrainingSet(rows, np.ones(len(rows), np.float32), slot, weight)


def fit(recipe, training, seed=0):
    return recipe.fit(training, seed, CPU, lambda done, n: None)


def saved(fitted, folder):
    folder.mkdir(parents=True)
    fitted.save(folder)
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def learnt(recipe, training, folder, test, seed=0):
    """All that a fit leaves behind: files and answers."""
    fitted = fit(recipe, training, seed)
    return saved(fitted, folder), fitted.predict(test).tobytes()


def schooled(recipe):
    if not hasattr(recipe, "steps"):
        return recipe
    return replace(recipe, steps=30 if isinstance(recipe, Resnet18) else 100, batch_size=16)


def accuracy(p, test):
    return (p.argmax(1) == test.labels).mean()


@pytest.mark.parametrize(("size", "channels", "n_classes"), [((8, 8), 1, 2), ((12, 10), 3, 3)])
def test_it_learns_images_that_lie_apart(real_recipe, images, size, channels, n_classes):
    train = images(10, size, channels, n_classes)
    test = images(20, size, channels, n_classes, seed=1)
    p = fit(schooled(real_recipe), plain(train)).predict(test)
    assert accuracy(p, test) > 0.7, "the grey in the middle is the hard one"


def test_it_learns_rows_that_lie_apart(real_recipe, toy):
    train, test = toy(20, 3), toy(20, 3, seed=1)
    assert accuracy(fit(schooled(real_recipe), plain(train)).predict(test), test) > 0.7


def test_it_learns_from_the_slot_too(real_recipe, toy):
    """Real rows of one class only: the other class is known from the slot alone."""
    rows, test = toy(20), toy(20, seed=1)
    dark, bright = rows.take(rows.labels == 0), rows.take(rows.labels == 1)
    p = fit(schooled(real_recipe), with_slot(dark, bright, 0.5)).predict(test)
    assert accuracy(p, test) > 0.8


def test_each_row_is_a_distribution_over_the_classes(recipe, toy):
    p = fit(recipe, plain(toy(n_classes=3))).predict(toy(50, 3, seed=1))
    assert p.shape == (150, 3)
    assert p.dtype == np.float32
    assert p.min() >= 0
    np.testing.assert_allclose(p.astype(np.float64).sum(1), 1, atol=1e-6)


def test_a_class_without_rows_has_its_place_too(recipe, toy):
    rows = toy(n_classes=3)
    for kept in (rows.labels != 1, rows.labels == 1):
        p = fit(recipe, plain(rows.take(kept))).predict(rows)
        assert p.shape == (18, 3)
        np.testing.assert_allclose(p.sum(1), 1, atol=1e-6)


def test_the_same_seed_gives_the_same_bytes(recipe, toy, tmp_path):
    rows, test = toy(), toy(seed=1)
    made = [learnt(recipe, plain(rows), tmp_path / str(i), test, seed=1) for i in (0, 1)]
    assert made[0] == made[1]


def test_another_seed_gives_another_network(recipe, toy, tmp_path):
    if not hasattr(recipe, "steps"):
        pytest.skip("what it learns need not depend on a seed")
    made = [learnt(recipe, plain(toy()), tmp_path / str(i), toy(), seed=i) for i in (0, 1)]
    assert made[0] != made[1]


def test_it_does_not_depend_on_the_global_random_state_nor_change_it(recipe, toy, tmp_path):
    made = []
    with torch.random.fork_rng([]):
        for seed in (1, 2):
            torch.manual_seed(seed)
            before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
            made.append(learnt(recipe, plain(toy()), tmp_path / str(seed), toy(seed=1)))
            assert torch.equal(torch.get_rng_state(), before[0])
            assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002
    assert made[0] == made[1]


def test_it_is_read_back_as_it_was_written(recipe, toy, tmp_path):
    fitted, test = fit(recipe, plain(toy())), toy(30, seed=1)
    files = saved(fitted, tmp_path / "first")
    loaded = recipe.load(tmp_path / "first", test.schema, lambda: plain(toy()), 0)
    assert loaded.predict(test).tobytes() == fitted.predict(test).tobytes()
    assert saved(loaded, tmp_path / "second") == files


def test_what_it_writes_can_run_no_code(recipe, toy, tmp_path):
    names = saved(fit(recipe, plain(toy())), tmp_path / "files")
    assert {Path(name).suffix for name in names} <= {".safetensors", ".json", ".npy"}


def test_predictions_of_a_row_do_not_depend_on_the_rows_beside_it(recipe, toy):
    fitted, test = fit(recipe, plain(toy())), toy(8, seed=1)
    one_by_one = [fitted.predict(test.take(np.array([i])))[0] for i in range(len(test))]
    np.testing.assert_allclose(fitted.predict(test), one_by_one, atol=1e-5)


def test_the_order_of_epochs_is_not_the_order_of_rows(real_recipe, toy):
    """Ten steps of rows sorted by class teach both classes."""
    rows, test = toy(20), toy(20, seed=1)
    by_class = rows.take(np.argsort(rows.labels, kind="stable"))
    assert accuracy(fit(schooled(real_recipe), plain(by_class)).predict(test), test) > 0.9


def weights(fitted):
    return torch.cat([weight.flatten() for weight in fitted.network.parameters()])


def test_initial_weights_are_equal_between_arms_of_one_seed(recipe, images):
    """At a vanishing rate only they are left: equal for one seed, whatever the training set."""
    if not hasattr(recipe, "rate"):
        pytest.skip("it has no initial weights")
    frozen, rows = replace(recipe, rate=1e-30, weight_decay=0.0), images()
    ones = np.ones(len(rows), np.float32)
    arms = [
        plain(rows),
        plain(images(4, seed=5)),
        TrainingSet(rows, ones, images(seed=2), 0.25),
        TrainingSet(rows, 2 * ones),
    ]
    first, *others = [weights(fit(frozen, arm, seed=1)) for arm in arms]
    assert max((other - first).abs().max() for other in others) < 1e-20
    assert (weights(fit(frozen, arms[0], seed=2)) - first).abs().max() > 1e-3


def test_a_slot_of_weight_zero_teaches_nothing(recipe, toy, tmp_path):
    if isinstance(recipe, Resnet18):
        pytest.skip("its batch norm takes the statistics of all rows of a batch, as it says")
    rows, test = toy(), toy(seed=1)
    first, second = (
        learnt(recipe, with_slot(rows, toy(seed=seed), 0.0), tmp_path / str(seed), test)
        for seed in (2, 3)
    )
    assert first == second


def test_the_weight_of_the_slot_changes_what_is_learnt(recipe, toy):
    """A slot that says the contrary."""
    rows, test, slot = toy(), toy(seed=1), toy(seed=2)
    slot = replace(slot, labels=1 - slot.labels)
    made = [fit(recipe, with_slot(rows, slot, w)).predict(test) for w in (0.0, 0.5)]
    assert made[0].tobytes() != made[1].tobytes()


def test_augmented_rows_teach_the_same_classes(real_recipe, toy):
    rows, test = toy(20), toy(20, seed=1)
    is_image = rows.schema.modality == "image"
    augmentation = Affine(0.1, 0.1, 0.1, False) if is_image else Jitter(0.1, 0.05, 2)
    training = replace(with_slot(rows, toy(seed=2), 0.25), augmentation=augmentation)
    assert accuracy(fit(schooled(real_recipe), training).predict(test), test) > 0.9


def test_fewer_rows_than_a_batch_are_enough(recipe, toy):
    rows = toy(1)
    assert fit(recipe, plain(rows)).predict(rows).shape == (2, 2)


def test_no_row_gives_no_answer(recipe, toy):
    rows = toy()
    assert fit(recipe, plain(rows)).predict(rows.take(np.arange(0))).shape == (0, 2)


def test_what_the_train_rows_of_a_table_lack_does_no_harm(recipe):
    """A constant column, one of which nothing is known, a level and a missing value unseen."""
    rows, test = toy_table(), toy_table(seed=1)
    if why := recipe.check(rows.schema):
        pytest.skip(why)
    poor = rows.table.assign(count=pd.array([7] * 12, "Int64"), ripe=pd.array([None] * 12))
    poor = poor.assign(grade="low", kind="p", size=rows.table["size"].fillna(5.0))
    train = SampleSet(rows.schema, conform(poor, COLUMNS), rows.labels, rows.origin)
    p = fit(schooled(recipe), plain(train)).predict(test)
    assert np.isfinite(p).all()


@pytest.mark.parametrize("size", [(8, 8), (15, 15), (16, 16), (28, 28), (33, 50), (64, 64)])
@pytest.mark.parametrize("channels", [1, 3])
def test_it_takes_images_of_every_size(recipe, images, size, channels):
    rows = images(2, size, channels)
    assert recipe.check(rows.schema) is None
    assert np.isfinite(fit(recipe, plain(rows)).predict(rows)).all()


def test_it_takes_the_one_modality_or_says_why_not(recipe):
    schemas = [ImageSchema(1, 8, 8, ("a", "b")), TableSchema((Column("x", "numeric"),), ("a", "b"))]
    said = [recipe.check(schema) for schema in schemas]
    assert None in said
    assert all(why is None or why.strip() for why in said)
