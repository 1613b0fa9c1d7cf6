"""What the work runs on: recorded with every artifact, part of no key."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from synthlift.core.errors import ConfigError

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
