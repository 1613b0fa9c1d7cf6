"""What a shared store and two cores save a sweep: python scripts/compare_sweeps.py.

Prints a table of JSON lines, each with its seconds, all of one run of this script:
- downstream: a sweep over 12 settings that follow the GAN, in one store, against the same 12
  studies each in a store of its own; GAN trainings, and the ratio of the seconds. Of the sweep
  `jobs` are its 12 jobs alone; the whole command also runs the chosen one on fresh repeats, a GAN
  each.
- again: a finished sweep of --jobs jobs issued again, against running it.
- at_once: two jobs that share nothing but their rows, under joblib with n_jobs=2, against one
  after the other; jobs per second from the start of the command to the end of its last job.
--parts chooses among them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from rehearsal import SIX, SMALL, Rehearsal, axes, count_artifacts, finished_artifacts, one_thread

DOWNSTREAM = {
    "arm.real_synthetic.weight": (0.1, 0.25, 0.5),
    "generation.n_per_class": (10, 20),
    "classifier.cnn.steps": (20, 40),
}
JOBLIB = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
PARTS = ("downstream", "again", "at_once")


def jobs_seconds(folder: Path, started: float) -> float:
    """From a moment of the clock to the end of the last job of a sweep."""
    return max(path.stat().st_mtime for path in folder.glob("*/job.json")) - started


def small(given: argparse.Namespace, *words: str) -> tuple[str, ...]:
    """The settings of the small study, and these."""
    return (*SMALL, f"n_repeats={given.repeats}", *words)


def compare_downstream(given: argparse.Namespace, place: Path) -> dict[str, Any]:
    """Twelve settings that need the same GANs: one store against twelve."""
    words = small(given, f"generator.steps={given.steps}")
    swept = [f"{name}={','.join(map(str, values))}" for name, values in DOWNSTREAM.items()]
    store, folder, started = place / "shared" / "store", place / "shared" / "sweep", time.time()
    seconds = Rehearsal((*words, *swept)).run(store, folder)
    jobs = jobs_seconds(folder, started)
    alone, n_separate = 0.0, 0
    for n, values in enumerate(product(*DOWNSTREAM.values())):
        point = [f"{name}={value}" for name, value in zip(DOWNSTREAM, values, strict=True)]
        own = place / f"own_{n}"
        alone += run_study((*words, *point), own)
        n_separate += count_artifacts(own / "store", "fit_generator")
    trainings = {
        "repeats": given.repeats,
        "jobs": count_trained_by(store, started + jobs),
        "whole_sweep": count_artifacts(store, "fit_generator"),
        "separate": n_separate,
    }
    return {
        "gan_trainings": trainings,
        "seconds": round(seconds, 1),
        "jobs_seconds": round(jobs, 1),
        "separate_seconds": round(alone, 1),
        "ratio": round(alone / jobs, 2),
        "ratio_of_whole_command": round(alone / seconds, 2),
    }


def run_study(words: Sequence[str], place: Path) -> float:
    """Run one study in a store and folder of its own; the seconds."""
    where = [f"store={place / 'store'}", f"hydra.run.dir={place / 'run'}"]
    started = time.monotonic()
    command = [sys.executable, "-m", "synthlift", *words, *where]
    done = subprocess.run(command, env=one_thread(), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return time.monotonic() - started


def count_trained_by(store: Path, moment: float) -> int:
    """GANs whose training was finished at a moment of the clock."""
    finished = finished_artifacts(store).items()
    return sum(n.startswith("fit_generator/") and t <= moment * 1e9 for n, (_, t) in finished)


def compare_again(given: argparse.Namespace, place: Path) -> dict[str, Any]:
    """The same sweep twice, the second time with a new folder."""
    sweep = Rehearsal((*small(given), *axes(given.jobs, given.steps)))
    first, again = (sweep.run(place / "store", place / f"sweep_{n}") for n in (1, 2))
    ratio = round(first / again, 1)
    return {"jobs": given.jobs, "first": round(first, 1), "again": round(again, 1), "ratio": ratio}


def compare_at_once(given: argparse.Namespace, place: Path) -> dict[str, Any]:
    """Two jobs with a GAN each, one after the other and at once, one thread each."""
    words = small(given, "compute.threads=1")
    words = (*words, f"generator.steps={given.pair_steps},{given.pair_steps + 1}")
    seconds = {}
    for name, launcher in (("one_after_the_other", ()), ("at_once", JOBLIB)):
        folder, started = place / name / "sweep", time.time()
        Rehearsal((*words, *launcher)).run(place / name / "store", folder)
        seconds[name] = jobs_seconds(folder, started)
    ratio = round(seconds["one_after_the_other"] / seconds["at_once"], 2)
    return {**{name: round(value, 1) for name, value in seconds.items()}, "ratio": ratio}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts that are asked for, a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--parts", nargs="+", choices=PARTS, default=PARTS)
    add("--steps", type=int, default=2000, help="of every GAN but those of at_once")
    add("--pair-steps", type=int, default=4000, help="of the two GANs of at_once")
    add("--repeats", type=int, default=2, help="of every study")
    add("--jobs", type=int, default=24, choices=range(SIX, 10 * SIX, SIX), metavar="N")
    add("--keep", type=Path, help="folder to work in and to keep")
    given = parser.parse_args(arguments)
    place = (given.keep or Path(tempfile.mkdtemp(prefix="compare_sweeps_"))).absolute()
    measures = dict(zip(PARTS, (compare_downstream, compare_again, compare_at_once), strict=True))
    for part in given.parts:
        print(json.dumps({"part": part, **measures[part](given, place / part)}), flush=True)
    if not given.keep:
        shutil.rmtree(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
