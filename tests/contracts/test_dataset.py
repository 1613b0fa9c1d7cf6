"""What every dataset yaml promises; those that read files get tiny ones of the real format."""

from __future__ import annotations

import hashlib
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.io
import torchvision.datasets
from PIL import Image

from synthlift.configure import build
from synthlift.core.errors import DataError
from synthlift.core.schema import ImageSchema
from synthlift.core.store import identity
from synthlift.datasets.base import Source
from synthlift.datasets.csv import Csv
from synthlift.datasets.image_folder import ImageFolder
from synthlift.datasets.npz import Npz
from synthlift.datasets.parquet import Parquet
from synthlift.datasets.torchvision import TorchvisionImages

FOLDER = Path(__file__).parents[2] / "conf" / "dataset"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
OF_TORCHVISION = [n for n in NAMES if "torchvision" in (FOLDER / f"{n}.yaml").read_text()]
OF_IDX = [n for n in OF_TORCHVISION if "mnist" in n]
N_CLASSES = {"emnist": 47}  # in its subset `balanced`; ten in all others


def write_idx(path, array):
    """The format of MNIST: 0, 0, 8 for uint8, number of axes, big-endian sizes, then the bytes."""
    sizes = np.array(array.shape, ">i4").tobytes()
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes())


def write_mnist(made, rng, n_train, n_test):
    n_classes = N_CLASSES.get(made.name, 10)
    for (images, labels), n in zip(
        (made.files[:2], made.files[2:]), (n_train, n_test), strict=True
    ):
        write_idx(made.folder / images, rng.integers(0, 256, (n, 28, 28)))
        write_idx(made.folder / labels, np.arange(n) % n_classes)


def write_cifar(made, rng, n_train, n_test):
    for i, name in enumerate(made.files):
        n = n_test if name == "test_batch" else n_train // 5
        data = rng.integers(0, 256, (n, 3072)).astype(np.uint8)
        held = {"data": data, "labels": [(i * n + j) % 10 for j in range(n)]}
        if name == "batches.meta":
            held = {"label_names": [f"thing {label}" for label in range(10)]}
        (made.folder / name).write_bytes(pickle.dumps(held))


def write_svhn(made, rng, n_train, n_test):
    for name, n in zip(made.files, (n_train, n_test), strict=True):
        pixels = rng.integers(0, 256, (32, 32, 3, n)).astype(np.uint8)
        labels = (np.arange(n)[:, None] % 10 + 1).astype(np.uint8)  # it calls the digit 0 ten
        scipy.io.savemat(made.folder / name, {"X": pixels, "y": labels})


def write_torchvision(made, n_train=100, n_test=50, seed=0):
    """Tiny files in the real format of a source."""
    made.folder.mkdir(parents=True, exist_ok=True)
    write = {"CIFAR10": write_cifar, "SVHN": write_svhn}.get(made.source, write_mnist)
    write(made, np.random.default_rng(seed), n_train, n_test)


def publish(made, patch):
    """Let torchvision take the files as they are now for the published ones."""
    if made.source not in ("CIFAR10", "SVHN"):
        return
    source = getattr(torchvision.datasets, made.source)
    md5 = {n: hashlib.md5((made.folder / n).read_bytes()).hexdigest() for n in made.files}
    if made.source == "SVHN":
        listed = {n.split("_")[0]: ["", n, md5[n]] for n in made.files}
        patch.setattr(source, "split_list", {**source.split_list, **listed})
    else:
        patch.setattr(source, "train_list", [[n, md5[n]] for n in made.files[:5]])
        patch.setattr(source, "test_list", [[n, md5[n]] for n in made.files[5:6]])
        patch.setattr(source, "meta", {**source.meta, "md5": md5["batches.meta"]})


def write_folder(root):
    for label in range(3):
        for i in range(4):
            rng = np.random.default_rng([label, i])
            path = root / ["cat", "dog", "owl"][label] / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)).save(path)


def write_npz(path):
    rng = np.random.default_rng(0)
    for_pool, for_test = (rng.integers(0, 256, (n, 9, 9)).astype(np.uint8) for n in (12, 6))
    labels = {"train_labels": np.arange(12) % 3, "test_labels": np.arange(6) % 3}
    np.savez(path, train_images=for_pool, test_images=for_test, **labels)


def tables():
    """A pool and a test set with every kind of column, cells missing in some."""
    for n, seed in ((60, 0), (30, 1)):
        rng = np.random.default_rng(seed)
        columns = {
            "age": rng.integers(18, 90, n),
            "pay": rng.normal(size=n).round(2),
            "town": rng.choice(["Ulm", "Bonn", None], n),
            "member": rng.choice([True, False], n),
            "since": pd.Timestamp("2024-01-31") + pd.to_timedelta(rng.integers(0, 999, n), "D"),
            "kind": np.array(["cat", "dog", "owl"])[np.arange(n) % 3],
        }
        yield pd.DataFrame(columns)


