"""The Augmenter: real rows first and unchanged, the same pipeline and store as the command line."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import synthlift
from synthlift import Augmenter, VirtualDataset
from synthlift.core.errors import ConfigError, DataError
from synthlift.core.store import Store
from synthlift.how_many import wanted_counts
from synthlift.recipe import read_recipe

pytestmark = pytest.mark.usefixtures("quick_disk")
TINY = (
    "generator.steps=2",
    "generator.batch_size=4",
    "generator.network.channels=4",
    "compute.accelerator=cpu",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store for the module: a generator that two tests need is trained once."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def augmenter(store):
    def make(**params):
        return Augmenter(**{"overrides": TINY, "random_state": 0, "store": store, **params})

    return make


def given(n=(9, 4, 5), shape=(8, 8), seed=0):
    rng = np.random.default_rng(seed)
    y = np.repeat(["bird", "cat", "dog"], n)
    return rng.integers(0, 256, (len(y), *shape)).astype(np.uint8), y


def test_every_class_is_brought_up_to_the_largest_with_the_real_rows_first(augmenter):
    X, y = given()
    X_more, y_more = augmenter().fit_resample(X, y)
    assert X_more.dtype == np.uint8
    assert X_more.shape == (27, 8, 8)
    assert (X_more[:18] == X).all()
    assert (y_more[:18] == y).all()
    assert np.unique(y_more, return_counts=True)[1].tolist() == [9, 9, 9]


@pytest.mark.parametrize(
    ("X", "image_shape"),
    [
        (given()[0], None),
        (given(shape=(8, 8, 1))[0], None),
        (given(shape=(1, 8, 8))[0], None),
        (given(shape=(64,))[0], (8, 8)),
        (given(shape=(64,))[0], (8, 8, 1)),
        ((given()[0] / 255).astype(np.float32), None),
        (given()[0] / 255, None),
    ],
)
def test_images_come_back_in_the_form_they_were_given_in(augmenter, X, image_shape):
    y = given()[1]
    X_more, _ = augmenter(image_shape=image_shape).fit_resample(X, y)
    assert X_more.dtype == X.dtype
    assert X_more.shape == (27, *X.shape[1:])
    assert (X_more[:18] == X).all()
    assert X_more.min() >= 0
    assert X_more[18:].max() <= (255 if X.dtype == np.uint8 else 1)


def test_forms_of_the_same_images_get_the_same_samples(augmenter):
    X, y = given()
    grey = augmenter().fit_resample(X, y)[0][18:]
    flat = augmenter(image_shape=(8, 8)).fit_resample(X.reshape(18, 64), y)[0][18:]
    floats = augmenter().fit_resample(X / 255, y)[0][18:]
    assert (grey.reshape(9, 64) == flat).all()
    assert (np.rint(floats * 255) == grey).all()


def test_colour_keeps_its_axis(augmenter):
    X, y = given(shape=(8, 8, 3))
    last = augmenter().fit_resample(X, y)[0]
    first = augmenter().fit_resample(X.transpose(0, 3, 1, 2), y)[0]
    assert last.shape == (27, 8, 8, 3)
    assert (last.transpose(0, 3, 1, 2) == first).all()


def test_a_data_frame_and_a_series_come_back_as_such(augmenter):
    X, y = given()
    frame = pd.DataFrame(X.reshape(18, 64), columns=[f"p{i}" for i in range(64)])
    frame.index = range(100, 118)
    X_more, y_more = augmenter(image_shape=(8, 8)).fit_resample(frame, pd.Series(y, name="animal"))
    assert list(X_more) == list(frame)
    assert X_more.dtypes.unique().tolist() == [np.uint8]
    assert (X_more.iloc[:18].to_numpy() == frame.to_numpy()).all()
    assert y_more.name == "animal"
    assert X_more.index.equals(y_more.index)


@pytest.mark.parametrize("kind", [np.int64, np.int8, object, bool])
def test_labels_of_any_kind_keep_it(augmenter, kind):
    X, _ = given((6, 3, 0))
    y = np.repeat([0, 1], [6, 3]).astype(kind)
    _, y_more = augmenter().fit_resample(X, y)
    assert y_more.dtype == y.dtype
    assert y_more.tolist() == [*y.tolist(), *[y[-1]] * 3]


def test_lists_are_taken_too(augmenter):
    X, y = given()
    X_more, y_more = augmenter().fit_resample((X / 255).tolist(), list(y))
    assert X_more.shape == (27, 8, 8)
    assert len(y_more) == 27


def test_the_same_random_state_gives_the_same_bytes_and_another_does_not(augmenter):
    X, y = given()
    made = [
        augmenter(random_state=state, store=None).fit_resample(X, y)[0].tobytes()
        for state in (1, 1, 2)
    ]
    assert made[0] == made[1] != made[2]
    fresh = [np.random.RandomState(4), np.random.RandomState(4), np.random.default_rng(4), None]
    made = [augmenter(random_state=s).fit_resample(X, y)[0].tobytes() for s in fresh]
    assert made[0] == made[1]
    assert len(set(made)) == 3


def test_a_store_keeps_the_generator(augmenter, tmp_path, monkeypatch):
    X, y = given()
    augmenter(store=tmp_path).fit(X, y)
    (kept,) = (tmp_path / "fit_generator").iterdir()
    stamp = (kept / "manifest.json").stat().st_mtime_ns
    again = augmenter(store=tmp_path, sampling_strategy=3)
    again.fit_resample(X, y)
    assert [p.name for p in (tmp_path / "fit_generator").iterdir()] == [kept.name]
    assert (kept / "manifest.json").stat().st_mtime_ns == stamp
    assert Store(tmp_path).root.is_dir()


def test_without_a_store_nothing_is_left_behind(augmenter, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    X, y = given()
    fitted = augmenter(store=None).fit(X, y)
    assert list(tmp_path.iterdir()) == []
    assert fitted.sample(1)[0].shape == (3, 8, 8)


def test_samples_alone_are_the_beginning_of_more(augmenter):
    X, y = given()
    fitted = augmenter().fit(X, y)
    few, labels = fitted.sample(2)
    more, _ = fitted.sample(60)
    assert labels.tolist() == ["bird", "cat", "dog"] * 2
    assert (more[:6] == few).all()
    assert (fitted.sample(2, seed=1)[0] != few).any()


def test_a_virtual_dataset_takes_it(augmenter):
    X, y = given()
    fitted = augmenter(overrides=(*TINY, "generation.latent_scale=0.5")).fit(X, y)
    dataset = VirtualDataset(fitted, n_per_class=2)
    assert dataset.latent_scale == 0.5
    assert dataset.classes == ("bird", "cat", "dog")
    assert dataset[0][0].shape == (1, 8, 8)
    with pytest.raises(ConfigError, match="call its fit first"):
        VirtualDataset(augmenter(), n_per_class=2)


def test_it_is_an_estimator(augmenter):
    made = augmenter(sampling_strategy={"cat": 20})
    copy = clone(made)
    assert copy.get_params() == made.get_params()
    assert copy.set_params(generator="other").generator == "other"
    assert "Augmenter(" in repr(made)
    with pytest.raises(NotFittedError, match="call fit first"):
        copy.sample(1)
    X, y = given()
    fitted = pickle.loads(pickle.dumps(made.fit(X, y)))
    assert (fitted.sample(1)[0] == made.sample(1)[0]).all()
    assert fitted.classes_.tolist() == ["bird", "cat", "dog"]
    assert fitted.n_features_in_ == 64


def test_what_was_added_is_counted_and_judged(augmenter):
    X, y = given()
    made = augmenter()
    made.fit_resample(X, y)
    assert made.sampling_strategy_ == {"bird": 0, "cat": 5, "dog": 4}
    assert set(made.fidelity_) == {"copies", "diversity"}
    assert 0 <= made.fidelity_["copies"] <= 1


def test_classes_that_are_equal_already_are_said_to_be_so(augmenter):
    X, y = given((4, 4, 4))
    with pytest.warns(UserWarning, match="no synthetic samples are added"):
        X_more, y_more = augmenter().fit_resample(X, y)
    assert X_more is X
    assert y_more is y


def test_what_is_not_worth_a_training_is_said_before_it(augmenter, tmp_path):
    X, y = given((4, 4, 4))
    with (
        warnings.catch_warnings(action="error"),
        pytest.raises(UserWarning, match="no synthetic samples are added"),
    ):
        augmenter(store=tmp_path).fit_resample(X, y)
    assert not (tmp_path / "fit_generator").exists()


def test_the_threads_of_the_session_are_left_alone(augmenter):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        augmenter().fit_resample(*given())
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_pipeline_of_imbalanced_learn_takes_it(augmenter):
    pipeline = pytest.importorskip("imblearn.pipeline")
    from sklearn.neighbors import KNeighborsClassifier

    X, y = given(shape=(64,))
    model = pipeline.Pipeline(
        [("augment", augmenter(image_shape=(8, 8))), ("knn", KNeighborsClassifier(1))]
    )
    assert (model.fit(X, y).predict(X) == y).all()


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        ("auto", [0, 20, 25]),
        (7, [7, 7, 7]),
        (np.int64(7), [7, 7, 7]),
        (2.0, [30, 30, 30]),
        ({"b": 15, "a": 30}, [0, 5, 0]),
    ],
)
def test_how_many_are_added(strategy, wanted):
    assert wanted_counts(strategy, np.array([30, 10, 5]), ["a", "b", "c"]).tolist() == wanted


@pytest.mark.parametrize(
    ("strategy", "remedy"),
    [
        ("all", "give 'auto'"),
        (0, "a whole number above 0"),
        (-1.0, "a float above 0"),
        (True, "give 'auto'"),
        (float("nan"), "give 'auto'"),
        (None, "give 'auto'"),
        ({"x": 5}, "those of y are 'a', 'b'"),
        ({"a": 5}, "none is taken away: give 30 or more"),
        ({"a": 31.5}, "give a whole number"),
        ({"a": None}, "give a whole number"),
    ],
)
def test_a_strategy_that_can_not_be_is_refused(strategy, remedy):
    with pytest.raises(ConfigError, match=remedy):
        wanted_counts(strategy, np.array([30, 10]), ["a", "b"])


@pytest.mark.parametrize(
    ("X", "remedy"),
    [
        (np.zeros((18, 8, 8), np.int64), "type int64; give pixels as uint8"),
        (np.full((18, 8, 8), 16.0), "floats from 16 to 16; give pixels as floats in 0..1"),
        (np.full((18, 8, 8), np.nan), "NaN or infinite"),
        (np.zeros((18, 8, 8, 5), np.uint8), "C = 1"),
        (np.zeros((18,), np.uint8), "give"),
        (np.zeros((0, 8, 8), np.uint8), "X is empty"),
        (np.zeros((17, 8, 8), np.uint8), "17 samples, and y 18 labels"),
        ([[1.0, 2.0], [1.0]], "several shapes"),
        (np.full((18, 8, 8), "a"), "give pixels as uint8"),
    ],
)
def test_data_that_are_no_images_are_refused(augmenter, X, remedy):
    with pytest.raises(DataError, match=remedy):
        augmenter().fit(X, given()[1])


@pytest.mark.parametrize(
    ("y", "remedy"),
    [
        (np.zeros((18, 1)), "give a label for each sample"),
        ([None] * 18, "missing labels"),
        ([float("nan"), *[1.0] * 17], "missing labels"),
        (np.array([1, "a"] * 9, object), "several types"),
    ],
)
def test_labels_that_are_none_are_refused(augmenter, y, remedy):
    with pytest.raises(DataError, match=remedy):
        augmenter().fit(given()[0], y)


def test_an_image_shape_that_does_not_fit_is_refused(augmenter):
    X, y = given(shape=(64,))
    with pytest.raises(DataError, match="81 pixels, but the rows of X have 64"):
        augmenter(image_shape=(9, 9)).fit(X, y)
    with pytest.raises(DataError, match=r"holds images of \(8, 8\)"):
        augmenter(image_shape=(9, 9)).fit(*given())


def test_images_too_large_for_the_generator_are_refused(augmenter):
    X, y = given(shape=(80, 80))
    with pytest.raises(ConfigError, match="does not fit X: it draws images of up to 64 pixels"):
        augmenter().fit(X, y)


@pytest.mark.parametrize(
    ("generator", "overrides", "remedy"),
    [
        ("cgna", (), "cgan"),
        ("cgan", ("generator.stpes=2",), "steps"),
        ("cgan", ("split.n_per_class=5",), "changes nothing here"),
        ("cgan", ("generator/loss=hige",), "did you mean generator/loss=hinge"),
        ("bootstrap", ("generator/loss=hinge",), "bootstrap has no loss to choose"),
        ("dcgan", ("generator/penalty=gradient_penalty",), "critic_norm=layer"),
        ("cgan", ("generator.n_critic=0",), "at least 1 update"),
        ("cgan", "generator.steps=5", "is a list of settings"),
        ("cgan", (5,), "is a list of settings"),
        ("cgan", ("generator.steps=0",), "at least 1"),
        ("cgan", ("generator.network._target_=os.system",), "_target_"),
    ],
)
def test_wrong_settings_are_refused(generator, overrides, remedy):
    with pytest.raises(ConfigError, match=remedy):
        read_recipe(generator, overrides)


def test_choices_within_the_generator_are_taken():
    words = ("generator/loss=wasserstein", "generator/penalty=gradient_penalty")
    recipe = read_recipe("cgan", (*words, "generator.penalty.weight=3"))
    assert type(recipe.generator.loss).__name__ == "Wasserstein"
    assert recipe.generator.penalty.weight == 3


def test_a_batch_larger_than_the_data_is_refused(augmenter):
    X, y = given()
    settings = (*TINY, "generator.batch_size=19")
    with pytest.raises(ConfigError, match="larger than the 18 train rows; make it at most 18"):
        augmenter(overrides=settings).fit(X, y)


def table(n=40):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "size": rng.normal(5, 1, n).round(1),
            "count": rng.integers(0, 100, n),
            "colour": rng.choice(["red", "green"], n),
            "born": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 99, n), unit="D"),
            "known": pd.array(rng.choice([True, False, None], n), dtype="boolean"),
        }
    )
    return X, np.repeat(["no", "yes"], [n - 10, 10])


TINY_TABLE = ("generator.steps=2", "generator.network.width=8", "compute.accelerator=cpu")


def test_a_table_comes_back_with_its_dtypes_and_more_rows(augmenter):
    X, y = table()
    made = augmenter(overrides=TINY_TABLE)
    X_more, y_more = made.fit_resample(X, y)
    assert X_more.dtypes.equals(X.dtypes)
    pd.testing.assert_frame_equal(X_more.iloc[:40], X)
    assert y_more.tolist() == [*y, *["yes"] * 20]
    drawn = X_more.iloc[40:]
    assert set(drawn["colour"]) <= {"red", "green"}
    assert drawn["count"].between(X["count"].min(), X["count"].max()).all()
    assert (drawn["size"].round(1) == drawn["size"]).all()
    assert (drawn["born"] == drawn["born"].dt.normalize()).all()
    assert made.n_features_in_ == 5
    row, label = VirtualDataset(made, n_per_class=2)[1]
    assert list(row) == list(X)
    assert label == 1


def test_rows_of_numbers_without_an_image_shape_are_a_table(augmenter):
    X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    X_more, _ = augmenter(overrides=TINY_TABLE).fit_resample(X, np.repeat([0, 1], [12, 8]))
    assert X_more.dtype == np.float32
    assert X_more.shape == (24, 3)
    assert (X_more[:20] == X).all()


def test_a_generator_of_images_is_refused_for_rows_with_the_remedy(augmenter):
    X, y = given(shape=(64,))
    with pytest.raises(ConfigError, match=r"does not fit X \(rows of pixels.*image_shape\)"):
        augmenter(generator="cgan").fit(X, y)


def test_no_rows_are_held_back_to_choose_a_state_by():
    assert not read_recipe("table_gan", (), "table").generator.needs_valid
    with pytest.raises(ConfigError, match=r"selection.* changes nothing here"):
        read_recipe("table_gan", ("generator.selection.every=5",), "table")


def test_a_random_state_that_is_none_is_refused(augmenter):
    with pytest.raises(ConfigError, match="random_state is a whole number"):
        augmenter(random_state="seed").fit(*given())


def test_the_package_offers_both_and_nothing_else():
    assert {"Augmenter", "VirtualDataset"} <= set(dir(synthlift))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = synthlift.Nothing
