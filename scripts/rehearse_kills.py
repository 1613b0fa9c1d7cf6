"""A sweep that is killed again and again ends as if it never was: python scripts/rehearse_kills.py.

Runs a sweep of 24 jobs to its end in one store. In another one it is killed (SIGKILL, its main
process alone) at 20 random points, which are numbers of finished artifacts and some time more, and
issued again each time with a new folder; then it may end. A point that it has passed when it is
issued again hits it as it starts. --launcher does the same under a launcher of Hydra, --search N
with N trials of an Optuna search with sqlite storage.

Prints a line per kill and at the end the counts: kills; artifacts; differences, the places where
the numbers of the two sweeps differ (reports, trials, sweep.csv, of a search its best and its
trials too); made_twice, finished artifacts that were written again; set_aside, artifacts found
damaged; orphans, processes alive --grace
seconds after their sweep was killed, or after the last had ended.
Exit status 1 if one of the last four is not 0, or a kill missed.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal import (
    SIX,
    SMALL,
    Rehearsal,
    axes,
    differences,
    finished_artifacts,
    last_words,
    outliving,
    table,
)

SEARCH = (
    "hydra/sweeper=optuna",
    "hydra.sweeper.sampler.seed=0",
    "hydra.sweeper.direction=maximize",
    "objective={_target_: synthlift.sweeps.objective.Objective, arm: real_synthetic}",
    "arm.real_synthetic.weight=interval(0.05,0.5)",
    "generation.n_per_class=range(10,30,step=5)",
)
FAULTS = ("differences", "made_twice", "set_aside", "orphans")


@dataclass
class Watched:
    """A store whose finished artifacts must stay as they are."""

    store: Path
    known: dict[str, tuple[int, int]] = field(default_factory=dict)
    made_twice: int = 0

    def look(self) -> int:
        """Compare with the last look; how many artifacts there are."""
        now = finished_artifacts(self.store)
        self.made_twice += sum(now.get(name) != facts for name, facts in self.known.items())
        self.known |= now
        return len(now)

    @property
    def set_aside(self) -> int:
        return len([*self.store.glob("damaged/*")])


def words_of(given: argparse.Namespace, storage: Path) -> tuple[str, ...]:
    """The settings of the sweep that is asked for."""
    words = [*SMALL, f"n_repeats={given.repeats}"]
    if given.launcher != "basic":
        words.append(f"hydra/launcher={given.launcher}")
    if given.launcher == "joblib":
        words.append(f"hydra.launcher.n_jobs={given.at_once}")
    if given.search:
        words += [*SEARCH, f"hydra.sweeper.n_trials={given.search}"]
        words += [f"hydra.sweeper.n_jobs={given.at_once if given.launcher != 'basic' else 1}"]
        words += [f"hydra.sweeper.storage=sqlite:///{storage}", "generator.steps=20"]
        return tuple(words)
    return (*words, *axes(given.jobs, 20))


def kill_at(sweep: Rehearsal, watched: Watched, folder: Path, point: int, late: float) -> bool:
    """Kill a sweep `late` seconds after so many artifacts were finished; whether it still ran."""
    process = sweep.start(watched.store, folder)
    while process.poll() is None and watched.look() < point:
        time.sleep(0.05)
    due = time.monotonic() + late
    while process.poll() is None and time.monotonic() < due:
        time.sleep(0.02)
    process.kill()
    status = process.wait()
    if status not in (0, -9):
        sys.exit(f"exit status {status}: {last_words(folder)}")
    return status == -9


def best_and_trials(folder: Path, storage: Path) -> dict[str, Any]:
    """What a search found: the file that Hydra leaves, and the last study of its storage."""
    import optuna
    import yaml

    found = yaml.safe_load((folder / "optimization_results.yaml").read_text())
    url = f"sqlite:///{storage}"
    last = optuna.get_all_study_summaries(url)[-1].study_name
    study = optuna.load_study(study_name=last, storage=url)
    trials = [[trial.number, trial.params, trial.values] for trial in study.trials]
    return {"search_best": found, "search_trials": trials}


def outcome(folder: Path, storage: Path, search: bool) -> dict[str, Any]:
    """All that must be the same, killed or not."""
    return table(folder) | (best_and_trials(folder, storage) if search else {})


def rehearse(given: argparse.Namespace, place: Path) -> dict[str, Any]:
    """Both sweeps; the counts."""
    rng, search = random.Random(given.seed), bool(given.search)
    whole, broken = place / "whole", Watched(place / "broken" / "store")
    unbroken = Rehearsal(words_of(given, whole / "studies.db"))
    seconds = unbroken.run(whole / "store", whole / "sweep")
    n_artifacts = len(finished_artifacts(whole / "store"))
    print(f"unbroken: {seconds:.0f} s, {n_artifacts} artifacts", flush=True)
    points = sorted(rng.choices(range(n_artifacts), k=given.kills))
    storage = place / "broken" / "studies.db"
    sweep, orphans, hit = Rehearsal(words_of(given, storage)), 0, 0
    for n, point in enumerate(points):
        late = rng.uniform(0, given.late)
        was_running = kill_at(sweep, broken, place / "broken" / f"sweep_{n}", point, late)
        left, gone = outliving(broken.store, given.grace)
        hit, orphans = hit + was_running, orphans + len(left)
        words = f"killed at {broken.look()} artifacts, {late:.1f} s after {point}"
        words = words if was_running else "it had ended"
        print(f"{n + 1}: {words}; its processes were gone in {gone:.1f} s", *left, flush=True)
    last = place / "broken" / "sweep_last"
    seconds = sweep.run(broken.store, last)
    print(f"the last one: {seconds:.0f} s", flush=True)
    n_found, (left, _) = broken.look(), outliving(broken.store, given.grace)
    found = outcome(last, storage, search)
    different = differences(found, outcome(whole / "sweep", whole / "studies.db", search))
    print(*different[:10], sep="\n", end="\n" if different else "")
    return {
        "kills": hit,
        "artifacts": n_found,
        "jobs": len(found["jobs"]),
        "differences": len(different),
        "made_twice": broken.made_twice,
        "set_aside": broken.set_aside,
        "orphans": orphans + len(left),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Rehearse and print; the exit status is 0 if the killed sweep ended like the unbroken one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--kills", type=int, default=20)
    add("--jobs", type=int, default=24, choices=range(SIX, 10 * SIX, SIX), metavar="N")
    add("--launcher", choices=("basic", "joblib", "submitit_local"), default="basic")
    add("--at-once", type=int, default=2, help="jobs at once, of joblib and of a search")
    add("--search", type=int, metavar="N", help="an Optuna search of N trials instead of 24 jobs")
    add("--repeats", type=int, default=2, help="of each study")
    add("--late", type=float, default=4.0, help="seconds after a point, at most")
    add("--grace", type=float, default=5.0, help="seconds in which orphans have to end")
    add("--seed", type=int, default=0)
    add("--keep", type=Path, help="folder to work in and to keep")
    given = parser.parse_args(arguments)
    place = given.keep or Path(tempfile.mkdtemp(prefix="rehearse_kills_"))
    counts = rehearse(given, place.absolute())
    print(json.dumps(counts))
    if not given.keep:
        shutil.rmtree(place)
    return int(any(counts[name] for name in FAULTS) or counts["kills"] < given.kills)


if __name__ == "__main__":
    sys.exit(main())
