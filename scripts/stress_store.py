"""Many processes on one store, some of them killed: python scripts/stress_store.py --rounds 50.

In every round 16 processes run a toy stage on one store, 8 of them with the same key, and 4 are
killed (SIGKILL) at random moments and then run again. Prints the counts every 10 rounds, and at the
end all of them: rounds, kills that hit a living process, and the faults, each of which must be 0.

interleaved: artifacts that do not verify, or whose files are not whole and of one writer; read by
every process as soon as it has one, and once more at the end. deadlocks: processes that did not end
in --seconds. errors: those that ended with one. made_twice: writers that began a stage after it was
finished. locks_left: locks still held when all have ended. litter: half-written folders left then.
Exit status 1 if any is not 0.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from synthlift.core.errors import DataError
from synthlift.core.manifest import MANIFEST, environment, verify
from synthlift.core.store import Place, Store, stage

FAULTS = ("interleaved", "deadlocks", "errors", "made_twice", "locks_left", "litter")
N_FILES, N_LINES = 3, 40
TORN = 2  # exit status of a process that was given something that is not whole


@dataclass(frozen=True)
class Sheets:
    """What is made: some files of lines, every one signed by its writer."""

    round: int
    name: str


def check_sheets(folder: Path, *inputs: Sheets) -> bool:
    """Whether every file is whole, and all of them are of one writer."""
    texts = [(folder / "deep" / f"{n}.txt").read_text() for n in range(N_FILES)]
    lines = [line for text in texts for line in text.splitlines()]
    return len(set(lines)) == 1 and len(lines) == N_FILES * N_LINES


@stage(version=1, read=check_sheets)
def write_sheets(recipe: Sheets, *, place: Place, ledger: Path, seconds: float) -> None:
    """Sign every line with the process at work, and take about so many seconds over it."""
    finished = (place.folder.with_suffix("") / MANIFEST).exists()
    note(ledger, "again" if finished else "begin", recipe.name)
    (place.scratch / f"{os.getpid()}.txt").write_text("a checkpoint")
    (place.folder / "deep").mkdir()
    for n in range(N_FILES):
        with (place.folder / "deep" / f"{n}.txt").open("a") as file:
            for _ in range(N_LINES):
                print(os.getpid(), file=file, flush=True)
                time.sleep(seconds / (N_FILES * N_LINES))


def note(ledger: Path, what: str, name: str) -> None:
    """Append one line to a file that all processes share; each is written whole."""
    handle = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{what} {name} {os.getpid()}\n".encode())
    os.close(handle)


def count_remade(ledger: Path) -> int:
    """Writers that began a stage which was already there, or had been handed to somebody."""
    done, n = set(), 0
    for line in ledger.read_text().splitlines():
        what, name, _ = line.split()
        if what == "done":
            done.add(name)
        n += what == "again" or (what == "begin" and name in done)
    return n


def start(root: Path, recipe: Sheets, ledger: Path, seconds: float) -> int:
    """Fork a process that asks the store for the sheets, and reads them; its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        status = ask(root, recipe, ledger, seconds)
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def ask(root: Path, recipe: Sheets, ledger: Path, seconds: float) -> int:
    """Have the sheets made or found; 0 if what the store gives is whole, else TORN."""
    made = Store(root).run(write_sheets, recipe, ledger=ledger, seconds=seconds)
    note(ledger, "done", recipe.name)
    try:
        verify(made.folder)
        return 0 if made.read() else TORN
    except (DataError, OSError):
        return TORN


def wait(child: int, until: float) -> int | None:
    """The status of a process that ends by then, negative for a signal; else None, and killed."""
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def kill_some(children: Sequence[int], n: int, seconds: float, rng: random.Random) -> set[int]:
    """Kill n of these processes at random moments within so many seconds; whom it hit living."""
    hit: set[int] = set()
    started = time.monotonic()
    for moment in sorted(rng.uniform(0, seconds) for _ in range(n)):
        time.sleep(max(0.0, started + moment - time.monotonic()))
        living = [child for child in children if child not in hit and is_living(child)]
        if living:
            child = rng.choice(living)
            os.kill(child, signal.SIGKILL)
            hit.add(child)
    return hit


def is_living(child: int) -> bool:
    """Whether a process of ours has not ended; its status is left to be read."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def run_round(
    root: Path, number: int, given: argparse.Namespace, rng: random.Random
) -> Counter[str]:
    """Start all, kill some, run these again; the faults of this round and the kills that hit."""
    ledger = root.parent / f"ledger_{number}.txt"
    names = ["shared"] * given.same
    names += [f"own_{n}" for n in range(given.processes - given.same)]
    recipes = [Sheets(number, name) for name in names]
    counts: Counter[str] = Counter()

    def judge(status: int | None, killed: bool) -> None:
        counts["interleaved"] += status == TORN
        counts["deadlocks"] += status is None
        counts["errors"] += status not in (0, TORN, None) and not killed

    running = {start(root, recipe, ledger, given.work): recipe for recipe in recipes}
    hit = kill_some(list(running), given.kills, 1.2 * given.work, rng)
    until = time.monotonic() + given.seconds
    for child in running:
        judge(wait(child, until), child in hit)
    again = [start(root, running[child], ledger, given.work) for child in hit]
    until = time.monotonic() + given.seconds
    for child in again:
        judge(wait(child, until), False)
    counts["made_twice"] += count_remade(ledger)
    counts.update(kills=len(hit), rounds=1)
    return counts


def count_left(root: Path) -> Counter[str]:
    """What all the rounds have left in the store that should not be there."""
    Store(root)  # a new process tidies as it starts
    counts = Counter(litter=len([*root.glob("*/*.tmp"), *root.glob("*/*.work")]))
    counts["interleaved"] += len([*root.glob("damaged/*")])
    for path in (root / "locks").iterdir():
        try:
            FileLock(path, timeout=0).acquire().lock.release()
        except Timeout:
            counts["locks_left"] += 1
    for folder in root.glob(f"{write_sheets.name}/*"):
        try:
            verify(folder)
            counts["interleaved"] += not check_sheets(folder)
        except (DataError, OSError):
            counts["interleaved"] += 1
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rounds; the exit status is 0 if every fault was counted 0 times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--rounds", type=int, default=50)
    add("--processes", type=int, default=16)
    add("--same", type=int, default=8, help="how many of them want the same artifact")
    add("--kills", type=int, default=4, help="per round")
    add("--work", type=float, default=0.5, help="seconds that one stage takes")
    add("--seconds", type=float, default=30.0, help="after which a process counts as a deadlock")
    add("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    environment()  # asks git once, before the first fork
    rng, counts = random.Random(given.seed), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="stress_store_") as place:
        root = Path(place) / "store"
        for number in range(given.rounds):
            counts.update(run_round(root, number, given, rng))
            if (number + 1) % 10 == 0:
                print(json.dumps(counts), flush=True)
        counts.update(count_left(root))
        n_artifacts = len([*root.glob(f"{write_sheets.name}/*")])
    faults = {name: counts[name] for name in FAULTS}
    facts = {"rounds": given.rounds, "kills": counts["kills"], "artifacts": n_artifacts}
    print(json.dumps({**facts, **faults}))
    wanted = given.rounds * (given.processes - given.same + 1)
    return int(any(faults.values()) or n_artifacts != wanted)


if __name__ == "__main__":
    sys.exit(main())
