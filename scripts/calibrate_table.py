"""The calibration table: every cell in a file of its own, so that an interrupted one goes on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from calibrate_cells import Cell, Record, run_cell
from calibrate_studies import NULLS

from synthlift.core.disk import disk_explained

REGIMES = ("small_pool", "fixed_test")
EFFECTS = (1.0, 2.0, 3.0, 5.0)
SIZES = (50, 150, 300)
SETTINGS = ("null", "effect", "regime", "n", "generator", "seed", "studies")


def cells(seed: int) -> Iterator[Cell]:
    """Both regimes, every null and every effect at every size."""
    kinds = [(null, 0.0) for null in NULLS] + [("exchangeable", effect) for effect in EFFECTS]
    for regime, (null, effect), n in product(REGIMES, kinds, SIZES):
        yield Cell(null, effect, regime, n, "bootstrap", seed)


def run_table(folder: Path, studies: int, seed: int, workers: int) -> list[Record]:
    """Every cell, from its file where the same settings have been run before."""
    wanted, found = [*cells(seed)], []
    with disk_explained(folder):
        (folder / "cells").mkdir(parents=True, exist_ok=True)
        for i, cell in enumerate(wanted, 1):
            path = folder / "cells" / f"{cell.name}-seed_{seed}-studies_{studies}.json"
            if not path.exists():
                _write(path, json.dumps(run_cell(cell, studies, workers), indent=2))
            found.append(json.loads(path.read_text()))
            print(f"{i} of {len(wanted)}: {line(found[-1])}", file=sys.stderr, flush=True)
        _write(folder / "table.json", json.dumps(found, indent=2))
        _write(folder / "table.md", markdown(found))
    return found


def _write(path: Path, text: str) -> None:
    """All of it or nothing, so that a kill leaves no half of a cell."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text + "\n")
    os.replace(temporary, path)


COLUMNS = (
    "regime",
    "studies of",
    "n",
    "studies",
    "false positives",
    "coverage",
    "power",
    "false verdicts",
    "undecided",
    "mean lift, pt",
    "half-width, pt",
    "visible, pt",
)


def row(record: Record) -> list[str]:
    """One cell of the table in words, under COLUMNS."""
    kind = f"a lift of {record['effect']:g} pt" if record["effect"] else record["null"]
    if record["generator"] == "cgan":
        kind += ", cgan"
    mean, error = record["mean_lift_pt"].values()
    return [
        record["regime"].replace("_", " "),
        kind,
        str(record["n"]),
        str(record["studies"]),
        *(percent(record[name]) for name in ("false_positive_rate", "coverage", "power")),
        percent(record["false_verdicts"]),
        f"{100 * record['verdicts'].get('undecided', 0):.1f} %",
        f"{mean:+.2f}" + ("" if error is None else f" ± {1.96 * error:.2f}"),
        decimal(record["mean_half_width_pt"]),
        decimal(record["mean_visible_pt"]),
    ]


def percent(rate: dict[str, Any] | None) -> str:
    """A rate with its Wilson interval."""
    if rate is None:
        return "-"
    low, high = 100 * rate["low"], 100 * rate["high"]
    return f"{100 * rate['value']:.1f} % ({low:.1f} to {high:.1f})"


def decimal(value: float | None) -> str:
    """Points with one decimal."""
    return "-" if value is None else f"{value:.1f}"


def line(record: Record) -> str:
    """One cell in a line."""
    return "  ".join(row(record))


def markdown(records: Sequence[Record]) -> str:
    """The table, for people: rates with their Wilson intervals, lifts with twice their error."""
    rows = [COLUMNS, ["---"] * len(COLUMNS), *map(row, records)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def show(found: Any) -> str:
    """Records of cells as an aligned table; of a sweep or of looks, line by line."""
    if isinstance(found, dict) and "verdicts" not in found:
        return "\n".join(f"{name}: {_words(value)}" for name, value in found.items())
    rows = [list(COLUMNS), *map(row, found if isinstance(found, list) else [found])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(r, widths, strict=True)).rstrip()
        for r in rows
    )


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return (
            percent(value)
            if "low" in value
            else ", ".join(f"{name} {_words(item)}" for name, item in value.items())
        )
    return str(value)
