"""Tables bundled with scikit-learn, nothing to download; all of the UCI repository, CC BY 4.0.

breast_cancer: W. Wolberg et al. (1993). wine: S. Aeberhard, M. Forina (1992). iris: R. A. Fisher
(1936). digits: E. Alpaydin, C. Kaynak (1998), 64 counts of dark pixels per image.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from synthlift.core.samples import Ints
from synthlift.datasets.base import Source, check_n_test
from synthlift.datasets.wishes import Wishes

if TYPE_CHECKING:
    import pandas as pd

SOURCES = ("breast_cancer", "wine", "iris", "digits")
TARGET = "class"


@cache
def _read(source: str) -> tuple[pd.DataFrame, Ints, tuple[str, ...]]:
    """The features, the labels `(n,)` and the names of the classes."""
    import sklearn.datasets

    bunch = getattr(sklearn.datasets, f"load_{source}")(as_frame=True)
    names = tuple(str(name) for name in bunch.target_names)
    return bunch.data, np.asarray(bunch.target, np.int64), names


@dataclass(frozen=True)
class SklearnTable:
    """source: which of them. classes: which ones, by name, or None for all."""

    name: str = field(metadata={"key": False})
    source: Literal["breast_cancer", "wine", "iris", "digits"]
    classes: tuple[str, ...] | None
    n_test: int | None = field(metadata={"key": False})
    augmentation: Any = field(metadata={"key": False})

    def __post_init__(self) -> None:
        check_n_test(self.n_test)
        if self.source not in SOURCES:
            raise ValueError(f"dataset.source is {', '.join(SOURCES)}; not {self.source!r}")

    def fingerprint(self) -> str:
        features, labels, _ = _read(self.source)
        held = [features.to_numpy(np.float64).tobytes(), labels.tobytes()]
        return hashlib.sha256(b"".join(held)).hexdigest()

    def load(self) -> Source:
        import pandas as pd

        from synthlift.datasets.cells import Cells, Sheet
        from synthlift.datasets.tables import to_source

        features, labels, names = _read(self.source)

        def read(name: str) -> Cells:
            if name == TARGET:
                return Cells(np.array(names, dtype=object), labels)
            codes, values = pd.factorize(features[name].to_numpy(np.float64))
            return Cells(values, np.asarray(codes, np.int64))

        columns = (*map(str, features.columns), TARGET)
        rows = np.arange(len(labels), dtype=np.int64)
        sheet = Sheet(self.name, columns, read, rows, lambda row: f"row {row + 1}")
        return to_source(sheet, asked=Wishes(TARGET, classes=self.classes))
