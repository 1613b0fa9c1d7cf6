"""What every classifier yaml promises, on toy images of a dark and a bright class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from synthlift.core.samples import TrainingSet
from synthlift.core.schema import Column, ImageSchema, TableSchema

NAMES = sorted(p.stem for p in (Path(__file__).parents[2] / "conf" / "classifier").glob("*.yaml"))
CPU = torch.device("cpu")


@pytest.fixture(scope="module", params=NAMES)
def recipe(request, tiny):
    (made,) = tiny(f"classifier=[{request.param}]").classifiers.values()
    return made


def plain(rows):
    return TrainingSet(rows, np.ones(len(rows), np.float32))


def fit(recipe, training, seed=0):
    return recipe.fit(training, seed, CPU, lambda done, n: None)


def saved(fitted, folder):
    folder.mkdir(parents=True)
    fitted.save(folder)
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def schooled(recipe):
    return replace(recipe, steps=100, batch_size=16) if hasattr(recipe, "steps") else recipe


@pytest.mark.parametrize(("size", "channels", "n_classes"), [((8, 8), 1, 2), ((12, 10), 3, 3)])
def test_it_learns_classes_that_lie_apart(recipe, images, size, channels, n_classes):
    train = images(10, size, channels, n_classes)
    test = images(20, size, channels, n_classes, seed=1)
    p = fit(schooled(recipe), plain(train)).predict(test)
    assert (p.argmax(1) == test.labels).mean() > 0.7, "the grey in the middle is the hard one"


def test_it_learns_from_the_slot_too(recipe, images):
    """Real rows of one class only: the other class is known from the slot alone."""
    rows, test = images(10), images(20, seed=1)
    dark, bright = rows.take(rows.labels == 0), rows.take(rows.labels == 1)
    training = TrainingSet(dark, np.ones(len(dark), np.float32), bright, 0.5)
    p = fit(schooled(recipe), training).predict(test)
    assert (p.argmax(1) == test.labels).mean() > 0.9


def test_each_row_is_a_distribution_over_the_classes(recipe, images):
    p = fit(recipe, plain(images(n_classes=3))).predict(images(50, n_classes=3, seed=1))
    assert p.shape == (150, 3)
    assert p.dtype == np.float32
    assert p.min() >= 0
    np.testing.assert_allclose(p.astype(np.float64).sum(1), 1, atol=1e-6)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(recipe, images, tmp_path):
    made = [
        saved(fit(recipe, plain(images()), seed), tmp_path / name)
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    ]
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_it_does_not_depend_on_the_global_random_state_nor_change_it(recipe, images, tmp_path):
    made = []
    with torch.random.fork_rng([]):
        for seed in (1, 2):
            torch.manual_seed(seed)
            before = torch.get_rng_state()
            made.append(saved(fit(recipe, plain(images())), tmp_path / str(seed)))
            assert torch.equal(torch.get_rng_state(), before)
    assert made[0] == made[1]


def test_it_is_read_back_as_it_was_written(recipe, images, tmp_path):
    fitted, test = fit(recipe, plain(images())), images(30, seed=1)
    files = saved(fitted, tmp_path / "first")
    loaded = recipe.load(tmp_path / "first", test.schema, lambda: plain(images()), 0)
    assert loaded.predict(test).tobytes() == fitted.predict(test).tobytes()
    assert saved(loaded, tmp_path / "second") == files


def test_predictions_of_a_row_do_not_depend_on_the_rows_beside_it(recipe, images):
    fitted, test = fit(recipe, plain(images())), images(30, seed=1)
    one_by_one = [fitted.predict(test.take(np.array([i])))[0] for i in range(len(test))]
    np.testing.assert_allclose(fitted.predict(test), one_by_one, atol=1e-5)


def test_the_order_of_epochs_is_not_the_order_of_rows(recipe, images):
    """Ten steps of rows sorted by class teach both classes."""
    rows = images(10)
    by_class = rows.take(np.argsort(rows.labels, kind="stable"))
    p = fit(schooled(recipe), plain(by_class)).predict(images(20, seed=1))
    assert (p.argmax(1) == images(20, seed=1).labels).mean() > 0.9


def test_initial_weights_are_equal_between_arms_of_one_seed(recipe, images):
    """At a vanishing rate only they are left: equal for one seed, whatever the training set."""
    if not hasattr(recipe, "rate"):
        pytest.skip("it has no initial weights")
    frozen, rows, test = replace(recipe, rate=1e-30, weight_decay=0.0), images(), images(seed=1)
    ones = np.ones(len(rows), np.float32)
    arms = [
        plain(rows),
        plain(images(4, seed=5)),
        TrainingSet(rows, ones, images(seed=2), 0.25),
        TrainingSet(rows, 2 * ones),
    ]
    p = [fit(frozen, arm, seed=1).predict(test) for arm in arms]
    assert all(other.tobytes() == p[0].tobytes() for other in p[1:])
    assert fit(frozen, arms[0], seed=2).predict(test).tobytes() != p[0].tobytes()


def test_a_slot_of_weight_zero_teaches_nothing(recipe, images, tmp_path):
    rows = images()
    arms = [
        TrainingSet(rows, np.ones(len(rows), np.float32), images(seed=seed), 0.0) for seed in (2, 3)
    ]
    first, second = (saved(fit(recipe, a), tmp_path / str(i)) for i, a in enumerate(arms))
    assert first == second


def test_the_weight_of_the_slot_changes_what_is_learnt(recipe, images, tmp_path):
    rows, slot = images(), images(seed=2)
    ones = np.ones(len(rows), np.float32)
    made = [
        saved(fit(recipe, TrainingSet(rows, ones, slot, w)), tmp_path / str(w)) for w in (0.0, 0.5)
    ]
    assert made[0] != made[1]


def test_fewer_rows_than_a_batch_are_enough(recipe, images):
    rows = images(1)
    assert fit(recipe, plain(rows)).predict(rows).shape == (2, 2)


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
