"""What the rehearsals share: real sweeps of a small study, what they leave, and who is still alive.

A sweep here is the command that a user types, in a process of its own. Its processes carry a mark
in their environment, which all that they start inherit, so that orphans are found by it.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MARK = "SYNTHLIFT_REHEARSAL"
VOLATILE = ("provenance", "folder", "seconds")  # what may differ from one run to the next
SMALL = (
    "experiment=smoke",
    "arm=[real,real_synthetic]",
    "classifier.cnn.steps=10",
    "compute.accelerator=cpu",
    "compute.workers=1",
)
SIX = 6  # jobs for each number of samples: three weights with each of two GANs


@dataclass(frozen=True)
class Rehearsal:
    """A sweep as it is typed; `words` are all of its settings but store and folder.

    variables: of the environment of its processes, beside those of this one.
    """

    words: tuple[str, ...]
    python: str = sys.executable
    variables: dict[str, str] = field(default_factory=dict)

    def command(self, store: Path, folder: Path) -> list[str]:
        where = [f"store={store}", f"hydra.sweep.dir={folder}"]
        return [self.python, "-m", "synthlift", "-m", *self.words, *where]

    def start(self, store: Path, folder: Path) -> subprocess.Popen[str]:
        """Start it; what it prints goes to `FOLDER.log`."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        environment = {**one_thread(), **self.variables, MARK: str(store)}
        with log_of(folder).open("w") as log:
            return subprocess.Popen(
                self.command(store, folder), env=environment, stdout=log, stderr=log, text=True
            )

    def run(self, store: Path, folder: Path) -> float:
        """Run it to its end; the seconds. SystemExit with what it said if it fails."""
        started = time.monotonic()
        status = self.start(store, folder).wait()
        if status:
            sys.exit(f"exit status {status}: {last_words(folder)}")
        return time.monotonic() - started


def one_thread() -> dict[str, str]:
    """The environment, with one thread for each library that would take more."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, "1")}


def axes(n_jobs: int, steps: int) -> tuple[str, ...]:
    """What a sweep of so many jobs, a multiple of six, runs over: two GANs, and what follows.

    steps: of the shorter training.
    """
    sizes = ",".join(str(10 + 5 * n) for n in range(n_jobs // SIX))
    return (
        "arm.real_synthetic.weight=0.1,0.25,0.5",
        f"generation.n_per_class={sizes}",
        f"generator.steps={steps},{steps + 10}",
    )


def log_of(folder: Path) -> Path:
    """Where what a sweep printed lies: beside its folder."""
    return folder.with_suffix(".log")


def last_words(folder: Path, n: int = 15) -> str:
    """The last lines that a sweep printed."""
    return "\n".join(log_of(folder).read_text().splitlines()[-n:])


def finished_artifacts(store: Path) -> dict[str, tuple[int, int]]:
    """Each finished artifact as stage/key, with inode and time of its manifest."""
    found = {}
    for manifest in store.glob("*/*/manifest.json"):
        if not manifest.parent.suffix:
            with contextlib.suppress(FileNotFoundError):
                facts = manifest.stat()
                name = manifest.parent.relative_to(store).as_posix()
                found[name] = (facts.st_ino, facts.st_mtime_ns)
    return found


def count_artifacts(store: Path, stage: str) -> int:
    """How many finished artifacts of a stage the store has."""
    return sum(name.startswith(f"{stage}/") for name in finished_artifacts(store))


def living(store: Path) -> list[str]:
    """Processes that a sweep on this store has started and that have not ended, with command."""
    return [f"{pid}: {command}" for pid, command in _marked(f"{MARK}={store}".encode())]


def outliving(store: Path, grace: float) -> tuple[list[str], float]:
    """Who of them is alive when so many seconds are over, and the seconds until all had ended."""
    started = time.monotonic()
    while (left := living(store)) and time.monotonic() < started + grace:
        time.sleep(0.1)
    return left, time.monotonic() - started


def _marked(mark: bytes) -> Iterator[tuple[int, str]]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                if words:  # a zombie has none
                    yield int(process.name), words.decode(errors="replace")[:120]


def table(folder: Path) -> dict[str, Any]:
    """All numbers of a finished sweep: of its report, its sweep.csv and the trials of its jobs.

    Without folders, seconds and counts of stages.
    """
    report = json.loads((folder / "report.json").read_text())
    jobs = [(job["num"], settings_of(job["overrides"]), job["status"]) for job in report["jobs"]]
    places = {str(job["num"]): job["folder"] for job in report["jobs"]}
    trials = {num: _rows(folder / place / "trials.csv") for num, place in places.items()}
    results = {
        path.parent.name: _rows(path) for path in sorted(folder.glob("results/*/trials.csv"))
    }
    found = {"jobs": jobs, "conditions": report["conditions"], "trials": trials}
    found |= {"results": results, "sweep": _rows(folder / "sweep.csv")}
    return {name: _stripped(value) for name, value in found.items()}


def settings_of(overrides: Sequence[str]) -> list[str]:
    """The settings of a job without its store."""
    return [word for word in overrides if not word.startswith("store=")]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _stripped(v) for k, v in value.items() if k not in VOLATILE}
    if isinstance(value, list | tuple):
        return [_stripped(item) for item in value]
    return value


def differences(found: Any, wanted: Any, where: str = "") -> list[str]:
    """Where two tables differ, in words."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = sorted({*found, *wanted})
        pairs = [(found.get(k), wanted.get(k), f"{where}.{k}") for k in keys]
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        pairs = [
            (a, b, f"{where}[{n}]") for n, (a, b) in enumerate(zip(found, wanted, strict=True))
        ]
    else:
        return [] if found == wanted else [f"{where}: {found!s:.80} is not {wanted!s:.80}"]
    return [words for a, b, place in pairs for words in differences(a, b, place)]
