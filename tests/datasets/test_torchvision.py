"""What is particular to one source: EMNIST's columns and letters, CIFAR's pickles."""

import hashlib
import os
import pickle
import string

import numpy as np
import pytest
import torchvision.datasets

from synthlift.core.errors import DataError
from synthlift.datasets.torchvision import SUBSETS, TorchvisionImages


def recipe(source, root, subset=None, classes=None):
    return TorchvisionImages("x", source, subset, str(root), False, classes, None, False, None)


def write_idx(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = np.array(array.shape, ">i4").tobytes()
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes())


def write_emnist(made, images, labels):
    for i in (0, 2):
        write_idx(made.folder / made.files[i], images)
        write_idx(made.folder / made.files[i + 1], labels)


@pytest.mark.parametrize("source", ["MNIST", "FashionMNIST", "KMNIST"])
def test_pixels_and_labels_of_idx_files_are_taken_as_they_are(tmp_path, source):
    made = recipe(source, tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (10, 28, 28))
    write_emnist(made, images, np.arange(10))
    read = made.load()
    assert (read.pool.images[:, 0] == images).all()
    assert read.pool.labels.tolist() == list(range(10))
    assert read.schema.classes == tuple(getattr(torchvision.datasets, source).classes)


def test_what_an_older_torchvision_left_behind_is_not_read(tmp_path):
    """`processed/training.pt` is no part of the key, and loading it would unpickle."""
    made = recipe("MNIST", tmp_path)
    write_emnist(made, np.zeros((10, 28, 28)), np.arange(10))
    for name in ("training.pt", "test.pt"):
        (tmp_path / "MNIST" / "processed").mkdir(exist_ok=True)
        (tmp_path / "MNIST" / "processed" / name).write_bytes(b"no tensor")
    assert len(made.load().pool) == 10


def test_emnist_which_is_stored_by_columns_stands_upright(tmp_path):
    made = recipe("EMNIST", tmp_path, "digits")
    images = np.zeros((10, 28, 28))
    images[:, 5, :] = 255  # stored: a horizontal line
    write_emnist(made, images, np.arange(10))
    read = made.load().pool.images
    assert (read[:, 0, :, 5] == 255).all()
    assert read[:, 0, :, 6:].max() == 0


def test_emnist_letters_are_the_letters_without_the_gap_at_0(tmp_path):
    made = recipe("EMNIST", tmp_path, "letters")
    write_emnist(made, np.zeros((26, 28, 28)), np.arange(26) + 1)
    read = made.load()
    assert read.schema.classes == tuple(string.ascii_lowercase)
    assert read.pool.labels.tolist() == list(range(26))


@pytest.mark.parametrize("subset", SUBSETS)
def test_every_subset_of_emnist_has_files_of_its_own(tmp_path, subset):
    made = recipe("EMNIST", tmp_path, subset)
    assert made.files[0] == f"emnist-{subset}-train-images-idx3-ubyte"
    assert made.files[3] == f"emnist-{subset}-test-labels-idx1-ubyte"
    reference = torchvision.datasets.EMNIST.__new__(torchvision.datasets.EMNIST)
    reference.root, reference.split, reference.train = str(tmp_path), subset, False
    assert str(made.folder / made.files[3]) == reference.labels_file


def test_a_subset_is_for_emnist_alone(tmp_path):
    with pytest.raises(ValueError, match="balanced"):
        recipe("EMNIST", tmp_path)
    with pytest.raises(ValueError, match="null for MNIST"):
        recipe("MNIST", tmp_path, "letters")
    with pytest.raises(ValueError, match="CIFAR10"):
        recipe("ImageNet", tmp_path)


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    """CIFAR10 in its format, two colours, with the md5 of these files as the published ones."""
    made = recipe("CIFAR10", tmp_path)
    made.folder.mkdir()
    pixels = np.zeros((10, 3, 32, 32), np.uint8)
    pixels[:, 0] = 255  # red, row by row
    for name in made.files[:-1]:
        held = {"data": pixels.reshape(10, -1), "labels": list(range(10))}
        (made.folder / name).write_bytes(pickle.dumps(held))
    names = {"label_names": list(string.ascii_lowercase[:10])}
    (made.folder / "batches.meta").write_bytes(pickle.dumps(names))
    md5 = [[n, hashlib.md5((made.folder / n).read_bytes()).hexdigest()] for n in made.files]
    source = torchvision.datasets.CIFAR10
    monkeypatch.setattr(source, "train_list", md5[:5])
    monkeypatch.setattr(source, "test_list", md5[5:6])
    monkeypatch.setattr(source, "meta", {**source.meta, "md5": md5[6][1]})
    return made


def test_cifar_is_read_channel_by_channel(cifar):
    read = cifar.load()
    assert read.pool.images.shape == (50, 3, 32, 32)
    assert read.pool.images.max(axis=(0, 2, 3)).tolist() == [255, 0, 0]
    assert len(read.test) == 10


@pytest.mark.parametrize("i", range(7))
def test_a_tampered_pickle_of_cifar_is_refused_and_does_not_run(cifar, tmp_path, i):
    ran = tmp_path / "ran"
    path = cifar.folder / cifar.files[i]
    path.write_bytes(pickle.dumps(Payload(ran)))
    cifar.fingerprint()
    with pytest.raises(DataError, match="CIFAR10 can't be read"):
        cifar.load()
    assert not ran.exists()
    pickle.loads(path.read_bytes())
    assert ran.exists()
