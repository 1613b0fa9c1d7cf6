"""Many processes on one store, some of them killed: a slice of scripts/stress_store.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parents[2] / "scripts"
SLICE = ["--processes", "8", "--same", "5", "--kills", "2", "--work", "0.2"]
UNLOCKED = """
import contextlib, sys
sys.path.insert(0, sys.argv.pop(1))
import stress_store, synthlift.core.store
synthlift.core.store.FileLock = lambda *path, **timeout: contextlib.nullcontext()
sys.exit(stress_store.main())
"""


def stress(*command: str) -> tuple[int, dict[str, Any]]:
    """The exit status, and the counts of the last line."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    words = [sys.executable, *command, *SLICE]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def test_processes_that_share_a_store_and_are_killed_leave_it_whole() -> None:
    status, counts = stress(str(SCRIPTS / "stress_store.py"), "--rounds", "2")
    assert counts.pop("kills") >= 2
    assert counts.pop("rounds") == 2
    assert counts.pop("artifacts") == 8
    assert counts == dict.fromkeys(counts, 0)
    assert status == 0


def test_a_store_without_locks_would_be_found_out() -> None:
    status, counts = stress("-c", UNLOCKED, str(SCRIPTS), "--rounds", "1")
    assert counts["made_twice"] + counts["interleaved"] + counts["errors"] > 0
    assert status == 1
