"""Small folders of images, and the recipe that reads them."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from synthlift.core.errors import ConfigError, DataError
from synthlift.datasets.csv import Csv
from synthlift.datasets.image_folder import ImageFolder
from synthlift.datasets.npz import Npz


def image_folder(root, **how):
    whole = ImageFolder(
        "x", str(root), None, 8, None, None, None, (), False, 10**6, None, None, False, None
    )
    return replace(whole, **how)


def paint_image(path, value=0, kind="PNG", size=(8, 8)):
    """A flat image; value: a grey, or (red, green, blue)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L" if isinstance(value, int) else "RGB", size, value).save(path, kind)


@pytest.fixture
def pets(tmp_path):
    """root/cat and root/dog, three grey images each."""
    root = tmp_path / "pets"
    for label, name in enumerate(("cat", "dog")):
        for i in range(3):
            paint_image(root / name / f"{i}.png", 100 * label + i)
    return root


@pytest.fixture
def parted(tmp_path):
    """root/train and root/test with the same two classes."""
    root = tmp_path / "parted"
    for n_before, (part, n) in enumerate({"train": 3, "test": 2}.items()):
        for label, name in enumerate(("cat", "dog")):
            for i in range(n):
                paint_image(root / part / name / f"{i}.png", 100 * label + 10 * n_before + i)
    return root


def message_of(made):
    with pytest.raises((DataError, ConfigError)) as caught:
        made.load()
    message = str(caught.value)
    assert "\n" not in message
    message.encode()
    return message


@pytest.fixture(scope="session")
def recipe():
    return image_folder


@pytest.fixture(scope="session")
def paint():
    return paint_image


@pytest.fixture(scope="session")
def refused():
    """The words in which a dataset refuses to load."""
    return message_of


@pytest.fixture
def npz(tmp_path):
    """The recipe of a file with these arrays, and settings of it in `how`."""

    def write(how=None, **arrays):
        path = tmp_path / "some.npz"
        np.savez_compressed(path, **arrays)
        whole = Npz("x", str(path), None, 10**8, None, None, False, None)
        return replace(whole, **(how or {}))

    return write


MISSING = ("NA", "N/A", "NaN", "nan", "null", "None", "?")


@pytest.fixture
def made(tmp_path):
    """The recipe of a CSV with this text; `test`: that of the official test file."""

    def write(text, test=None, **how):
        paths = {"path": tmp_path / "some.csv", "test_path": tmp_path / "test.csv"}
        for path, content in zip(paths.values(), (text, test), strict=True):
            if content is not None:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        whole = Csv(
            "x", str(paths["path"]), None if test is None else str(paths["test_path"]), "y",
            None, (), None, None, None, None, None, MISSING, 10**9, None, None, None,
        )  # fmt: skip
        return replace(whole, **how)

    return write


def as_csv(columns, delimiter=",", encoding="utf-8"):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return buffer.getvalue().encode(encoding)


@pytest.fixture
def table(made):
    """The recipe of a CSV with these columns; `write`: the delimiter and encoding of the file."""

    def write(columns, test=None, write=None, **how):
        texts = [
            None if part is None else as_csv(part, **(write or {})) for part in (columns, test)
        ]
        return made(*texts, **how)

    return write
