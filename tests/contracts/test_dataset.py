"""What every dataset yaml promises; those that read files get tiny ones of the real format."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthlift.configure import build
from synthlift.core.errors import DataError
from synthlift.core.schema import ImageSchema
from synthlift.core.store import identity
from synthlift.datasets.torchvision import FILES, TorchvisionImages

FOLDER = Path(__file__).parents[2] / "conf" / "dataset"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
OF_TORCHVISION = [n for n in NAMES if "torchvision" in (FOLDER / f"{n}.yaml").read_text()]


def write_idx(path, array):
    """The format of MNIST: 0, 0, 8 for uint8, number of axes, big-endian sizes, then the bytes."""
    sizes = np.array(array.shape, ">i4").tobytes()
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes())


def write_mnist(folder, n_train=40, n_test=20, seed=0):
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for part, n in (("train", n_train), ("t10k", n_test)):
        write_idx(folder / f"{part}-images-idx3-ubyte", rng.integers(0, 256, (n, 28, 28)))
        write_idx(folder / f"{part}-labels-idx1-ubyte", np.arange(n) % 10)


@pytest.fixture(params=NAMES)
def dataset(request, compose, tmp_path):
    """The dataset of a yaml, with its files in tmp_path where it reads any."""
    made = build(compose(f"dataset={request.param}")["dataset"], "dataset")
    if isinstance(made, TorchvisionImages):
        made = replace(made, root=str(tmp_path))
        write_mnist(made.folder)
    return made


@pytest.fixture(params=OF_TORCHVISION)
def from_files(request, compose, tmp_path):
    made = build(compose(f"dataset={request.param}")["dataset"], "dataset")
    return replace(made, root=str(tmp_path))


def parts(source):
    return [source.pool] + ([source.test] if source.test is not None else [])


def test_classes_are_named_and_every_one_has_samples(dataset):
    source = dataset.load()
    names = source.schema.classes
    assert len(set(names)) == len(names) > 1
    assert all(isinstance(name, str) and name.strip() for name in names)
    for part in parts(source):
        assert part.schema == source.schema
        assert (part.counts() > 0).all()


def test_every_row_has_an_origin_of_its_own(dataset):
    origin = np.concatenate([part.origin for part in parts(dataset.load())])
    assert len(np.unique(origin)) == len(origin)
    assert origin.min() >= 0


def test_the_same_bytes_twice(dataset):
    first, again = dataset.load(), replace(dataset).load()
    for a, b in zip(parts(first), parts(again), strict=True):
        assert a.fingerprints().tolist() == b.fingerprints().tolist()
        assert a.labels.tolist() == b.labels.tolist()
        assert a.origin.tolist() == b.origin.tolist()
    assert dataset.fingerprint() == replace(dataset).fingerprint()


def test_pixels_use_their_whole_range(dataset):
    pixels = dataset.load().pool.images
    assert pixels.min() < 16
    assert pixels.max() > 240


def test_chosen_classes_are_relabelled_in_the_order_given(dataset):
    whole = dataset.load()
    names = whole.schema.classes
    chosen = (names[2], names[0])
    narrow = replace(dataset, classes=chosen).load()
    assert narrow.schema.classes == chosen
    for few, all_ in zip(parts(narrow), parts(whole), strict=True):
        assert (np.array(chosen)[few.labels] == np.array(names)[labels_of(few, all_)]).all()
        assert len(few) == (all_.labels == 0).sum() + (all_.labels == 2).sum()


def labels_of(few, all_):
    return all_.labels[np.searchsorted(all_.origin, few.origin)]


def test_a_class_that_there_is_not_is_refused_with_those_there_are(dataset):
    names = dataset.load().schema.classes
    with pytest.raises(DataError, match=f"nonesuch.*{names[0]}"):
        replace(dataset, classes=("nonesuch",)).load()


def test_its_augmentation_mirrors_only_where_a_flip_keeps_the_label(dataset):
    schema = dataset.load().schema
    if isinstance(schema, ImageSchema) and dataset.augmentation is not None:
        assert dataset.augmentation.flip == schema.flip_keeps_label == dataset.flip_keeps_label


def test_absent_files_are_named_with_their_folder_and_the_remedy(from_files):
    write_mnist(from_files.folder)
    (from_files.folder / FILES[3]).unlink()
    with pytest.raises(DataError, match=r"dataset\.root=DIR") as caught:
        from_files.fingerprint()
    assert str(from_files.folder) in str(caught.value)
    assert FILES[3] in str(caught.value)
    assert FILES[0] not in str(caught.value)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage",
    [
        "cut short",
        "empty",
        "another type",
    ],
)
def test_a_damaged_file_is_refused_with_its_folder(from_files, name, damage):
    write_mnist(from_files.folder)
    path = from_files.folder / name
    content = path.read_bytes()
    path.write_bytes(
        {"cut short": content[:-5], "empty": b"", "another type": b"PNG" + content[3:]}[damage]
    )
    with pytest.raises(DataError) as caught:
        from_files.load()
    assert str(from_files.folder) in str(caught.value)


def test_labels_and_images_of_unequal_number_are_refused(from_files):
    write_mnist(from_files.folder)
    write_idx(from_files.folder / FILES[1], np.arange(39) % 10)
    with pytest.raises(DataError):
        from_files.load()


def test_its_key_is_what_the_files_hold_not_where_they_lie(from_files, tmp_path):
    write_mnist(from_files.folder)
    moved = replace(from_files, root=str(tmp_path / "elsewhere"))
    shutil.copytree(from_files.folder, moved.folder)
    other = replace(from_files, root=str(tmp_path / "other"))
    write_mnist(other.folder, seed=1)
    assert identity(moved) == identity(from_files) != identity(other)


def test_images_and_labels_are_those_of_the_files(from_files):
    write_mnist(from_files.folder, n_train=30, seed=3)
    source = from_files.load()
    raw = (from_files.folder / FILES[0]).read_bytes()[16:]
    assert source.pool.images.tobytes() == raw
    assert source.pool.labels.tolist() == [i % 10 for i in range(30)]
    assert source.test.origin.tolist() == list(range(30, 50))
