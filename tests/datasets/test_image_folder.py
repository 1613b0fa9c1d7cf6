"""A folder of the user's own: what is read, what is said about it, what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet

HOSTILE = (
    "=cmd|'!A1", "<img src=x onerror=alert(1)>", 'a"b', "two\nlines", "🙂", "\udcff\udcfe",
    "A b", "a-b", "x..", "%2F", "con", "e\u0301", "\u00e9", "\u202etxt",
)  # fmt: skip


def values(samples):
    return samples.images[:, 0, 0, 0].tolist()


def test_every_folder_is_a_class_and_every_file_a_row(pets, recipe):
    source = recipe(pets).load()
    assert source.schema.classes == ("cat", "dog")
    assert source.schema.shape == (1, 8, 8)
    assert source.pool.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert values(source.pool) == [0, 1, 2, 100, 101, 102]
    assert source.test is None
    assert source.pool.group is None
    assert source.notes == ()


def test_one_coloured_image_among_grey_ones_makes_all_rgb(pets, recipe, paint):
    paint(pets / "dog" / "0.png", (255, 0, 9))
    source = recipe(pets).load()
    assert source.pool.images[:, :, 0, 0].tolist() == [
        [0, 0, 0], [1, 1, 1], [2, 2, 2], [255, 0, 9], [101, 101, 101], [102, 102, 102],
    ]  # fmt: skip
    assert recipe(pets, colour="grey").load().schema.channels == 1


def test_rgb_can_be_asked_for(pets, recipe):
    images = recipe(pets, colour="rgb").load().pool.images
    assert images.shape[1] == 3
    assert (images == images[:, :1]).all()


def test_formats_and_sizes_may_be_mixed_and_it_is_said(tmp_path, recipe, paint):
    kinds = ["PNG", "JPEG", "WEBP", "BMP", "TIFF"]
    for i, kind in enumerate(kinds):
        paint(tmp_path / "a" / f"{i}.img", 90, kind, (10 + i, 20))
    paint(tmp_path / "b" / "small.png", 90, size=(4, 4))
    source = recipe(tmp_path).load()
    assert np.abs(source.pool.images.astype(int) - 90).max() <= 2
    assert source.notes == (
        "images of 4x4 to 14x20 pixels resized to 8x8",
        "5 images cropped to their central square",
        "1 image smaller than the size asked for, so enlarged",
    )


def test_dark_files_of_16_bits_are_remarked(tmp_path, recipe):
    for name in "ab":
        (tmp_path / name).mkdir()
        Image.fromarray(np.full((8, 8), 4095, np.uint16)).save(tmp_path / name / "x.png")
    notes = recipe(tmp_path).load().notes
    assert "2 images of 16 bits, scaled from 0..65,535 to 0..255" in notes
    assert any("brightest value is 4,095 of 65,535" in note for note in notes)


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_that_a_folder_can_have_is_a_class_and_comes_back(
    tmp_path, name, recipe, paint, refused
):
    paint(tmp_path / name / "x.png")
    paint(tmp_path / "plain" / "y.png", 200)
    source = recipe(tmp_path).load()
    assert set(source.schema.classes) == {name, "plain"}
    source.save(tmp_path / ".stored")
    assert SampleSet.load(tmp_path / ".stored" / "pool").schema.classes == source.schema.classes
    assert recipe(tmp_path, classes=(name,)).load().schema.classes == (name,)
    paint(tmp_path / name / "z.png")
    (tmp_path / name / "z.png").write_bytes(b"no image")
    assert "z.png is no PNG" in refused(recipe(tmp_path))


def test_all_these_names_together_are_as_many_classes(tmp_path, recipe, paint):
    for i, name in enumerate(HOSTILE):
        paint(tmp_path / name / f"{name}.png", i)
    source = recipe(tmp_path).load()
    assert source.schema.classes == tuple(sorted(HOSTILE))
    assert [HOSTILE[v] for v in values(source.pool)] == list(source.schema.classes)


# groups


def test_groups_are_numbered_over_pool_and_test_together(parted, recipe):
    source = recipe(parted, group=r"/(\d)\.png$").load()
    assert source.pool.group.tolist() == [0, 1, 2, 0, 1, 2]
    assert source.test.group.tolist() == [0, 1, 0, 1]
    assert source.notes == ("3 groups; none stands on both sides of a split",)


def test_groups_of_one_image_each_are_remarked(pets, recipe):
    (note,) = recipe(pets, group="(.*)").load().notes
    assert "every one of the 6 images is a group of its own" in note


def test_groups_come_from_a_csv_that_may_lie_beside_the_folders(pets, recipe):
    rows = [f"{name}/{i}.png,{i}" for name in ("cat", "dog") for i in range(3)]
    (pets / "groups.csv").write_text("\n".join(["file,group", *rows]))
    made = recipe(pets, group_csv=str(pets / "groups.csv"))
    assert made.load().pool.group.tolist() == [0, 1, 2, 0, 1, 2]
    before = made.fingerprint()
    (pets / "groups.csv").write_text("\n".join(["file,group", *rows[:-1], "dog/2.png,77"]))
    assert made.fingerprint() != before


# what is refused


def test_all_bad_files_are_counted_and_the_first_named(pets, recipe, paint, refused):
    for i in range(5):
        paint(pets / "cat" / f"bad{i}.png", size=(64, 64))
        whole = (pets / "cat" / f"bad{i}.png").read_bytes()
        (pets / "cat" / f"bad{i}.png").write_bytes(whole[:60])
    message = refused(recipe(pets))
    assert message.startswith("5 files can't be used: cat/bad0.png can't be decoded")
    assert "; and 2 more. Mend or remove them" in message
    assert "dataset.ignore=[" in message
    assert len(recipe(pets, ignore=("bad*",)).load().pool) == 6


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cat/x.png is empty"),
        (b"id,label\n1,cat\n", "cat/x.png is no PNG, JPEG, WebP, BMP or TIFF image"),
        (b"GIF89a" + bytes(50), "cat/x.png is no PNG"),
        (b"BM" + bytes(50), "cat/x.png"),
    ],
)
def test_a_file_that_is_no_image_is_refused_before_any_work(pets, content, said, recipe, refused):
    (pets / "cat" / "x.png").write_bytes(content)
    assert said in refused(recipe(pets))
    if not content.startswith(b"BM"):
        with pytest.raises(DataError):
            recipe(pets).fingerprint()


def test_a_file_too_big_for_an_image_is_not_even_hashed(pets, monkeypatch, recipe):
    path = pets / "cat" / "film.png"
    with path.open("wb") as file:
        file.truncate(10**12)  # a hole: it takes no room on the disk
    with pytest.raises(DataError, match=r"cat/film\.png has 1,000,000,000,000 bytes"):
        recipe(pets).fingerprint()


def test_an_image_above_the_limit_names_the_limit(pets, recipe, paint, refused):
    paint(pets / "cat" / "big.png", size=(40, 40))
    assert len(recipe(pets, max_pixels=1600).load().pool) == 7
    message = refused(recipe(pets, max_pixels=1599))
    assert "cat/big.png has 40 x 40 pixels, more than dataset.max_pixels=1,599" in message


@pytest.mark.parametrize(
    ("wreck", "said"),
    [
        (lambda root: (root / "empty").mkdir(), "class 'empty' has no images"),
        (lambda root: root.rename(root.parent / "gone"), "pets does not exist; give the one"),
        (lambda root: [p.rename(root.parent / p.name) for p in root.iterdir()], "holds no folders"),
    ],
)
def test_a_folder_without_images_is_refused(pets, wreck, said, recipe, refused):
    wreck(pets)
    assert said in refused(recipe(pets))


def test_a_missing_root_says_how_to_give_it(recipe, refused):
    assert "dataset.root=DIR" in refused(replace(recipe("x"), root=None))
    assert "dataset.root is missing" in refused(replace(recipe("x"), root=""))
    assert "does not exist" in refused(recipe("x" * 5000))
    assert "is a file" in refused(recipe(Path(__file__)))


@pytest.mark.parametrize("size", [10**7, 10**10])
def test_images_that_fit_into_no_memory_are_refused(pets, size, recipe, refused):
    assert "lower dataset.size" in refused(recipe(pets, size=size))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"colour": "cmyk"}, "dataset.colour is grey, rgb or null"),
        ({"layout": "flat"}, "dataset.layout is classes, parts or null"),
        ({"size": 0}, "dataset.size is at least 1"),
        ({"max_pixels": 10**9}, "dataset.max_pixels is 1 to 178,956,970"),
        ({"group": "x"}, "one: the part of a file's name"),
        ({"group": "(x)", "group_csv": "y"}, "not both"),
    ],
)
def test_a_setting_that_can_not_be_is_refused(how, said, recipe):
    with pytest.raises(ValueError, match=said):
        recipe("x", **how)


def test_a_hidden_folder_is_left_out_and_said_to_be(pets, recipe, paint):
    (pets / ".cache").mkdir()
    paint(pets / ".cache" / "0.png", 7)
    source = recipe(pets).load()
    assert ".cache" not in source.schema.classes
    assert any("1 hidden folder left out: .cache" in note for note in source.notes)


# the key


def test_the_key_follows_contents_and_names_not_the_place(pets, tmp_path, recipe, paint):
    before = recipe(pets).fingerprint()
    moved = pets.rename(tmp_path / "moved")
    assert recipe(moved).fingerprint() == before
    paint(moved / "cat" / "0.png", 77)
    assert recipe(moved).fingerprint() != before
    paint(moved / "cat" / "0.png", 0)
    (moved / "cat" / "0.png").rename(moved / "cat" / "00.png")
    assert recipe(moved).fingerprint() != before


def test_the_fingerprint_decodes_nothing(pets, monkeypatch, recipe):
    monkeypatch.setattr(Image, "open", lambda *a, **k: pytest.fail("an image was opened"))
    recipe(pets).fingerprint()
