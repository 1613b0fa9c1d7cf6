"""Arrays of the user's own: how they are understood, and what is refused in which words."""

from dataclasses import replace

import numpy as np
import pytest

from synthlift.core.errors import ConfigError, DataError

GREY = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((6, 8, 9), np.uint8) * 50
LABELS = np.array([0, 1, 2, 0, 1, 2])


def refused(made):
    with pytest.raises((DataError, ConfigError)) as caught:
        made.load()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# what can be read


def test_images_and_labels_are_the_pool(npz):
    source = npz(images=GREY, labels=LABELS).load()
    assert source.schema.shape == (1, 8, 9)
    assert source.schema.classes == ("0", "1", "2")
    assert (source.pool.images[:, 0] == GREY).all()
    assert source.pool.labels.tolist() == LABELS.tolist()
    assert source.test is source.pool.group is None
    assert source.notes == ()


@pytest.mark.parametrize("layout", ["n h w c", "n c h w"])
def test_channels_may_be_first_or_last(npz, layout):
    colour = np.random.default_rng(0).integers(0, 256, (6, 3, 8, 9)).astype(np.uint8)
    given = colour if layout == "n c h w" else colour.transpose(0, 2, 3, 1)
    assert (npz(images=given, labels=LABELS).load().pool.images == colour).all()
    grey = given[:, :1] if layout == "n c h w" else given[..., :1]
    assert (npz(images=grey, labels=LABELS).load().pool.images == colour[:, :1]).all()


def test_channels_that_could_be_first_or_last_are_taken_as_last_and_it_is_said(npz):
    given = np.arange(6 * 3 * 8 * 3, dtype=np.uint8).reshape(6, 3, 8, 3)
    source = npz(images=given, labels=LABELS).load()
    assert (source.pool.images == given.transpose(0, 3, 1, 2)).all()
    assert "channels taken to be the last axis" in source.notes[0]


def test_medmnist_with_its_validation_rows_in_the_pool(npz):
    parts = {
        f"{part}_{what}": value[rows]
        for part, rows in {"train": [0, 1, 2], "val": [3, 4], "test": [0, 1, 2]}.items()
        for what, value in {"images": GREY, "labels": LABELS[:, None].astype(np.uint8)}.items()
    }
    source = npz(**parts).load()
    assert source.pool.images[:, 0, 0, 0].tolist() == [0, 50, 100, 150, 200]
    assert source.pool.labels.tolist() == [0, 1, 2, 0, 1]
    assert source.test.labels.tolist() == [0, 1, 2]
    assert source.test.origin.tolist() == [5, 6, 7]
    assert source.notes[0].startswith("2 images of val_images joined the pool")


def test_what_an_export_writes_is_read_back(npz):
    names = np.array(["<b>", "=cmd", "two\nlines \udcff 🙂"])
    source = npz(images=GREY, labels=LABELS, class_names=names).load()
    assert source.schema.classes == tuple(names)
    assert (source.pool.images[:, 0] == GREY).all()


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (GREY.astype(np.int64), ()),
        (GREY.astype(np.float32), ("pixels from 0 to 255, as floats: rounded",)),
        (GREY / 255, ("pixels from 0 to 1, as floats: 1 is white",)),
        ((GREY / 255).astype(np.float32), ("pixels from 0 to 1, as floats: 1 is white",)),
        (np.asfortranarray(GREY), ()),
    ],
)
def test_other_numbers_become_the_same_bytes(npz, images, said):
    source = npz(images=images, labels=LABELS).load()
    assert (source.pool.images[:, 0] == GREY).all()
    assert source.notes == said


def test_true_is_white(npz):
    source = npz(images=GREY > 100, labels=LABELS).load()
    assert (source.pool.images[:, 0] == np.where(GREY > 100, 255, 0)).all()


def test_one_rule_scales_all_parts(npz):
    """A test set without a bright pixel must not be scaled by a rule of its own."""
    parts = {"train_images": GREY * 1.0, "test_images": np.minimum(GREY, 1) * 1.0}
    source = npz(**parts, train_labels=LABELS, test_labels=LABELS).load()
    assert source.test.images.max() == 1


def test_almost_black_images_are_remarked(npz):
    source = npz(images=GREY // 50, labels=LABELS).load()
    assert source.pool.images.max() == 5
    assert source.notes == ("the images are almost black: their brightest pixel is 5 of 255",)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (LABELS.astype(np.uint8)[:, None], ("0", "1", "2")),
        (LABELS * 7 + 3, ("3", "10", "17")),
        (np.array(["cat", "dog", "owl"])[LABELS], ("cat", "dog", "owl")),
        (np.array([b"cat", b"dog", b"owl"])[LABELS], ("cat", "dog", "owl")),
        (LABELS.astype(np.int8), ("0", "1", "2")),
    ],
)
def test_labels_are_numbers_or_text(npz, labels, classes):
    source = npz(images=GREY, labels=labels).load()
    assert source.schema.classes == classes
    assert source.pool.labels.tolist() == LABELS.tolist()


def test_names_give_text_labels_their_order(npz):
    words = np.array(["cat", "dog", "owl"])
    made = npz(images=GREY, labels=words[LABELS], class_names=words[::-1])
    assert made.load().schema.classes == ("owl", "dog", "cat")
    assert made.load().pool.labels.tolist() == (2 - LABELS).tolist()


def test_images_can_be_resized_to_a_square(npz):
    source = npz({"size": 4}, images=GREY, labels=LABELS).load()
    assert source.pool.images.shape == (6, 1, 4, 4)
    assert (source.pool.images[:, 0] == GREY[:, :4, :4]).all()


