"""SIGKILL at every boundary of a commit: what was whole stays whole, what was half is not trusted.

This file is also the program: run as a script it forks one child per boundary, and the child kills
itself just before its n-th call that opens, writes, syncs, renames, makes or removes something.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from synthlift.core.errors import DataError
from synthlift.core.manifest import environment, verify
from synthlift.core.store import Artifact, Place, Store, stage

EVENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.link"}


@stage(version=1, read=lambda folder: (folder / "a.txt").read_text())
def upstream(*, place: Place) -> None:
    (place.folder / "a.txt").write_text("whole")


@stage(version=1, read=lambda folder, *inputs: (folder / "deep" / "b.txt").read_text())
def train(text: str, *, place: Place) -> None:
    """Two steps with a checkpoint between; resumed it gives the same bytes."""
    checkpoint = place.scratch / "step.txt"
    if not checkpoint.exists():
        half = place.scratch / "step.tmp"
        half.write_text(text * 1000)
        os.replace(half, checkpoint)
    (place.folder / "deep").mkdir()
    (place.folder / "deep" / "b.txt").write_text(checkpoint.read_text() * 2)
    (place.folder / "c.bin").write_bytes(bytes(5000))


def study(root: Path) -> tuple[Artifact[str], Artifact[str]]:
    store = Store(root)
    first = store.run(upstream)
    return first, store.run(train, first)


def fresh(root: Path) -> None:
    """Nothing is there yet."""


def damaged(root: Path) -> None:
    """One file of a finished artifact has changed."""
    (study(root)[1].folder / "c.bin").write_bytes(bytes(4999) + b"\1")


def littered(root: Path) -> None:
    """Earlier processes were killed: one while it wrote, one after it had committed."""
    folder = study(root)[0].folder
    for name in ("0123.tmp", f"{folder.name}.work"):
        (folder.parent / name / "deep").mkdir(parents=True)
        (folder.parent / name / "deep" / "half.txt").write_text("ha")


SCENES: dict[str, Callable[[Path], None]] = {f.__name__: f for f in (fresh, damaged, littered)}


def kill_before(n: int) -> None:
    """This process kills itself before its n-th boundary, some of which lie within a write."""
    count = 0

    def boundary() -> None:
        nonlocal count
        count += 1
        if count == n:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda event, arguments: boundary() if event in EVENTS else None)
    fsync, write_text = os.fsync, Path.write_text

    def counted_fsync(handle: int) -> None:
        boundary()
        fsync(handle)

    def torn_write_text(path: Path, text: str) -> int:
        write_text(path, text[: len(text) // 2])
        boundary()
        return write_text(path, text)

    os.fsync, Path.write_text = counted_fsync, torn_write_text  # type: ignore[assignment]


def files_of(artifact: Artifact[str]) -> object:
    return verify(artifact.folder)["files"]


def main(folder: Path, prepare: Callable[[Path], None]) -> int:
    """Kill at boundary 1, 2, ... until a run survives; the number of kills."""
    environment()  # asks git once, before the first fork
    unbroken = [files_of(artifact) for artifact in study(folder / "unbroken")]
    for n in range(1, 1000):
        root = folder / str(n)
        prepare(root)
        child = os.fork()
        if child == 0:
            kill_before(n)
            study(root)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        check_nothing_half_is_trusted(root, unbroken)
        assert [files_of(artifact) for artifact in study(root)] == unbroken, n
        litter = [*root.glob("*/*.tmp"), *root.glob("*/*.work")]
        assert litter == [], (n, litter)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return n - 1
        assert os.WTERMSIG(status) == signal.SIGKILL
    raise AssertionError("no run survived")


def check_nothing_half_is_trusted(root: Path, unbroken: list[object]) -> None:
    """What passes as whole right after the kill is byte for byte what an unbroken run leaves."""
    for name, files in zip(("upstream", "train"), unbroken, strict=True):
        for folder in (root / name).glob("*"):
            try:
                assert verify(folder)["files"] == files
            except DataError:
                assert folder.suffix or is_damaged(folder)


def is_damaged(folder: Path) -> bool:
    return (folder / "c.bin").read_bytes().endswith(b"\1")


@pytest.mark.parametrize("scene", SCENES)
def test_a_kill_at_any_boundary_loses_nothing_and_leaves_no_litter(
    tmp_path: Path, scene: str
) -> None:
    command = [sys.executable, __file__, str(tmp_path), scene]
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=one_thread, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) > 15  # else the boundaries were not seen


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), SCENES[sys.argv[2]]))
