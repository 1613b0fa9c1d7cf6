"""What this machine has to offer a study, and what would keep one from running, with the remedy."""

from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import Requirement

from synthlift.allowlist import TRUST
from synthlift.core.errors import ConfigError, SynthliftError
from synthlift.stages.compute import gpu_names
from synthlift.stages.lease import free_places

GIB = 1024**3
ROOM = 2 * GIB  # for the store: a study of images leaves some hundred MB
WORKER_MEMORY = GIB  # measured on digits: 0.9 GiB of each process, most of it torch
BROKEN = (ImportError, OSError, RuntimeError, AttributeError)  # what a mismatched library raises

PLUGINS = {
    "hydra_joblib_launcher": "hydra/launcher=joblib",
    "hydra_submitit_launcher": "hydra/launcher=submitit_local or submitit_slurm",
    "hydra_ray_launcher": "hydra/launcher=ray",
    "hydra_optuna_sweeper": "hydra/sweeper=optuna",
}


@dataclass(frozen=True)
class Finding:
    """One line: `fault` would keep a study from running, `note` is good to know."""

    mark: Literal["ok", "note", "fault"]
    topic: str
    words: str

    def __str__(self) -> str:
        return f"{self.mark:<6} {self.topic:<10} {self.words}"


def examine(store: Path | None = None) -> Iterator[Finding]:
    """Look at everything that counts; store: where artifacts go, None for that of the default."""
    yield from _packages()
    yield from _torch()
    yield from _machine()
    yield from _configuration()
    yield from _folder("store", store or Path("outputs/store"), "store=PATH")
    yield from _folder("runs", Path("outputs/runs"), "hydra.run.dir=PATH")
    yield from _plugins()
    yield from _loggers()
    yield from _variables()


def _packages() -> Iterator[Finding]:
    yield Finding("ok", "python", f"{sys.version.split()[0]} in {sys.prefix}")
    try:
        wanted = [Requirement(text) for text in metadata.requires("synthlift") or []]
    except metadata.PackageNotFoundError:
        yield Finding("note", "packages", "synthlift is not installed but only found; not checked")
        return
    right = []
    for need in wanted:
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        if (have := _version(need.name)) is None:
            yield Finding("fault", "packages", f"{need.name} is missing: pip install '{need}'")
        elif not need.specifier.contains(have, prereleases=True):
            yield Finding("fault", "packages", f"{need.name} is {have}: pip install '{need}'")
        else:
            right.append(f"{need.name} {have}")
    yield Finding("ok", "packages", ", ".join(right))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _torch() -> Iterator[Finding]:
    """Torch, whether torchvision belongs to it, and the devices that it sees."""
    try:
        torch: Any = importlib.import_module("torch")
    except BROKEN as error:
        yield Finding("fault", "torch", f"can't be imported ({error}): install it again")
        return
    yield _pair(torch)
    if torch.cuda.is_available():
        for i in range(torch.cuda.device_count()):
            yield _try("gpu", lambda i=i: _gpu(torch, i))  # type: ignore[misc]
        yield _try("lease", _lease)
    else:
        yield _no_gpu(torch)
    if torch.backends.mps.is_available():
        yield Finding("note", "mps", "Apple's GPU is there; synthlift does not use it yet")


def _pair(torch: Any) -> Finding:
    """Whether torch and torchvision were built for one another: its operators must load."""
    names = f"torch {torch.__version__} and torchvision {_version('torchvision')}"
    remedy = (
        "install both from the same index, as in pip install --force-reinstall torch torchvision"
    )
    try:
        ops: Any = importlib.import_module("torchvision.ops")
        kept = ops.nms(torch.tensor([[0.0, 0.0, 1.0, 1.0]] * 2), torch.tensor([0.9, 0.8]), 0.5)
    except BROKEN as error:
        said = str(error).strip().splitlines()[0]
        return Finding("fault", "torch", f"{names} do not belong together ({said}): {remedy}")
    if kept.tolist() != [0]:
        return Finding("fault", "torch", f"{names}: torchvision.ops.nms is wrong: {remedy}")
    return Finding("ok", "torch", f"{names} belong together")


def _gpu(torch: Any, index: int) -> Finding:
    facts, (free, total) = torch.cuda.get_device_properties(index), torch.cuda.mem_get_info(index)
    words = f"{index}: {facts.name}, {free / GIB:.1f} of {total / GIB:.1f} GiB free"
    return Finding("ok", "gpu", f"{words}, CUDA {torch.version.cuda}{_driver()}")


def _lease() -> Finding:
    """Which GPUs a study would get at once."""
    try:
        free = [i for i, n in enumerate(free_places(gpu_names(), 1)) if n]
    except ConfigError as error:
        return Finding("fault", "lease", str(error))
    if not free:
        return Finding("note", "lease", "each GPU is at work for a study; another one waits for it")
    words = ", ".join(map(str, free))
    return Finding(
        "ok", "lease", f"GPU {words} is free: a study that starts now gets GPU {free[0]}"
    )


