"""Image sets that torchvision reads, with their official test set: MNIST and its relatives, CIFAR.

Where the files are read from: MNIST, FashionMNIST, KMNIST and EMNIST from idx files under
`<root>/<source>/raw/`, CIFAR10 from `<root>/cifar-10-batches-py/`, SVHN from .mat files in root.
CIFAR10's files are pickles, which could run code; torchvision opens none of them unless the md5 of
all of them is the published one.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import ImageSchema
from synthlift.core.text import printable
from synthlift.datasets.base import Source, check_n_test, keep_classes
from synthlift.datasets.files import file_digest

SOURCES = ("MNIST", "FashionMNIST", "KMNIST", "EMNIST", "CIFAR10", "SVHN")
SUBSETS = ("byclass", "bymerge", "balanced", "letters", "digits", "mnist")  # of EMNIST
IDX = ("train-images", "train-labels", "t10k-images", "t10k-labels")
BATCHES = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta")


@dataclass(frozen=True)
class TorchvisionImages:
    """source: the torchvision class. subset: which of EMNIST's; None for all others.

    root: the folder that holds `folder`. download: fetch the files first where they are absent.
    classes: which ones, by name, or None for all.
    """

    name: str = field(metadata={"key": False})
    source: Literal["MNIST", "FashionMNIST", "KMNIST", "EMNIST", "CIFAR10", "SVHN"]
    subset: Literal["byclass", "bymerge", "balanced", "letters", "digits", "mnist"] | None
    root: str = field(metadata={"key": False})
    download: bool = field(metadata={"key": False})
    classes: tuple[str, ...] | None
    n_test: int | None = field(metadata={"key": False})
    flip_keeps_label: bool
    augmentation: Any = field(metadata={"key": False})

    def __post_init__(self) -> None:
        check_n_test(self.n_test)
        if self.source not in SOURCES:
            raise ValueError(f"dataset.source is {', '.join(SOURCES)}; it can't be {self.source!r}")
        if self.source == "EMNIST" and self.subset not in SUBSETS:
            raise ValueError(
                f"dataset.subset is one of EMNIST's: {', '.join(SUBSETS)}; "
                f"it can't be {self.subset!r}"
            )
        if self.source != "EMNIST" and self.subset is not None:
            raise ValueError(f"dataset.subset is for EMNIST alone; leave it null for {self.source}")

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        inner = {"CIFAR10": "cifar-10-batches-py", "SVHN": "."}
        return Path(self.root) / inner.get(self.source, f"{self.source}/raw")

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files in `folder`; of idx files: train images and labels, then test."""
        if self.source == "CIFAR10":
            return BATCHES
        if self.source == "SVHN":
            return ("train_32x32.mat", "test_32x32.mat")
        names: tuple[str, ...] = IDX
        if self.source == "EMNIST":
            names = tuple(f"emnist-{self.subset}-{n.replace('t10k', 'test')}" for n in IDX)
        return tuple(f"{n}-idx{3 if 'images' in n else 1}-ubyte" for n in names)

    def fingerprint(self) -> str:
        """sha256 over the files, which are fetched first if that is asked for; none is decoded."""
        self._fetch()
        digests = [file_digest(self.folder / name) for name in self.files]
        return hashlib.sha256("".join(digests).encode()).hexdigest()

    def load(self) -> Source:
        self._fetch()
        pool = self._read(train=True, first=0)
        test = self._read(train=False, first=len(pool))
        if self.classes is not None:
            return Source(keep_classes(pool, self.classes), keep_classes(test, self.classes))
        return Source(pool, test)

    def _fetch(self) -> None:
        """See to it that all files are there; a DataError names those that are not."""
        missing = [name for name in self.files if not (self.folder / name).is_file()]
        if missing and self.download:
            for train in (True, False):
                self._open(train, download=True)
        elif missing:
            raise DataError(
                f"{self.source} is not in {printable(self.folder)}: missing {', '.join(missing)}; "
                f"give the folder that holds {self._inside} with dataset.root=DIR, "
                "or dataset.download=true to fetch it"
            )

    @property
    def _inside(self) -> str:
        inside = self.folder.relative_to(self.root).as_posix()
        return "them" if inside == "." else inside

    def _read(self, train: bool, first: int) -> SampleSet:
        images, labels, names = self._arrays(train)
        if len(images) != len(labels) or not len(labels):
            raise self._damaged(f"{len(images)} images, {len(labels)} labels")
        _, channels, height, width = images.shape
        schema = ImageSchema(channels, height, width, names, self.flip_keeps_label)
        return SampleSet(schema, images, labels, np.arange(first, first + len(images)))

    def _arrays(self, train: bool) -> tuple[npt.NDArray[np.uint8], Ints, tuple[str, ...]]:
        """Images uint8 `(n, C, H, W)`, labels `(n,)` and the class names of one part."""
        if self.source == "SVHN":
            data = self._open(train, download=False)
            return data.data, data.labels, tuple(str(digit) for digit in range(10))
        if self.source == "CIFAR10":
            data = self._open(train, download=False)
            images = np.ascontiguousarray(data.data.transpose(0, 3, 1, 2))
            return images, np.array(data.targets, np.int64), tuple(data.classes)
        return self._idx(train)

    def _idx(self, train: bool) -> tuple[npt.NDArray[np.uint8], Ints, tuple[str, ...]]:
        """One part of MNIST's family, from the idx files alone.

        torchvision would rather read a `processed/` folder that an older version left behind.
        """
        from torchvision.datasets import mnist

        of_images, of_labels = self.files[:2] if train else self.files[2:]
        try:
            images = mnist.read_image_file(str(self.folder / of_images)).numpy()[:, None]
            labels = mnist.read_label_file(str(self.folder / of_labels)).numpy().astype(np.int64)
        except (RuntimeError, OSError, ValueError, IndexError, AssertionError) as error:
            raise self._damaged(error) from error
        if self.source != "EMNIST":
            return images, labels, tuple(map(str, getattr(mnist, self.source).classes))
        names = tuple(mnist.EMNIST.classes_split_dict[self.subset])
        upright = np.ascontiguousarray(images.transpose(0, 1, 3, 2))  # stored column by column
        return (upright, labels - 1, names[1:]) if names[0] == "N/A" else (upright, labels, names)

    def _open(self, train: bool, download: bool) -> Any:
        """What torchvision reads of a part, after it checked the md5 of CIFAR10 and SVHN."""
        import torchvision.datasets

        part: dict[str, Any] = {"train": train}
        if self.source == "SVHN":
            part = {"split": "train" if train else "test"}
        elif self.source == "EMNIST":
            part["split"] = self.subset
        source = getattr(torchvision.datasets, self.source)
        try:
            with warnings.catch_warnings():  # numpy's, on how the pickles of CIFAR10 name a type
                warnings.simplefilter("ignore", np.exceptions.VisibleDeprecationWarning)
                return source(self.root, download=download, **part)
        except (RuntimeError, OSError, ValueError, IndexError, AssertionError) as error:
            raise self._damaged(error) from error

    def _damaged(self, why: object) -> DataError:
        return DataError(
            f"{self.source} can't be read or fetched into {printable(self.folder)} ({why}); "
            f"put the files {', '.join(self.files)} there, "
            "or give another folder with dataset.root=DIR"
        )