@pytest.fixture(params=NAMES)
def dataset(request, compose, tmp_path, monkeypatch):
    """The dataset of a yaml, with its files in tmp_path where it reads any."""
    made = build(compose(f"dataset={request.param}")["dataset"], "dataset")
    if isinstance(made, TorchvisionImages):
        made = replace(made, root=str(tmp_path))
        write_torchvision(made)
        publish(made, monkeypatch)
    if isinstance(made, ImageFolder):
        made = replace(made, root=str(tmp_path))
        write_folder(tmp_path)
    if isinstance(made, Npz):
        made = replace(made, path=str(tmp_path / "some.npz"))
        write_npz(tmp_path / "some.npz")
    if isinstance(made, Csv | Parquet):
        paths = {"path": tmp_path / "pool", "test_path": tmp_path / "test"}
        for path, frame in zip(paths.values(), tables(), strict=True):
            frame.to_csv(path, index=False) if isinstance(made, Csv) else frame.to_parquet(path)
        made = replace(made, target="kind", **{key: str(path) for key, path in paths.items()})
    return made


@pytest.fixture(params=OF_TORCHVISION)
def from_files(request, compose, tmp_path, monkeypatch):
    made = build(compose(f"dataset={request.param}")["dataset"], "dataset")
    made = replace(made, root=str(tmp_path))
    write_torchvision(made)
    publish(made, monkeypatch)
    return made


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
    pool = dataset.load().pool
    if isinstance(pool.schema, ImageSchema):
        assert pool.images.min() < 16
        assert pool.images.max() > 240


def test_what_was_stored_is_what_was_read(dataset, tmp_path):
    source = dataset.load()
    source.save(tmp_path / "stored")
    again = Source.load(tmp_path / "stored")
    assert again.schema == source.schema
    assert again.notes == source.notes
    for a, b in zip(parts(source), parts(again), strict=True):
        assert a.fingerprints().tolist() == b.fingerprints().tolist()


def test_chosen_classes_are_relabelled_in_the_order_given(dataset):
    whole = dataset.load()
    names = whole.schema.classes
    chosen = (names[-1], names[0])
    narrow = replace(dataset, classes=chosen).load()
    assert narrow.schema.classes == chosen
    for few, all_ in zip(parts(narrow), parts(whole), strict=True):
        assert (np.array(chosen)[few.labels] == np.array(names)[labels_of(few, all_)]).all()
        assert len(few) == np.isin(all_.labels, [0, len(names) - 1]).sum()


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
    *there, gone = from_files.files
    (from_files.folder / gone).unlink()
    for refuse in (from_files.fingerprint, from_files.load):
        with pytest.raises(DataError, match=r"dataset\.root=DIR") as caught:
            refuse()
        assert str(from_files.folder) in str(caught.value)
        assert gone in str(caught.value)
        assert there[0] not in str(caught.value)


@pytest.mark.parametrize("damage", ["cut short", "empty", "another type"])
def test_a_damaged_file_is_refused_with_its_folder(from_files, damage):
    whole = {name: (from_files.folder / name).read_bytes() for name in from_files.files}
    for name, content in whole.items():
        damaged = {"cut short": content[:-5], "empty": b"", "another type": b"PNG" + content[3:]}
        (from_files.folder / name).write_bytes(damaged[damage])
        with pytest.raises(DataError) as caught:
            from_files.load()
        assert str(from_files.folder) in str(caught.value)
        (from_files.folder / name).write_bytes(content)
    from_files.load()


def test_its_key_is_what_the_files_hold_not_where_they_lie(from_files, tmp_path):
    moved = replace(from_files, root=str(tmp_path / "elsewhere"))
    moved.folder.mkdir(parents=True)
    for name in from_files.files:
        shutil.copy(from_files.folder / name, moved.folder)
    other = replace(from_files, root=str(tmp_path / "other"))
    write_torchvision(other, seed=1)
    assert identity(moved) == identity(from_files) != identity(other)


def test_test_rows_are_numbered_after_those_of_the_pool(from_files):
    source = from_files.load()
    assert source.pool.origin.tolist() == list(range(100))
    assert source.test.origin.tolist() == list(range(100, 150))


@pytest.mark.parametrize("name", OF_IDX)
def test_labels_and_images_of_unequal_number_are_refused(name, compose, tmp_path):
    made = build(compose(f"dataset={name}")["dataset"], "dataset")
    made = replace(made, root=str(tmp_path))
    write_torchvision(made)
    write_idx(made.folder / made.files[1], np.arange(39) % 10)
    with pytest.raises(DataError):
        made.load()
