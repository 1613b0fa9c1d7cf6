"""Which GPU a process may work on now: a file lock for each place on each device.

The locks lie in a folder of this machine and user. The kernel frees them when their process ends,
however it does.
"""

from __future__ import annotations

import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from synthlift.core.errors import ConfigError

POLL_SECONDS = 0.2


@dataclass
class _Hold:
    """A place that this process has, and how many of its stages work there."""

    lock: FileLock
    users: int


_held: dict[Path, _Hold] = {}  # by the name of a device, in the folder of the locks
_guard = threading.Lock()  # of _held
_asking = threading.Lock()  # so that the threads of a process ask one after another
_last: list[Path] = []  # devices that this process had, the latest first


@contextmanager
def lease(
    devices: Sequence[str], n: int = 1, share: int = 1, folder: Path | None = None
) -> Iterator[list[int]]:
    """Wait for places on n of these devices and keep them while the block lasts; their positions.

    devices: names that are the same in every process. share: places on each; all free devices get a
    first process before one gets a second. The device that this process had last comes first, and
    one that it still has costs no wait, so a lease within a lease is safe. Whoever waits for
    several holds back all others, so that it is not starved.
    """
    root = folder or locks_folder()
    names = [root / name.replace("/", "_") for name in devices]
    with _asking:
        chosen = _join_held(names, n)
        try:
            if len(chosen) < n:
                _collect(root, names, n, share, chosen)
        except BaseException:
            _release(chosen)
            raise
    try:
        yield [names.index(name) for name in chosen]
    finally:
        _release(chosen)


def free_places(devices: Sequence[str], share: int, folder: Path | None = None) -> list[int]:
    """How many of the places on each device nobody has now."""
    root, free = folder or locks_folder(), []
    for name in devices:
        locks = [_try(root / name.replace("/", "_"), slot) for slot in range(share)]
        free.append(sum(lock is not None for lock in locks))
        for lock in filter(None, locks):
            lock.release()
    return free


def locks_folder() -> Path:
    """The folder of the locks, made if need be; a ConfigError where it is another's."""
    folder = Path(tempfile.gettempdir()) / f"synthlift-{os.getuid()}-devices"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise ConfigError(
            f"can't make {folder} ({error.strerror}), where processes agree on who uses which GPU; "
            "set TMPDIR to a folder that you can write"
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise ConfigError(
            f"{folder}, where processes agree on who uses which GPU, is not a folder that is yours "
            "alone; remove it, or set TMPDIR to another folder"
        )
    return folder


def _join_held(names: Sequence[Path], n: int) -> list[Path]:
    """Up to n of the devices that this process has already."""
    with _guard:
        chosen = [name for name in names if name in _held][:n]
        for name in chosen:
            _held[name].users += 1
    return chosen


def _collect(root: Path, names: Sequence[Path], n: int, share: int, chosen: list[Path]) -> None:
    """Add to `chosen` until it has n devices."""
    turn = FileLock(root / "turn.lock", thread_local=False)
    wants_several = n - len(chosen) > 1
    while len(chosen) < n:
        with turn.acquire(poll_interval=POLL_SECONDS):
            while True:
                _take_free(names, n, share, chosen)
                if len(chosen) == n or not wants_several:
                    break
                time.sleep(POLL_SECONDS)
        if len(chosen) < n:
            time.sleep(POLL_SECONDS)


def _take_free(names: Sequence[Path], n: int, share: int, chosen: list[Path]) -> None:
    order = sorted(names, key=lambda name: _last.index(name) if name in _last else len(_last))
    for slot in range(share):
        for name in order:
            if len(chosen) == n:
                return
            if name not in chosen and (lock := _try(name, slot)):
                chosen.append(name)
                with _guard:
                    _held[name] = _Hold(lock, 1)


def _try(name: Path, slot: int) -> FileLock | None:
    """One place on a device, if it is free."""
    lock = FileLock(f"{name}-{slot}.lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock


def _release(chosen: list[Path]) -> None:
    with _guard:
        for name in chosen:
            hold = _held[name]
            hold.users -= 1
            if not hold.users:
                del _held[name]
                hold.lock.release()
            if name in _last:
                _last.remove(name)
            _last.insert(0, name)
