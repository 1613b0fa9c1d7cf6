"""Seconds, memory and exactness of the table codec: python scripts/codec_benchmark.py --rows N.

Encodes and decodes a table of thirteen columns of all kinds and prints JSON: seconds to fit, encode
and decode; the peak memory of the process, that of the table and of its code; the share of cells of
each column that come back exactly; and the largest error of the one that is on no grid, in its
standard deviations.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

import numpy as np
import pandas as pd

from synthlift.codecs.table import TableCodec
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, TableSchema
from synthlift.core.tables import conform

MIB = 2**20
KINDS = {
    "age": "integer",
    "gain": "integer",
    "rooms": "integer",
    "income": "integer",
    "price": "numeric",
    "length": "numeric",
    "measured": "numeric",
    "job": "categorical",
    "town": "categorical",
    "grade": "ordinal",
    "member": "boolean",
    "born": "datetime",
    "seen": "datetime",
}
WITH_MISSING = ("age", "price", "job", "member", "born")


def draw_table(n: int, seed: int) -> SampleSet:
    """A table of n rows: skewed and spiked numbers, decimals, dates, rare levels, missing cells."""
    rng = np.random.default_rng(seed)
    day = np.datetime64("1950-01-01", "us")
    cells: dict[str, Any] = {
        "age": np.clip(rng.gamma(6, 7, n).round(), 17, 90),
        "gain": np.where(rng.random(n) < 0.9, 0, rng.lognormal(8, 1, n).round()),
        "rooms": rng.integers(1, 8, n),
        "income": rng.integers(0, 1_000_000, n),
        "price": rng.lognormal(3, 1, n).round(2),
        "length": np.where(rng.random(n) < 0.4, rng.normal(1, 0.1, n), rng.normal(3, 1, n)).round(
            4
        ),
        "measured": rng.normal(size=n),
        "job": np.array([f"job {i}" for i in range(40)], object)[rng.integers(0, 40, n)],
        "town": np.array([f"town {i}" for i in range(500)], object)[
            np.minimum(rng.geometric(0.02, n), 499)
        ],
        "grade": np.array(["low", "middle", "high"], object)[rng.integers(0, 3, n)],
        "member": rng.random(n) < 0.3,
        "born": day + rng.integers(0, 25_000, n).astype("timedelta64[D]"),
        "seen": day + rng.integers(0, 10_000_000, n).astype("timedelta64[s]"),
    }
    for name in WITH_MISSING:
        cells[name] = pd.Series(cells[name]).astype(object).where(rng.random(n) >= 0.05, None)
    columns = tuple(Column(name, kind, _levels(cells[name], kind)) for name, kind in KINDS.items())
    table = conform(pd.DataFrame(cells), columns)
    schema = TableSchema(columns, ("no", "yes"))
    return SampleSet(schema, table, rng.integers(0, 2, n), np.arange(n, dtype=np.int64))


def _levels(cells: Any, kind: str) -> tuple[str, ...]:
    if kind == "ordinal":
        return ("low", "middle", "high")
    return tuple(sorted(pd.Series(cells).dropna().unique())) if kind == "categorical" else ()


def measure(n: int, seed: int) -> dict[str, Any]:
    """Fit, encode and decode a table of n rows, and say what it took."""
    samples = draw_table(n, seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = [time.perf_counter()]
    codec = TableCodec.fit(samples)
    seconds.append(time.perf_counter())
    encoded = codec.encode(samples)
    seconds.append(time.perf_counter())
    decoded = codec.decode(encoded)
    seconds.append(time.perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    fit, encode, decode = np.diff(seconds).round(2).tolist()
    same = (decoded == samples.table).fillna(False) | (decoded.isna() & samples.table.isna())
    errors = (decoded["measured"] - samples.table["measured"]).abs()
    return {
        "rows": n,
        "columns": len(KINDS),
        "width": codec.code.shape[0],
        "seconds": {"fit": fit, "encode": encode, "decode": decode},
        "mib": {
            "table": round(samples.table.memory_usage(deep=True).sum() / MIB),
            "code": round(encoded.nbytes / MIB),
            "peak_before": round(before),
            "peak": round(peak),
        },
        "exact": {f"{name} ({kind})": float(same[name].mean()) for name, kind in KINDS.items()},
        "largest_error": {"measured": float(errors.max() / samples.table["measured"].std())},
    }


def main() -> None:
    """Print the measurements as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(json.dumps(measure(given.rows, given.seed), indent=1))


if __name__ == "__main__":
    main()
