"""SIGKILL at 20 random moments of a real training: re-run until done, it equals an unbroken one.

This file is also the program: as a script it imports torch once and forks a child per attempt.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from synthlift.augmentations.affine import Affine
from synthlift.core.manifest import environment, verify
from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema
from synthlift.core.store import Artifact, Store, stage
from synthlift.generators.augmenting import Classical
from synthlift.generators.cgan import Cgan
from synthlift.generators.ema import Ema
from synthlift.generators.gan import ConditionalGan
from synthlift.generators.losses import Hinge
from synthlift.generators.optimizers import Adam
from synthlift.generators.penalties import R1
from synthlift.stages.compute import Compute
from synthlift.stages.fit_generator import fit_generator

N_KILLS = 20
ADAM = Adam(1e-3, (0.0, 0.9))
RECIPE = ConditionalGan(
    network=Cgan(latent_dim=8, channels=4),
    loss=Hinge(),
    penalty=R1(0.1, 4),
    augmentation=Classical(Affine(0.1, 0.1, 0.1, True)),
    generator_optimizer=ADAM,
    critic_optimizer=ADAM,
    ema=Ema(10, 0.5),
    steps=40,
    batch_size=8,
    precision="32-true",
    log_every=3,
    checkpoint_every=5,
)


@stage(version=1, read=lambda folder: SampleSet.load(folder))
def rows(*, place) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 1, 8, 8)).astype(np.uint8)
    schema = ImageSchema(1, 8, 8, ("a", "b"))
    SampleSet(schema, pixels, np.arange(20) % 2, np.arange(20)).save(place.folder)


def train(root: Path) -> Artifact[Any]:
    store = Store(root)
    drawn = store.run(rows)
    return store.run(fit_generator, drawn, None, RECIPE, 0, compute=Compute("cpu", 0, 1, 1))


def outcome(artifact: Artifact[Any]) -> tuple[Any, Any]:
    """What the manifest says of the files, the curve apart: its rows without the seconds."""
    files = dict(verify(artifact.folder)["files"])
    del files["training.csv"]
    with (artifact.folder / "training.csv").open(newline="") as file:
        curve = [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]
    return files, curve


def attempt(root: Path, seconds: float) -> bool:
    """Train in a child that is killed after so long; whether it was done before."""
    child = os.fork()
    if child == 0:
        train(root)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFEXITED(status)


def main(folder: Path) -> dict[str, int]:
    """Kill and re-run, training after training; kills, and how many of them left a checkpoint."""
    environment()  # asks git once
    train(folder / "warm")
    started = time.monotonic()
    unbroken = outcome(train(folder / "unbroken"))
    seconds = time.monotonic() - started
    rng, n_kills, n_resumable = random.Random(0), 0, 0
    for n in range(N_KILLS * 5):
        root = folder / str(n)
        while not attempt(root, rng.uniform(0, seconds)):
            n_kills += 1
            n_resumable += any(root.glob("fit_generator/*.work/last_cpu.ckpt"))
        assert outcome(train(root)) == unbroken, f"training {n}, after {n_kills} kills"
        assert [*root.glob("*/*.tmp"), *root.glob("*/*.work")] == [], n
        if n_kills >= N_KILLS:
            return {"kills": n_kills, "resumable": n_resumable}
    raise AssertionError("too few kills hit a training")


def test_a_training_killed_at_random_and_resumed_equals_an_unbroken_one(tmp_path: Path) -> None:
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, __file__, str(tmp_path)],
        env={**os.environ, **one_thread},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    counts = json.loads(done.stdout.splitlines()[-1])
    assert counts["kills"] >= N_KILLS
    assert counts["resumable"] >= N_KILLS // 4, "else next to nothing was ever resumed"


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
