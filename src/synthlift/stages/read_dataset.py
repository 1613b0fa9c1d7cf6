"""Read a dataset once, so that no repeat reads or decodes its files again."""

from __future__ import annotations

from pathlib import Path

from synthlift.core.store import Place, stage
from synthlift.datasets.base import Dataset, Source


def _read(folder: Path, *inputs: object) -> Source:
    return Source.load(folder)


@stage(version=2, read=_read)
def read_dataset(dataset: Dataset, *, place: Place) -> None:
    """Store the samples of a dataset in natural form."""
    dataset.load().save(place.folder)
