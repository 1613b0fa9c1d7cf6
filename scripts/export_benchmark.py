"""Seconds and peak memory of exports: python scripts/export_benchmark.py RUN [FORMAT ...].

Each export of 1,000 and of 10,000 samples (at least one of each class) runs in a process of its
own; the peak includes torch.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (1_000, 10_000)


def measure(run: Path, to: str, n: int) -> str:
    """Export about n samples and say what it took."""
    from synthlift.export import export
    from synthlift.stored import read_repeat

    n_per_class = max(n // read_repeat(run, None).schema.n_classes, 1)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        out = export(run, to, n_per_class, Path(folder) / "out")
        seconds = time.perf_counter() - started
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{to:<12} {n:>7,} samples {seconds:6.1f} s {peak:6.0f} MiB {size / 1e6:8.1f} MB"


def main() -> None:
    """Measure what the command line names: one process per format and size."""
    if sys.argv[1:2] == ["--one"]:
        print(measure(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
        return
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    run, *formats = sys.argv[1:]
    for to in formats or ["imagefolder", "npz", "csv", "parquet"]:
        for n in SIZES:
            command = [sys.executable, __file__, "--one", run, to, str(n)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
