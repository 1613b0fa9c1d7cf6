"""Offline runs for Weights & Biases; nothing leaves the machine until `wandb sync` is called."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthlift.loggers.base import missing


@dataclass(frozen=True)
class Wandb:
    """One offline run per training, under `logs/wandb`.

    project: where `wandb sync` puts them.
    """

    project: str

    def check(self) -> str | None:
        return missing("wandb")

    @contextmanager
    def open(self, folder: Path, name: str) -> Iterator[list[Any]]:
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # before the import, which reads it
        import wandb
        from pytorch_lightning.loggers import WandbLogger

        folder.mkdir(parents=True, exist_ok=True)
        run = wandb.init(
            project=self.project,
            name=name,
            dir=folder,
            id=hashlib.sha256(f"{folder}/{name}".encode()).hexdigest()[:16],
            mode="offline",
            reinit="create_new",
            settings=wandb.Settings(silent=True, disable_git=True, console="off", save_code=False),
        )
        status = 1
        try:
            yield [WandbLogger(experiment=run)]
            status = 0
        finally:
            run.finish(status)
