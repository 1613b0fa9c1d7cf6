"""Train CTGAN on a table and draw from it: run by compare_ctgan.py in an environment of its own.

python ctgan_worker.py TASK.json reads {"train": parquet, "label": column, "discrete": [columns],
"settings": {...}, "seed": s, "threads": t, "n_per_class": n, "n_timed": m, "out": folder} and
writes own.parquet (rows with the label that CTGAN gave them), asked.parquet (rows drawn for the
label in the column `asked`) and facts.json. It imports nothing of synthlift.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import ctgan.synthesizers.ctgan as module
import numpy as np
import pandas as pd
import torch
from ctgan import CTGAN


def main() -> None:
    """Do the task that the file describes."""
    task = json.loads(Path(sys.argv[1]).read_text())
    torch.set_num_threads(task["threads"])
    np.random.seed(task["seed"])  # noqa: NPY002 - CTGAN draws from the global generators
    torch.manual_seed(task["seed"])
    train, out = pd.read_parquet(task["train"]), Path(task["out"])
    settings = task["settings"]
    model = CTGAN(**settings, enable_gpu=False)
    preparing: list[float] = []
    _time(module.DataTransformer, "fit", preparing)
    _time(module.DataTransformer, "transform", preparing)
    started = time.perf_counter()
    model.fit(train, task["discrete"])
    seconds = time.perf_counter() - started
    label, n = task["label"], task["n_per_class"]
    classes = sorted(train[label].unique())
    model.sample(n * len(classes)).to_parquet(out / "own.parquet")
    asked = []
    for name in classes:
        drawn = model.sample(n, condition_column=label, condition_value=name)
        asked.append(drawn.assign(asked=name))
    pd.concat(asked, ignore_index=True).to_parquet(out / "asked.parquet")
    started = time.perf_counter()
    model.sample(task["n_timed"])
    drawn_in = time.perf_counter() - started
    steps = settings["epochs"] * max(len(train) // settings["batch_size"], 1)
    facts = {
        "steps": steps,
        "seconds": seconds,
        "seconds_per_step": (seconds - sum(preparing)) / steps,
        "rows_per_second": task["n_timed"] / drawn_in,
    }
    (out / "facts.json").write_text(json.dumps(facts))


def _time(owner: type, name: str, into: list[float]) -> None:
    """Note how long each call of a method takes: what it does is no step of the training."""
    method = getattr(owner, name)

    def timed(*args: object, **kwargs: object) -> object:
        started = time.perf_counter()
        result = method(*args, **kwargs)
        into.append(time.perf_counter() - started)
        return result

    setattr(owner, name, timed)


if __name__ == "__main__":
    main()
