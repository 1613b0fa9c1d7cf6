"""The user's own table in a Parquet file, and its official test set in a second one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synthlift.datasets.base import Source, check_n_test
from synthlift.datasets.files import table_files, tables_digest
from synthlift.datasets.wishes import Wishes


@dataclass(frozen=True)
class Parquet:
    """Columns of numbers, text, categories, booleans, dates and times; as `Csv`, by their types.

    max_bytes: of the columns, decompressed.
    """

    name: str = field(metadata={"key": False})
    path: str | None = field(metadata={"key": False})
    test_path: str | None = field(metadata={"key": False})
    target: str | None
    group: str | None
    drop: tuple[str, ...]
    kinds: Mapping[str, Any] | None = field(metadata={"key": False})
    levels: Mapping[str, Any] | None = field(metadata={"key": False})
    missing: tuple[str, ...]
    max_bytes: int = field(metadata={"key": False})
    classes: tuple[str, ...] | None
    n_test: int | None = field(metadata={"key": False})
    augmentation: Any = field(metadata={"key": False})

    def __post_init__(self) -> None:
        check_n_test(self.n_test)
        if self.max_bytes < 1:
            raise ValueError(f"dataset.max_bytes is at least 1, not {self.max_bytes}")
        self._wishes.check()

    @property
    def _wishes(self) -> Wishes:
        return Wishes(
            self.target, self.group, self.drop, self.kinds, self.levels, None, self.classes
        )

    def fingerprint(self) -> str:
        """sha256 over the files and over what is said of their columns."""
        return tables_digest(table_files(self.path, self.test_path), self._wishes.facts)

    def load(self) -> Source:
        from synthlift.datasets.parquet_file import read_parquet
        from synthlift.datasets.tables import to_source

        paths = table_files(self.path, self.test_path)
        sheets = [read_parquet(path, self.missing, self.max_bytes) for path in paths]
        return to_source(*sheets, asked=self._wishes)
