"""Image sets that torchvision reads, with their official test set: MNIST and its relatives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.manifest import digest
from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema
from synthlift.datasets.base import Source, check_n_test, keep_classes

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class TorchvisionImages:
    """source: the torchvision class. root: the folder that holds `<source>/raw/`.

    download: fetch the files first where they are absent. classes: which ones, by name, or None for
    all.
    """

    name: str = field(metadata={"key": False})
    source: Literal["MNIST", "FashionMNIST"]
    root: str = field(metadata={"key": False})
    download: bool = field(metadata={"key": False})
    classes: tuple[str, ...] | None
    n_test: int | None
    flip_keeps_label: bool
    augmentation: Any = field(metadata={"key": False})

    def __post_init__(self) -> None:
        check_n_test(self.n_test)
        if self.source not in ("MNIST", "FashionMNIST"):
            raise ValueError(f"dataset.source is MNIST or FashionMNIST, not {self.source!r}")

    @property
    def folder(self) -> Path:
        return Path(self.root) / self.source / "raw"

    def fingerprint(self) -> str:
        missing = [name for name in FILES if not (self.folder / name).is_file()]
        if missing and self.download:
            self._open(train=True)
        elif missing:
            raise DataError(
                f"{self.source} is not in {self.folder}: missing {', '.join(missing)}; "
                f"give the folder that holds {self.source}/raw with dataset.root=DIR, "
                "or dataset.download=true to fetch it"
            )
        return _digest_all(tuple(self.folder / name for name in FILES))

    def load(self) -> Source:
        pool = self._read(train=True, first=0)
        test = self._read(train=False, first=len(pool))
        if self.classes:
            return Source(keep_classes(pool, self.classes), keep_classes(test, self.classes))
        return Source(pool, test)

    def _read(self, train: bool, first: int) -> SampleSet:
        data = self._open(train)
        images = data.data.numpy()[:, None]  # (n, 1, 28, 28)
        schema = ImageSchema(1, 28, 28, tuple(map(str, data.classes)), self.flip_keeps_label)
        rows = np.arange(first, first + len(images), dtype=np.int64)
        return SampleSet(schema, images, data.targets.numpy().astype(np.int64), rows)

    def _open(self, train: bool) -> Any:
        import torchvision.datasets

        try:
            return getattr(torchvision.datasets, self.source)(
                self.root, train=train, download=self.download
            )
        except (RuntimeError, OSError, ValueError, IndexError, AssertionError) as error:
            raise DataError(
                f"{self.source} can't be read or fetched into {self.folder} ({error}); "
                f"put the files {', '.join(FILES)} there, "
                "or give another folder with dataset.root=DIR"
            ) from error


@cache
def _digest_all(paths: tuple[Path, ...]) -> str:
    return hashlib.sha256("".join(map(digest, paths)).encode()).hexdigest()
