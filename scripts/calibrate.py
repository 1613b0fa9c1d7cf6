"""The instrument tests itself: studies whose true lift is known, judged by the package's `compare`.

Prints JSON on standard output (false_positive_rate, coverage and power, each with its Wilson
interval) and a table on standard error. Without a mode it runs one cell:

    python scripts/calibrate.py --studies 200 --null exchangeable --n 50 --seed 0
    python scripts/calibrate.py --studies 200 --effect 3 --regime fixed_test --n 300
    python scripts/calibrate.py --studies 30 --null same_generator --generator cgan

Nulls: in `exchangeable` the arms see other features of the same strength, so that they differ in
every dataset and not in the population; in `same_generator` both add samples of one generator,
drawn (cgan: and trained) with other seeds; in `placebo` a net meets its own rows again in the
synthetic slot. --effect plants a true lift on the exchangeable design: that of the method, the mean
over training sets.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from calibrate_cells import Cell, run_cell
from calibrate_sequences import run_looks, run_sweep
from calibrate_studies import NULLS
from calibrate_table import run_table, show

from synthlift.core.errors import ConfigError, SynthliftError

SIZES = (50, 150, 300)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for; 1 after an error that the user can mend."""
    args = read_arguments(argv)
    started = time.monotonic()
    try:
        found = run(args)
    except SynthliftError as error:
        print(f"calibrate: {error}", file=sys.stderr)
        return 1
    print(show(found), file=sys.stderr)
    print(f"{time.monotonic() - started:.1f} s", file=sys.stderr)
    print(json.dumps(found, indent=2, allow_nan=False))
    return 0


def run(args: argparse.Namespace) -> Any:
    """The records of one cell, of the table, of a sweep or of looks."""
    for name, least in (("studies", 1), ("workers", 1)):
        if getattr(args, name) < least:
            raise ConfigError(f"--{name} is at least {least}, not {getattr(args, name)}")
    if args.table:
        return run_table(args.table, args.studies, args.seed, args.workers)
    cell = Cell(args.null, args.effect, args.regime, args.n, args.generator, args.seed)
    check(cell)
    if args.sweep is not None:
        return run_sweep(cell, args.sweep, args.studies, args.workers)
    if args.looks is not None:
        return run_looks(cell, args.looks, args.studies, args.workers)
    return run_cell(cell, args.studies, args.workers)


def check(cell: Cell) -> None:
    """A ConfigError for settings that have no meaning together."""
    if cell.effect and cell.null != "exchangeable":
        raise ConfigError(
            f"--effect={cell.effect:g} is planted on the exchangeable design, not on "
            f"{cell.null}; leave --null away, or take --effect=0"
        )
    if cell.generator == "cgan" and cell.null != "same_generator":
        raise ConfigError(
            f"--generator=cgan serves --null=same_generator, not {cell.null}: the network is "
            "trained twice on the same rows"
        )


def read_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line; --help explains it."""
    words, _, more = str(__doc__).partition("\n")
    parser = argparse.ArgumentParser(
        "calibrate", description=words + "\n" + more, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--studies", type=int, default=200, help="how many, of each cell (default: 200)")
    add("--null", choices=[*NULLS], default="exchangeable", help="default: exchangeable")
    add("--effect", type=float, default=0.0, help="true lift in points (default: 0, a null)")
    add("--regime", choices=["small_pool", "fixed_test"], default="small_pool")
    add(
        "--n",
        type=int,
        choices=SIZES,
        default=150,
        help="labelled rows of a study (default: 150). small_pool: all there are, split 60/20/20\n"
        "in every repeat. fixed_test: train and valid rows of one repeat, 3 to 1, out of a pool\n"
        "of 4 n rows, of which half are the test",
    )
    add("--seed", type=int, default=0, help="the same seed gives the same bytes (default: 0)")
    add(
        "--generator",
        choices=["bootstrap", "cgan"],
        default="bootstrap",
        help="of same_generator: the smoothed bootstrap, or the real cgan through the package's\n"
        "stages, a study of which takes a minute rather than a tenth of a second",
    )
    add("--workers", type=int, default=1, help="processes, of one thread each (default: 1)")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--table",
        type=Path,
        metavar="FOLDER",
        help="all cells: both regimes, all nulls, effects of 1, 2, 3 and 5 pt, all sizes; writes\n"
        "table.md and table.json there, and goes on with a table that was interrupted",
    )
    mode.add_argument(
        "--sweep",
        type=int,
        metavar="K",
        help="choose on valid rows among K candidates of no true lift, judge the chosen one; and\n"
        "what the best on test rows would have seemed to be",
    )
    mode.add_argument(
        "--looks",
        type=int,
        metavar="CAP",
        help="look at a third, two thirds and all of CAP repeats, and stop at a verdict; and what\n"
        "looking at 6 repeats, then at 12, would have come to",
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main())
