"""A process that ends when the one it works for is gone, so that a kill leaves no orphan."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

SECONDS = 0.5


def end_with(pid: int) -> None:
    """End this process as soon as process `pid` of this machine has ended; returns at once.

    The store survives such an end at any moment.
    """
    born = _birth(pid)

    def watch() -> None:
        while born is not None and _birth(pid) == born:
            time.sleep(SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def end_with_input() -> None:
    """End this process when its standard input does; returns at once.

    So it does if that is a pipe, and the process at the other end closes it, or dies.
    """

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1):
                pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _birth(pid: int) -> str | None:
    """When a living process was started, as the kernel counts it; None for one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]  # a zombie waits for its parent alone
