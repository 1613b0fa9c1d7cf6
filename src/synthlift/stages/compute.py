"""What the work runs on: recorded with every artifact, part of no key."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from synthlift.core.errors import ConfigError
from synthlift.loggers.base import Logger

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Compute:
    """Device and processes.

    accelerator: auto takes a GPU where there is one. device: index of the GPU. workers: processes
    that share the repeats out among themselves; None is one per core. threads: CPU threads of
    each; a fixed number, because another one changes the last bits of a sum.
    """

    accelerator: Literal["auto", "cpu", "cuda"]
    device: int
    workers: int | None
    threads: int

    def __post_init__(self) -> None:
        if self.accelerator not in ("auto", "cpu", "cuda"):
            raise ValueError(f"compute.accelerator is auto, cpu or cuda, not {self.accelerator!r}")
        if self.threads < 1 or (self.workers is not None and self.workers < 1):
            raise ValueError("compute.workers and compute.threads are at least 1")

    def prepare(self) -> torch.device:
        """The torch device to work on, with the thread count set.

        A ConfigError if CUDA is asked for in vain.
        """
        import torch

        torch.set_num_threads(self.threads)
        if self.accelerator == "cpu" or not (has_cuda := torch.cuda.is_available()):
            if self.accelerator == "cuda" and not has_cuda:
                raise ConfigError(
                    "compute.accelerator=cuda, but torch finds no CUDA device here; "
                    "use compute.accelerator=cpu, or auto"
                )
            return torch.device("cpu")
        n = torch.cuda.device_count()
        if not 0 <= self.device < n:
            raise ConfigError(
                f"compute.device={self.device}, but there are {n} GPUs, counted from 0"
            )
        return torch.device("cuda", self.device)

    def n_workers(self, n_repeats: int) -> int:
        """Worker processes for this many repeats."""
        return min(n_repeats, self.workers or len(os.sched_getaffinity(0)))

    def of_repeat(self, repeat: int) -> Compute:
        """The same, for the work of one repeat."""
        return self

    def open_loggers(self, name: str) -> AbstractContextManager[list[Any]]:
        """Lightning loggers of one training, open as long as the block lasts; here none."""
        return nullcontext([])


@dataclass(frozen=True, repr=False)
class Tracked(Compute):
    """A Compute whose trainings are logged.

    folder: of all logs of the run. repeat: the one at work. Neither is recorded with an artifact.
    """

    logger: Logger
    folder: Path
    repeat: int = 0

    def __repr__(self) -> str:
        return repr(Compute(self.accelerator, self.device, self.workers, self.threads))

    def of_repeat(self, repeat: int) -> Tracked:
        return replace(self, repeat=repeat)

    def open_loggers(self, name: str) -> AbstractContextManager[list[Any]]:
        return self.logger.open(self.folder, f"repeat_{self.repeat}/{name}")


def track(compute: Compute, logger: Logger, folder: Path) -> Tracked:
    """Log what runs on `compute`; a ConfigError where the logger can't be used here."""
    if why := logger.check():
        raise ConfigError(f"logger: {why}")
    return Tracked(**asdict(compute), logger=logger, folder=folder)