def test_groups_may_be_text_and_are_numbered_over_all_parts(npz):
    whose = np.array(["ann", "bob", "ann", "bob", "eve", "eve"])
    parts = {f"{p}_{k}": v for p in ("train", "test") for k, v in
             {"images": GREY, "labels": LABELS, "groups": whose}.items()}  # fmt: skip
    source = npz(**parts).load()
    assert source.pool.group.tolist() == source.test.group.tolist() == [0, 1, 0, 1, 2, 2]
    assert "3 groups" in source.notes[0]
    narrow = npz({"classes": ("1",)}, **parts).load()
    assert narrow.pool.group.tolist() == narrow.test.group.tolist() == [1, 2]


# what is refused


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": GREY, "y": LABELS}, "some.npz holds x, y; needed are images and labels"),
        ({"images": GREY}, "has images, but no labels; it holds images"),
        ({"test_images": GREY, "test_labels": LABELS}, "needed are images and labels"),
        ({"images": GREY, "labels": LABELS, "train_images": GREY}, "needed are"),
        ({"images": GREY, "labels": LABELS[:5]}, r"labels are of shape \(5,\), but there are 6"),
        ({"images": GREY, "labels": 3}, r"labels are of shape \(\)"),
        ({"images": GREY.reshape(6, 72), "labels": LABELS}, r"\(6, 72\); images are \(n, H, W\)"),
        ({"images": GREY[..., None].repeat(4, 3), "labels": LABELS}, "C = 1 .grey. or 3"),
        ({"images": GREY[:0], "labels": LABELS[:0]}, "images is empty"),
        ({"images": GREY.astype("U"), "labels": LABELS}, "pixels are numbers"),
        ({"images": GREY + 0j, "labels": LABELS}, "pixels are numbers"),
        ({"images": GREY.astype(int) * 2, "labels": LABELS}, "row 3 has pixels from 300 to 300"),
        ({"images": GREY.astype(int) - 60, "labels": LABELS}, "row 0 has pixels from -60"),
        ({"images": GREY / 127.5 - 1, "labels": LABELS}, "row 0 has pixels from -1"),
        ({"images": GREY / 200, "labels": LABELS}, "1.25: neither 0..1 nor 0..255"),
        ({"images": GREY, "labels": np.eye(3)[LABELS]}, "one-hot or several labels per image"),
        ({"images": GREY, "labels": LABELS * 1.0}, "whole numbers or text"),
        ({"images": GREY, "labels": LABELS * np.nan}, "whole numbers or text"),
        ({"images": GREY, "labels": LABELS - 1}, "labels, row 0, is -1; labels are at least 0"),
        ({"images": GREY, "labels": np.array(["a", " "])[LABELS % 2]}, "row 1, is blank"),
        (
            {"images": GREY, "labels": LABELS, "class_names": np.array(["a", "b"])},
            "labels, row 2, is 2, but class_names has 2 names: a, b",
        ),
        ({"images": GREY, "labels": LABELS, "class_names": np.array(["a", "b", "a"])}, "'a' twice"),
        ({"images": GREY, "labels": LABELS, "class_names": np.arange(3)}, "a list of text"),
        (
            {"images": GREY, "labels": LABELS, "class_names": np.array(list("abcd"))},
            "class 'd' has no images",
        ),
        ({"images": GREY, "labels": LABELS, "groups": LABELS[:2]}, "groups are of shape"),
    ],
)
def test_arrays_that_do_not_do_are_refused_by_name(npz, arrays, said):
    made = npz(**arrays)
    with pytest.raises(DataError, match=said):
        made.load()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_pixel_that_is_not_finite_names_its_row(npz, value):
    images = np.repeat(GREY, 300, axis=0) / 255
    images[1234, 3, 3] = value
    message = refused(npz(images=images, labels=np.repeat(LABELS, 300)))
    assert "images, row 1234 has pixels that are NaN or infinite" in message


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"test_images": GREY[:, :7]}, "test_images of (6, 7, 9): every image of the file"),
        ({"test_images": GREY / 255}, "of different types"),
        (
            {"test_labels": np.array([0, 1, 2, 3, 3, 0])},
            "class '3' has 2 images, all in the test set",
        ),
        ({"test_labels": LABELS % 2}, "class '2' has no images in the test set"),
        ({"test_labels": LABELS.astype("U")}, "mix numbers and text"),
        ({"train_groups": LABELS}, "has train_groups, but no test_groups"),
    ],
)
def test_parts_have_to_fit_each_other(npz, changed, said):
    parts = {f"{p}_{k}": v for p in ("train", "test") for k, v in
             {"images": GREY, "labels": LABELS}.items()}  # fmt: skip
    assert said in refused(npz(**(parts | changed)))


def test_a_missing_path_says_how_to_give_it(npz, tmp_path):
    made = npz(images=GREY, labels=LABELS)
    assert "dataset.path=FILE" in refused(replace(made, path=None))
    assert "dataset.path is missing" in refused(replace(made, path=""))
    assert "does not exist" in refused(replace(made, path=str(tmp_path / "no.npz")))
    assert "is a folder" in refused(replace(made, path=str(tmp_path)))


@pytest.mark.parametrize("how", [{"size": 0}, {"max_bytes": 0}, {"n_test": 0}])
def test_a_setting_that_can_not_be_is_refused(npz, how):
    with pytest.raises(ValueError, match=next(iter(how))):
        npz(how, images=GREY, labels=LABELS)
