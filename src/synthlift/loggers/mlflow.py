"""A local MLflow store: `mlflow ui --backend-store-uri sqlite:///RUN/logs/mlflow/mlflow.db`."""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from synthlift.loggers.base import missing


@dataclass(frozen=True)
class MlFlow:
    """One MLflow run per training.

    experiment: the name that they share.
    """

    experiment: str

    def check(self) -> str | None:
        return missing("mlflow")

    @contextmanager
    def open(self, folder: Path, name: str) -> Iterator[list[Any]]:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when it is imported
        importlib.import_module("mlflow")
        from pytorch_lightning.loggers import MLFlowLogger

        place = folder / "mlflow"
        place.mkdir(parents=True, exist_ok=True)
        for chatty in ("mlflow", "alembic"):
            logging.getLogger(chatty).setLevel(logging.ERROR)
        with FileLock(place / "mlflow.lock"):  # two workers would both make the tables
            logger = MLFlowLogger(
                self.experiment,
                run_name=name,
                tracking_uri=f"sqlite:///{place / 'mlflow.db'}",
                artifact_location=(place / "artifacts").absolute().as_uri(),
            )
            _ = logger.experiment
        status = "failed"
        try:
            yield [logger]
            status = "success"
        finally:
            logger.finalize(status)
