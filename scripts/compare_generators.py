"""Every generator on the same splits: scripts/compare_generators.py --help.

Runs one study per generator, all on one store, so the arms without synthetic data are trained once,
and prints a table of

adherence  share of samples that a classifier of real rows gives the label they carry
copies     share of samples closer to a train row than 99 % of the train rows are to one another
diversity  how much samples of a class differ, real ones being 1
synthetic  accuracy on test rows of a classifier that saw samples alone, %
lift       of real_synthetic over real, and of augmented_synthetic over augmented, points
seconds    of one training of the generator, mean over the repeats

with the worst repeat of the first three in brackets; in the end DIR/grids.png shows a grid of each,
side by side. Settings after the options go to every study:

    scripts/compare_generators.py --generators cgan dcgan --out DIR generator.steps=1000
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from synthlift.core.manifest import verify
from synthlift.stored import read_repeat

IMAGES = ("mlp", "conv", "dcgan", "acgan", "cgan", "resnet")
ARMS = "real,real_synthetic,synthetic,placebo,augmented,augmented_synthetic,augmented_placebo"
WORST = {"label_adherence": min, "copies": max, "diversity": min}
HEAD = "| generator | adherence | copies | diversity | synthetic only | {} | {} | seconds |"
PRIMARY = (("real_synthetic", "real"), ("augmented_synthetic", "augmented"))


def main() -> None:
    """Run the studies one after another and print a row for each as soon as it is there."""
    options, settings = _options()
    print(HEAD.format(*(f"`{arm}` over `{baseline}`" for arm, baseline in PRIMARY)))
    print("|---" * 8 + "|")
    for generator in options.generators:
        run = options.out / generator
        words = [f"generator={generator}", f"arm=[{ARMS}]", *settings]
        where = [f"store={options.out / 'store'}", f"hydra.run.dir={run}"]
        command = [sys.executable, "-m", "synthlift", *words, *where]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{shlex.join(words)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        print(_row(generator, run, json.loads((run / "report.json").read_text())), flush=True)
    _tile_grids(options.out, options.generators)


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--generators", nargs="+", default=IMAGES)
    parser.add_argument("--out", type=Path, required=True, help="folder of the store and the runs")
    return parser.parse_known_args()


def _row(generator: str, run: Path, report: dict[str, Any]) -> str:
    """A row of the table, from report.json and from what the store says of the trainings."""
    fidelity = [_with_worst(report, name) for name in WORST]
    alone = report["arms"]["synthetic"]["accuracy"]
    lifts = [_lift(report, arm, baseline) for arm, baseline in PRIMARY]
    seconds = np.mean([_seconds(run, repeat) for repeat in range(report["n_repeats"])])
    cells = [f"`{generator}`", *fidelity, _interval(alone, "{:.1f}"), *lifts, f"{seconds:.0f}"]
    return f"| {' | '.join(cells)} |"


def _with_worst(report: dict[str, Any], name: str) -> str:
    values = [row[name] for row in report["fidelity_by_repeat"] if row.get(name) is not None]
    return f"{np.mean(values):.3f} ({WORST[name](values):.3f})"


def _lift(report: dict[str, Any], arm: str, baseline: str) -> str:
    (lift,) = (
        lift
        for lift in report["lifts"]
        if (lift["arm"], lift["baseline"], lift["metric"]) == (arm, baseline, "accuracy")
    )
    return f"{_interval(lift, '{:+.1f}')} {lift['verdict'].replace('_', ' ')}"


def _interval(value: dict[str, Any], form: str) -> str:
    """'mean [low, high]' in percent or points; the mean alone below three repeats."""
    mean, *ends = (value[key] and form.format(100 * value[key]) for key in ("mean", "low", "high"))
    return f"{mean} [{', '.join(ends)}]" if None not in ends else mean


def _seconds(run: Path, repeat: int) -> float:
    return float(verify(read_repeat(run, repeat).generator.folder)["seconds"])


def _tile_grids(out: Path, generators: list[str]) -> None:
    """Write grids.png: the last grid of the first repeat of every generator, side by side."""
    grids = []
    for generator in generators:
        folder = read_repeat(out / generator, None).generator.folder / "grids"
        grids.append(Image.open(sorted(folder.glob("step_*.png"))[-1]).convert("RGB"))
    width = sum(grid.width + 8 for grid in grids) - 8
    sheet = Image.new("RGB", (width, max(grid.height for grid in grids)), "white")
    left = 0
    for grid in grids:
        sheet.paste(grid, (left, 0))
        left += grid.width + 8
    sheet.save(out / "grids.png")


if __name__ == "__main__":
    main()
