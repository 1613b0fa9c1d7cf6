"""Small folders of images, and the recipe that reads them."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from synthlift.core.errors import ConfigError, DataError
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