def _no_gpu(torch: Any) -> Finding:
    if not (driver := _driver()):
        return Finding("note", "gpu", "none; studies run on the CPU")
    why = "torch can't use it; update the driver"
    if torch.version.cuda is None:
        why = "this torch is built for the CPU only; install one built for CUDA"
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        why = "CUDA_VISIBLE_DEVICES hides all devices; unset it"
    return Finding("note", "gpu", f"none is used, though there is one{driver}: {why}")


def _driver() -> str:
    """The NVIDIA driver in words; empty where there is none."""
    try:
        line = Path("/proc/driver/nvidia/version").read_text().splitlines()[0]
    except (OSError, IndexError):
        return ""
    numbers = [word for word in line.split() if word.replace(".", "").isdigit()]
    return f", driver {numbers[0]}" if numbers else ", driver of unknown version"


def _try(topic: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except BROKEN as error:
        said = str(error).strip().splitlines()[0]
        return Finding("fault", topic, f"can't be used ({said}): compute.accelerator=cpu avoids it")


def _machine() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0))
    yield Finding("ok", "cpu", f"{cores} cores, so {cores} processes with one thread each")
    memory = _free_memory()
    if memory is None:
        return
    words = f"{memory / GIB:.1f} GiB free"
    if memory < cores * WORKER_MEMORY:
        n = max(1, int(memory / WORKER_MEMORY))
        yield Finding(
            "note", "memory", f"{words}, short for {cores} processes: compute.workers={n}"
        )
    else:
        yield Finding("ok", "memory", words)


def _free_memory() -> int | None:
    """Bytes that new processes can have, by the machine or by a limit of the container."""
    room = []
    try:
        lines = dict(s.split(":") for s in Path("/proc/meminfo").read_text().splitlines())
        room.append(int(lines["MemAvailable"].split()[0]) * 1024)
        group = Path("/sys/fs/cgroup")
        limit, used = ((group / f"memory.{n}").read_text().strip() for n in ("max", "current"))
        room += [] if limit == "max" else [max(0, int(limit) - int(used))]
    except (OSError, ValueError, KeyError):
        pass
    return min(room, default=None)


def _configuration() -> Iterator[Finding]:
    from synthlift.compose import compose
    from synthlift.configure import experiment

    try:
        experiment(compose())
    except SynthliftError as error:
        yield Finding("fault", "study", f"the default study can't be built: {error}")
    else:
        yield Finding("ok", "study", "the default study can be built")


def _folder(topic: str, folder: Path, setting: str) -> Iterator[Finding]:
    """Whether files can be written there, and how many; nothing is left behind."""
    folder = there = folder.absolute()
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"synthlift")
    except OSError as error:
        why = error.strerror or error
        yield Finding("fault", topic, f"{folder} can't be written ({why}): give another {setting}")
        return
    free = shutil.disk_usage(there).free
    words = f"{folder}, {free / GIB:.1f} GiB free"
    if free < ROOM:
        yield Finding(
            "note", topic, f"{words}, which is little: make room or give another {setting}"
        )
    else:
        yield Finding("ok", topic, words)


def _plugins() -> Iterator[Finding]:
    found = find_spec("hydra_plugins")
    places = found.submodule_search_locations if found else None
    names = sorted(module.name for module in pkgutil.iter_modules(places or []))
    yield Finding("ok", "sweeps", "Hydra's basic launcher and sweeper (-m)")
    for plugin, setting in PLUGINS.items():
        if plugin in names:
            yield Finding("ok", "sweeps", setting)
        else:
            package = plugin.replace("_", "-")
            yield Finding("note", "sweeps", f"{setting} needs pip install {package}")
    if others := [name for name in names if name not in PLUGINS]:
        words = ", ".join(others)
        yield Finding("note", "sweeps", f"installed, but not supported: {words}")


def _loggers() -> Iterator[Finding]:
    for package in ("tensorboard", "mlflow", "wandb"):
        if find_spec(package):
            yield Finding("ok", "logger", f"logger={package}: {package} {_version(package)}")
        else:
            words = f"logger={package} needs pip install {package}"
            yield Finding("note", "logger", words)


def _variables() -> Iterator[Finding]:
    meanings = {
        TRUST: "recipes of these packages may run",
        "CUDA_VISIBLE_DEVICES": "only these GPUs are seen, counted from 0",
        "OMP_NUM_THREADS": "threads of each process, where compute.threads does not say otherwise",
    }
    for name, meaning in meanings.items():
        if name in os.environ:
            yield Finding("note", "variable", f"{name}={os.environ[name]}: {meaning}")
