"""Event files for TensorBoard: `tensorboard --logdir RUN/logs/tensorboard`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthlift.loggers.base import missing


@dataclass(frozen=True)
class TensorBoard:
    """A folder per training, `logs/tensorboard/repeat_0/generator`."""

    def check(self) -> str | None:
        return missing("tensorboard")

    @contextmanager
    def open(self, folder: Path, name: str) -> Iterator[list[Any]]:
        from pytorch_lightning.loggers import TensorBoardLogger

        logger = TensorBoardLogger(folder / "tensorboard", name=name, version="")
        try:
            yield [logger]
        finally:
            logger.experiment.close()
