"""Which files of a folder are images of which class and part, and what is said of the others."""

import os

import pytest


def values(samples):
    return samples.images[:, 0, 0, 0].tolist()


def test_hidden_files_and_the_litter_of_file_managers_are_no_images(pets, recipe):
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._0.png"):
        (pets / name).write_bytes(b"litter")
        (pets / "cat" / name).write_bytes(b"litter")
    (pets / "__MACOSX" / "cat").mkdir(parents=True)
    (pets / ".git").mkdir()
    source = recipe(pets).load()
    assert len(source.pool) == 6
    assert source.notes == ("1 hidden folder left out: .git",)


def test_ignored_files_are_counted(pets, recipe, paint):
    (pets / "cat" / "notes.txt").write_text("x")
    paint(pets / "dog" / "deep" / "9.png")
    source = recipe(pets, ignore=("*.txt", "dog/deep")).load()
    assert len(source.pool) == 6
    assert source.notes == ("2 left out by dataset.ignore: cat/notes.txt, dog/deep",)


def test_folders_in_a_class_folder_belong_to_the_class(pets, recipe, paint):
    paint(pets / "cat" / "persian" / "9.png", 9)
    source = recipe(pets).load()
    assert source.pool.counts().tolist() == [4, 3]
    assert source.notes == ("1 image from folders within the class folders",)


def test_what_lies_beside_the_class_folders_is_named(pets, recipe, paint, refused):
    (pets / "README.md").write_text("mine")
    assert recipe(pets).load().notes == (
        "not read, for it lies beside the class folders: README.md",
    )
    paint(pets / "stray.png")
    assert "1 image beside the class folders: stray.png; move" in refused(recipe(pets))


def test_one_image_in_two_classes_is_remarked(pets, recipe):
    (pets / "dog" / "0.png").write_bytes((pets / "cat" / "1.png").read_bytes())
    (note,) = recipe(pets).load().notes
    assert "1 image with the same bytes as one of another class" in note
    assert "cat/1.png = dog/0.png" in note


# train and test


def test_train_and_test_folders_are_found(parted, recipe):
    source = recipe(parted).load()
    assert source.schema.classes == ("cat", "dog")
    assert values(source.pool) == [0, 1, 2, 100, 101, 102]
    assert values(source.test) == [10, 11, 110, 111]
    assert source.test.origin.tolist() == [6, 7, 8, 9]


def test_a_folder_for_validation_joins_the_pool_and_it_is_said(parted, recipe):
    (parted / "test").rename(parted / "Val")
    source = recipe(parted).load()
    assert len(source.pool) == 10
    assert source.test is None
    assert source.notes[0].startswith("4 images of the folder for validation joined the pool")


def test_a_layout_that_can_be_read_in_two_ways_has_to_be_told(parted, recipe, paint, refused):
    paint(parted / "extra" / "x" / "0.png")
    message = refused(recipe(parted))
    assert "extra, test, train: are these the classes" in message
    assert "dataset.layout=classes or dataset.layout=parts" in message
    assert recipe(parted, layout="classes").load().schema.classes == ("extra", "test", "train")
    source = recipe(parted, layout="parts").load()
    assert source.schema.classes == ("cat", "dog")
    assert "not read, for it is neither train, valid nor test: extra" in source.notes


def test_folders_called_train_and_test_that_hold_images_have_to_be_told(
    tmp_path, recipe, paint, refused
):
    for name in ("train", "test"):
        paint(tmp_path / name / "x.png")
    assert "are these the classes" in refused(recipe(tmp_path))
    assert recipe(tmp_path, layout="classes").load().schema.classes == ("test", "train")


def test_a_class_called_train_among_others_is_a_class(tmp_path, recipe, paint):
    for name in ("bus", "train"):
        paint(tmp_path / name / "x.png")
    assert recipe(tmp_path).load().schema.classes == ("bus", "train")


def test_parts_need_a_folder_train(pets, recipe, refused):
    message = refused(recipe(pets, layout="parts"))
    assert "no folder `train` in dataset.root; there are cat, dog" in message


@pytest.mark.parametrize(
    ("emptied", "said"),
    [
        ("train/dog", "class 'dog' has 2 images, all in the test set"),
        ("test/dog", "class 'dog' has no images in the test set"),
        ("test", "the folder test in dataset.root holds no images"),
    ],
)
def test_a_class_that_is_in_one_part_alone_is_refused(parted, emptied, said, recipe, refused):
    for path in (parted / emptied).rglob("*.png"):
        path.unlink()
    assert said in refused(recipe(parted))


def test_a_class_that_is_not_wanted_may_be_as_it_is(parted, recipe):
    (parted / "train" / "dog" / "bad.png").write_bytes(b"x")
    for path in (parted / "test" / "dog").iterdir():
        path.unlink()
    narrow = recipe(parted, classes=("cat",))
    assert narrow.load().pool.labels.tolist() == [0, 0, 0]
    narrow.fingerprint()


# links


def test_a_link_that_leaves_the_folder_is_refused_unless_asked_for(
    pets, tmp_path, recipe, paint, refused
):
    paint(tmp_path / "elsewhere" / "9.png", 9)
    (pets / "cat" / "link.png").symlink_to(tmp_path / "elsewhere" / "9.png")
    message = refused(recipe(pets))
    assert "cat/link.png is a link out of dataset.root" in message
    assert "dataset.follow_links=true" in message
    source = recipe(pets, follow_links=True).load()
    assert len(source.pool) == 7
    assert source.notes == ("1 link out of the folder followed",)


@pytest.mark.parametrize("target", [".", "..", "../dog"])
def test_a_link_in_a_circle_ends_in_a_message(pets, target, recipe, refused):
    (pets / "cat" / "again").symlink_to(target)
    assert "is reached twice, by a link" in refused(recipe(pets, follow_links=True))


def test_a_link_to_nothing_is_named(pets, recipe, refused):
    (pets / "cat" / "gone.png").symlink_to("nothing.png")
    assert "cat/gone.png is a link to nothing" in refused(recipe(pets))


def test_a_pipe_is_not_waited_for(pets, recipe, refused):
    os.mkfifo(pets / "cat" / "pipe.png")
    os.mkfifo(pets / "pipe")
    assert "cat/pipe.png is no file and no folder" in refused(recipe(pets))
