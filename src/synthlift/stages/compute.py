"""What the work runs on: recorded with every artifact, part of no key."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from synthlift.core.errors import ConfigError
from synthlift.loggers.base import Logger
from synthlift.stages.lease import lease

if TYPE_CHECKING:
    import torch

DRIVERS = ("/proc/driver/nvidia", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd")  # without one, no GPU


@dataclass(frozen=True)
class Compute:
    """Devices and processes.

    accelerator: auto takes a GPU where there is one. device: index of the GPU; None is one that is
    free. workers: processes that share the repeats out among themselves; None is one per core.
    threads: CPU threads of each; a fixed number, because another one changes the last bits of a
    sum. devices: how many train one generator together. share: processes that may use one GPU at
    once; all studies of a machine should say the same. jobs: of a sweep, that run on this machine
    at once. rotation: the repeat to begin with, so that such jobs begin with different ones.
    """

    accelerator: Literal["auto", "cpu", "cuda"]
    device: int | None
    workers: int | None
    threads: int
    devices: int = 1
    share: int = 1
    jobs: int = field(default=1, repr=False, metadata={"yaml": False})  # the launcher knows them
    rotation: int = field(default=0, repr=False, metadata={"yaml": False})

    def __post_init__(self) -> None:
        if self.accelerator not in ("auto", "cpu", "cuda"):
            raise ValueError(f"compute.accelerator is auto, cpu or cuda, not {self.accelerator!r}")
        if self.threads < 1 or (self.workers is not None and self.workers < 1):
            raise ValueError("compute.workers and compute.threads are at least 1")
        if self.devices < 1 or self.share < 1:
            raise ValueError("compute.devices and compute.share are at least 1")
        if self.devices > 1 and self.device is not None:
            raise ValueError(
                f"compute.devices={self.devices} train a generator together, but "
                f"compute.device={self.device} names a single one; use compute.device=null, or "
                "compute.devices=1"
            )

    def use_threads(self) -> None:
        """Set how many CPU threads torch has; enough for work that needs no device."""
        import torch

        torch.set_num_threads(self.threads)

    @contextmanager
    def use(self) -> Iterator[torch.device]:
        """The torch device to work on, with the thread count set; a GPU is leased for the block.

        A ConfigError if CUDA, or the device, is asked for in vain.
        """
        with self._use(1) as (device,):
            yield device

    @contextmanager
    def use_all(self) -> Iterator[tuple[torch.device, ...]]:
        """The same of as many devices as `devices` says; the CPU can be named several times."""
        with self._use(self.devices) as devices:
            yield devices

    @contextmanager
    def _use(self, n: int) -> Iterator[tuple[torch.device, ...]]:
        import torch

        self.use_threads()
        if not self._has_cuda():
            yield (torch.device("cpu"),) * n
            return
        names = self._usable(gpu_names(), n)
        indices = list(names.values())
        with lease(list(names), n, self.share) as places:
            try:
                yield tuple(torch.device("cuda", indices[place]) for place in places)
            finally:
                torch.cuda.empty_cache()  # what is only kept for later is memory for others

    def _has_cuda(self) -> bool:
        import torch

        if self.accelerator == "cpu" or torch.cuda.is_available():
            return self.accelerator != "cpu"
        if self.accelerator == "cuda":
            raise ConfigError(
                "compute.accelerator=cuda, but torch finds no CUDA device here; "
                "use compute.accelerator=cpu, or auto"
            )
        return False

    def _usable(self, names: list[str], n: int) -> dict[str, int]:
        """The GPUs that will do, name to index."""
        if self.device is not None and not 0 <= self.device < len(names):
            raise ConfigError(
                f"compute.device={self.device}, but there are {len(names)} GPUs, counted from 0"
            )
        if n > len(names):
            raise ConfigError(f"compute.devices={n}, but there are {len(names)} GPUs")
        chosen = range(len(names)) if self.device is None else [self.device]
        return {names[i]: i for i in chosen}

    def n_workers(self, n_repeats: int) -> int:
        """Worker processes for this many repeats.

        No more than have a core for each process of a training, or a place on a GPU.
        """
        if self.workers is not None:
            return min(n_repeats, self.workers)
        room = len(os.sched_getaffinity(0)) // (self.threads * self.jobs * self.devices)
        if n_gpus := self.n_gpus():
            usable = n_gpus if self.device is None else 1
            room = min(room, usable * self.share // self.jobs)
        return max(1, min(n_repeats, room))

    def n_gpus(self) -> int:
        """GPUs that the work may use; looks with torch only where there is a driver at all."""
        if self.accelerator == "cpu" or not any(map(os.path.exists, DRIVERS)):
            return 0
        import torch

        return torch.cuda.device_count()

    def of_repeat(self, repeat: int) -> Compute:
        """The same, for the work of one repeat."""
        return self

    def open_loggers(self, name: str) -> AbstractContextManager[list[Any]]:
        """Lightning loggers of one training, open as long as the block lasts; here none."""
        return nullcontext([])


@dataclass(frozen=True, repr=False, kw_only=True)
class Tracked(Compute):
    """A Compute whose trainings are logged.

    folder: of all logs of the run. repeat: the one at work. Neither is recorded with an artifact.
    """

    logger: Logger
    folder: Path
    repeat: int = 0

    def __repr__(self) -> str:
        return repr(Compute(**{f.name: getattr(self, f.name) for f in fields(Compute)}))

    def of_repeat(self, repeat: int) -> Tracked:
        return replace(self, repeat=repeat)

    def open_loggers(self, name: str) -> AbstractContextManager[list[Any]]:
        return self.logger.open(self.folder, f"repeat_{self.repeat}/{name}")


def track(compute: Compute, logger: Logger, folder: Path) -> Tracked:
    """Log what runs on `compute`; a ConfigError where the logger can't be used here."""
    if why := logger.check():
        raise ConfigError(f"logger: {why}")
    return Tracked(**asdict(compute), logger=logger, folder=folder)


def gpu_names() -> list[str]:
    """A name of each GPU by its index, the same in every process whichever GPUs it is shown."""
    import torch

    every = range(torch.cuda.device_count())
    return [f"gpu-{torch.cuda.get_device_properties(i).uuid}" for i in every]
