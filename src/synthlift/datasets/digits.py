"""The handwritten digits bundled with scikit-learn: 1,797 grey 8x8 images, 10 classes, no download.

Source: E. Alpaydin, C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI; CC BY 4.0.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import ImageSchema
from synthlift.datasets.base import Source, check_n_test, keep_classes


@cache
def _read() -> tuple[npt.NDArray[np.uint8], Ints]:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = np.rint(bunch.images * (255 / 16)).astype(np.uint8)[:, None]  # 0..16 -> (n, 1, 8, 8)
    return images, bunch.target.astype(np.int64)


@dataclass(frozen=True)
class Digits:
    """classes: which digits, by name ("0" to "9"), or None for all."""

    name: str = field(metadata={"key": False})
    classes: tuple[str, ...] | None
    n_test: int | None = field(metadata={"key": False})
    flip_keeps_label: bool
    augmentation: Any = field(metadata={"key": False})

    def __post_init__(self) -> None:
        check_n_test(self.n_test)

    def fingerprint(self) -> str:
        images, labels = _read()
        return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()

    def load(self) -> Source:
        images, labels = _read()
        names = tuple(str(digit) for digit in range(10))
        schema = ImageSchema(1, 8, 8, names, self.flip_keeps_label)
        pool = SampleSet(schema, images, labels, np.arange(len(labels), dtype=np.int64))
        return Source(keep_classes(pool, self.classes) if self.classes is not None else pool)
