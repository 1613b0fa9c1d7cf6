"""What the leading one of several processes says of a training, to the process that waits for it.

Lines of JSON in a file: {"progress": [done, total]}, or {"measured": {...}, "step": n}.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers.logger import DummyLogger


class Relay(DummyLogger):
    """A Lightning logger that writes to the file; the other process has the real ones."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def tell(self, **facts: Any) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(facts) + "\n")

    def progress(self, done: int, total: int) -> None:
        self.tell(progress=[done, total])

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:  # type: ignore[override]
        self.tell(measured=metrics, step=step)
