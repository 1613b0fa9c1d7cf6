"""What a logger is: a recipe that opens Lightning loggers for one training and closes them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol


class Logger(Protocol):
    """Where the curves of a training go beside its training.csv; part of no key."""

    def check(self) -> str | None:
        """Why it can't be used here, with the remedy; None if it can."""
        ...

    def open(self, folder: Path, name: str) -> AbstractContextManager[list[Any]]:
        """Lightning loggers for one training, closed at the end of the block.

        folder: of all logs of the run. name: of this training, as in `repeat_0/generator`; the same
        name goes on where an interrupted training stopped.
        """
        ...


def missing(package: str) -> str | None:
    """Why a logger can't be used whose package is not installed; None if it is."""
    if find_spec(package) is not None:
        return None
    return (
        f"it needs the package {package}, which is not installed: pip install {package}, or take "
        "logger=csv"
    )
