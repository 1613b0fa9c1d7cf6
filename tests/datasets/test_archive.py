"""Archives that are damaged or mean harm: refused by name, nothing in them is run."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from synthlift.core.errors import DataError
from synthlift.datasets.npz import Npz

GREY = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((6, 8, 9), np.uint8) * 50
LABELS = np.array([0, 1, 2, 0, 1, 2])


def refused(made):
    with pytest.raises(DataError) as caught:
        made.load()
    assert "\n" not in str(caught.value)
    return str(caught.value)


class Payload:
    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("name", ["images", "labels", "class_names", "groups"])
def test_arrays_of_objects_are_refused_and_never_unpickled(npz, tmp_path, name):
    arrays = {"images": GREY, "labels": LABELS}
    arrays[name] = np.array([Payload(tmp_path / "ran")] * 6, object)
    message = refused(npz(**arrays))
    assert f"{name} in" in message
    assert "array of Python objects" in message
    assert not (tmp_path / "ran").exists()


def test_a_file_that_is_a_pickle_is_refused_and_never_unpickled(tmp_path):
    path = tmp_path / "some.npz"
    path.write_bytes(pickle.dumps(Payload(tmp_path / "ran")))
    assert "can't be read as an .npz file" in refused(
        Npz("x", str(path), None, 1, None, None, False, None)
    )
    assert not (tmp_path / "ran").exists()


def test_an_array_above_the_limit_is_refused_by_its_header(npz):
    made = npz({"max_bytes": 10**6}, images=np.zeros((20, 300, 300), np.uint8), labels=LABELS)
    message = refused(made)
    assert "images in" in message
    assert "takes 1,800,128 bytes" in message
    assert "dataset.max_bytes=1,000,000" in message


def test_a_header_that_claims_more_than_there_is_is_refused(tmp_path):
    header = io.BytesIO()
    shape = {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**6)}
    np.lib.format.write_array_header_1_0(header, shape)
    path = tmp_path / "some.npz"
    with zipfile.ZipFile(path, "w") as file:
        for name in ("images", "labels"):
            file.writestr(f"{name}.npy", header.getvalue() + bytes(10))
    message = refused(Npz("x", str(path), None, 10**13, None, None, False, None))
    assert "its header claims 1,000,000,000,000 bytes, it has 138" in message


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_truncated_archive_is_refused(npz, tmp_path, share):
    made = npz(images=GREY, labels=LABELS)
    whole = (tmp_path / "some.npz").read_bytes()
    (tmp_path / "some.npz").write_bytes(whole[: int(share * len(whole))])
    assert "can't be read as an .npz file" in refused(made)


def test_flipped_bits_are_found(npz, tmp_path):
    made = npz(images=np.random.default_rng(0).integers(0, 256, (6, 8, 8)), labels=LABELS)
    whole = bytearray((tmp_path / "some.npz").read_bytes())
    for place in range(200, 900, 50):
        damaged = whole.copy()
        damaged[place] ^= 16
        (tmp_path / "some.npz").write_bytes(damaged)
        assert "damaged" in refused(made)


def test_an_array_that_is_there_twice_is_refused(npz, tmp_path):
    made = npz(images=GREY, labels=LABELS)
    twice = zipfile.ZipFile(tmp_path / "some.npz", "a")
    with twice, pytest.warns(UserWarning, match="Duplicate"):
        twice.writestr("labels.npy", b"")
    assert "holds the array 'labels' twice" in refused(made)
