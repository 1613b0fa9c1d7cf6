"""Train one generator on several devices: a child of this process per device, under torchrun.

Never Lightning's own: it would start this very command again on each device, and a sweep in it. The
children read a folder that says all, and nothing is pickled; `synthlift.worker` is what they run.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthlift.core import errors
from synthlift.core.describe import to_config
from synthlift.core.errors import SynthliftError
from synthlift.core.samples import SampleSet
from synthlift.core.store import Place, identity
from synthlift.generators.base import Generator

if TYPE_CHECKING:
    import torch

JOB, EVENTS, LOG = "job.json", "events.jsonl", "log.txt"
POLL_SECONDS = 0.1
FOREIGN = ("HYDRA_", "PL_", "SLURM_", "TORCHELASTIC_")  # they would make more than one of a process
RANKS = (
    "RANK",
    "LOCAL_RANK",
    "GROUP_RANK",
    "NODE_RANK",
    "WORLD_SIZE",
    "LOCAL_WORLD_SIZE",
    "MASTER_ADDR",
    "MASTER_PORT",
)


def fit_together(
    generator: Generator,
    train: SampleSet,
    valid: SampleSet | None,
    seed: int,
    place: Place,
    devices: Sequence[torch.device],
    threads: int,
) -> None:
    """Train with a process per device and fill `place.folder`, where the codec lies already.

    Goes on from a checkpoint in `place.scratch` after a kill. The error of a child is that of this
    function; none of them outlives it, nor this process.
    """
    folder = write_job(generator, train, valid, seed, place, devices, threads)
    with place.loggers() as loggers:
        child = _start(folder, len(devices), threads)
        try:
            _follow(child, folder / EVENTS, place, loggers)
        finally:
            _end(child, folder)
    if child.returncode:
        raise _failure(folder, len(devices), child.returncode)


def write_job(
    generator: Generator,
    train: SampleSet,
    valid: SampleSet | None,
    seed: int,
    place: Place,
    devices: Sequence[torch.device],
    threads: int,
) -> Path:
    """Write the folder that says all to the children."""
    folder = place.scratch / "together"
    if folder.exists():
        _wait_until_gone(folder)  # children of a killed process end a moment later
        shutil.rmtree(folder)
    folder.mkdir()
    samples = {"train": train} if valid is None else {"train": train, "valid": valid}
    for name, rows in samples.items():
        (folder / name).mkdir()
        rows.save(folder / name)
    job = {
        "generator": to_config(generator),
        "identity": identity(generator),
        "seed": seed,
        "folder": str(place.folder),
        "scratch": str(place.scratch),
        "devices": [str(device) for device in devices],
        "threads": threads,
    }
    (folder / JOB).write_text(json.dumps(job))
    (folder / EVENTS).touch()
    return folder


def _start(folder: Path, n: int, threads: int) -> subprocess.Popen[bytes]:
    """Start torchrun, and by it a process per device; they end when their standard input does.

    Each of them holds the lock of the log, which is its standard output, for as long as it lives.
    """
    with (folder / LOG).open("w+b") as log:
        fcntl.flock(log, fcntl.LOCK_SH)
        return subprocess.Popen(
            _command(folder, n),
            env=_environment(threads),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for this process, which ends the others
        )


def _end(child: subprocess.Popen[bytes], folder: Path) -> None:
    """End whatever still runs, and wait until nothing does."""
    child.kill()  # of no effect if it has ended
    child.wait()
    assert child.stdin is not None
    child.stdin.close()
    _wait_until_gone(folder)


def _command(folder: Path, n: int) -> list[str]:
    run = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={n}"]
    return [*run, "--local-addr=127.0.0.1", "-m", "synthlift.worker", str(folder)]


def _environment(threads: int) -> dict[str, str]:
    """That of this process, without what says which of several processes it is."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN) and name not in RANKS
    }
    path = os.pathsep.join(filter(None, sys.path))  # a recipe of the user's lies there
    loopback = {"GLOO_SOCKET_IFNAME": "lo", "NCCL_SOCKET_IFNAME": "lo"}
    return {**loopback, **kept, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": path}


def _follow(child: subprocess.Popen[bytes], path: Path, place: Place, loggers: list[Any]) -> None:
    """Hand on what the leading child says, until all have ended."""
    with path.open() as events:
        ended, rest = False, ""
        while not ended:
            ended = child.poll() is not None
            *lines, rest = (rest + events.read()).split("\n")
            for line in lines:
                event = json.loads(line)
                if "progress" in event:
                    place.progress(*event["progress"])
                else:
                    for logger in loggers:
                        logger.log_metrics(event["measured"], event["step"])
            if not ended:
                time.sleep(POLL_SECONDS)


def _wait_until_gone(folder: Path) -> None:
    """Wait for the end of all who hold the lock of the log."""
    with contextlib.suppress(FileNotFoundError), (folder / LOG).open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def _failure(folder: Path, n: int, code: int) -> SynthliftError:
    """What went wrong, from what the children left: an error of ours first, else the earliest.

    code: how torchrun ended.
    """
    left = [json.loads(path.read_text()) for path in folder.glob("failed_*.json")]
    ours = [said for said in left if isinstance(getattr(errors, said["kind"], None), type)]
    if ours:
        kind: type[SynthliftError] = getattr(errors, ours[0]["kind"])
        return kind(ours[0]["words"])
    log = (folder / LOG).read_text(errors="replace")
    who = f"one of the {n} processes that train the generator together"
    killed = re.search(r"exitcode\s*:\s*-(\d+)", log)
    if killed or code < 0:
        signal = killed[1] if killed else -code
        return SynthliftError(
            f"{who} was ended from outside (signal {signal}), perhaps for want of memory; run "
            "the same command again: it goes on from the last checkpoint"
        )
    first = min(left, key=lambda said: said["time"], default=None)
    why = f"{first['kind']}: {first['words']}" if first else "it left no reason"
    return SynthliftError(f"{who} failed ({why}); what they said is in {folder / LOG}")
