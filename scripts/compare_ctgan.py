"""Side by side with CTGAN 0.12.1 on the same rows, in one run: scripts/compare_ctgan.py --help.

It installs ctgan==0.12.1 into an environment of its own (BUSL-licensed, so never a dependency),
splits each table as a study does, trains synthlift's table_gan, CTGAN at its defaults and CTGAN at
equal steps and batch on the same train rows, and prints tables of

adherence  share of rows to which a classifier fitted on the real train rows gives the label that
           was asked for (of CTGAN by condition_column); own: the label that CTGAN itself wrote
TSTR       balanced accuracy on test rows of a classifier that saw synthetic rows alone
lift       balanced accuracy of real + synthetic minus real, the synthetic weight chosen on valid
           rows among 0, .1, .25 and .5 (chosen), or .25 (fixed)
speed      seconds per training step, and rows drawn per second, on the same number of threads
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthlift.compose import compose
from synthlift.configure import experiment
from synthlift.core.samples import SYNTHETIC, SampleSet, TrainingSet
from synthlift.core.schema import TableSchema
from synthlift.core.seeds import derive
from synthlift.core.splits import Splits
from synthlift.core.store import Store
from synthlift.core.tables import conform
from synthlift.experiment import Experiment
from synthlift.metrics.balanced_accuracy import BalancedAccuracy
from synthlift.stages.compute import Compute
from synthlift.stages.fit_generator import fit_generator
from synthlift.stages.read_dataset import read_dataset
from synthlift.stages.split import SplitParts, make_splits

WEIGHTS = (0.0, 0.1, 0.25, 0.5)
FIXED = 0.25
LABEL = "label of the row"
PLACES = {
    "credit_g": "credit_g.csv dataset.target=class",
    "page_blocks": "page_blocks.csv dataset.target=class",
    "adult": "adult_train.csv dataset.target=income dataset.test_path=adult_test.csv",
}


@dataclass(frozen=True)
class Drawn:
    """Synthetic rows of one generator. own: rows with labels that it chose itself, if it does."""

    asked: SampleSet
    own: SampleSet | None
    seconds_per_step: float
    rows_per_second: float


def main() -> None:
    """Compare on every dataset that the command line names."""
    options = _options()
    results = []
    with tempfile.TemporaryDirectory(prefix="synthlift-") as folder:
        python = _environment(options.venv or Path(folder) / "venv")
        for name in options.datasets:
            for repeat in range(options.repeats):
                results += list(_repeat(name, repeat, options, Path(folder), python))
                if options.out:
                    options.out.write_text(json.dumps(results, indent=1))
    _print(results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/tables"))
    parser.add_argument("--datasets", nargs="+", default=["breast_cancer", "wine", "credit_g"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--venv", type=Path, help="where CTGAN is, or is to be installed")
    parser.add_argument("--classifiers", nargs="+", default=["logistic", "random_forest"])
    parser.add_argument("--overrides", nargs="*", default=[], help="settings of the study")
    parser.add_argument("--batch", type=int, default=60, help="of the run at equal steps and batch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, help="JSON with every repeat")
    return parser.parse_args()


def _environment(folder: Path) -> Path:
    """The Python of an environment with CTGAN and this torch."""
    python = folder / "bin" / "python"
    if not python.exists():
        import torch

        venv.create(folder, with_pip=True)
        wanted = ["ctgan==0.12.1", "pyarrow", f"torch=={torch.__version__.split('+')[0]}"]
        subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=True)
    return python


def _study(name: str, options: argparse.Namespace) -> tuple[Experiment, Compute]:
    words = [f"dataset={name}"]
    if name in PLACES:
        file, *more = PLACES[name].split()
        words = ["dataset=csv", f"dataset.name={name}", f"dataset.path={options.data / file}"]
        words += [w.replace("test_path=", f"test_path={options.data}/") for w in more]
    words += [f"generator.batch_size={options.batch}", f"compute.threads={options.threads}"]
    words += [f"classifier=[{','.join(options.classifiers)}]", *options.overrides]
    return experiment({**compose(words), "command": "compare_ctgan"})


def _repeat(
    name: str, repeat: int, options: argparse.Namespace, folder: Path, python: Path
) -> Iterator[dict[str, Any]]:
    study, compute = _study(name, options)
    store = Store(folder / "store")
    source = store.run(read_dataset, study.dataset)
    splits = store.run(make_splits, source, study.dataset.n_test, study.split, study.seed, repeat)
    rows, parts = splits.read(), SplitParts.of(splits)
    n = max(int(study.generation.plan.counts(rows.train.counts())[0]), 1)
    seed = derive(study.seed, "repeat", repeat)
    ours, steps = _ours(study, store, compute, parts, n, seed)
    per_epoch = max(len(rows.train) // options.batch, 1)
    equal = {"batch_size": options.batch, "epochs": -(-steps // per_epoch)}
    drawn = {
        "synthlift": ours,
        "ctgan, defaults": _ctgan(
            rows, n, {"batch_size": 500, "epochs": 300}, seed, options, python
        ),
        "ctgan, equal": _ctgan(rows, n, equal, seed, options, python),
    }
    judges = _judges(study, rows, seed, compute)
    for generator, samples in drawn.items():
        fields = {"dataset": name, "repeat": repeat, "generator": generator}
        fields |= {
            "adherence": _agreement(judges["adherence"], samples.asked),
            "adherence_own": samples.own and _agreement(judges["adherence"], samples.own),
            "seconds_per_step": samples.seconds_per_step,
            "rows_per_second": samples.rows_per_second,
        }
        for kind in study.classifiers:
            yield {
                **fields,
                "classifier": kind,
                **_lifts(study, kind, rows, samples, seed, compute),
            }


def _ours(
    study: Experiment, store: Store, compute: Compute, parts: SplitParts, n: int, seed: int
) -> tuple[Drawn, int]:
    """The samples of synthlift's own generator, and how many steps it trained."""
    valid = parts.valid if study.generator.needs_valid else None
    own = derive(seed, "generator")
    trained = store.run(fit_generator, parts.train, valid, study.generator, own, compute=compute)
    generator = trained.read()
    curve = pd.read_csv(trained.folder / "training.csv")
    steps, seconds = int(curve["step"].iloc[-1]), float(curve["seconds"].iloc[-1])
    labels = np.arange(n * generator.schema.n_classes, dtype=np.int64) % generator.schema.n_classes
    many = np.resize(labels, 10_000)
    with compute.use() as device:
        asked = generator.sample(labels, derive(seed, "draw"), 1.0, device)
        started = time.perf_counter()
        generator.sample(many, 0, 1.0, device)
        rate = len(many) / (time.perf_counter() - started)
    return Drawn(asked, None, seconds / steps, rate), steps


def _ctgan(
    rows: Splits,
    n: int,
    settings: Mapping[str, int],
    seed: int,
    options: argparse.Namespace,
    python: Path,
) -> Drawn:
    """The samples of CTGAN, trained on the same rows in its own process."""
    train = rows.train
    assert isinstance(train.schema, TableSchema)
    with tempfile.TemporaryDirectory(prefix="ctgan-") as folder:
        out = Path(folder)
        table = _plain(train)
        table.to_parquet(out / "train.parquet")
        discrete = [c for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
        task = {
            "train": str(out / "train.parquet"),
            "label": LABEL,
            "discrete": discrete,
            "settings": settings,
            "seed": seed % 2**31,
            "threads": options.threads,
            "n_per_class": n,
            "n_timed": 10_000,
            "out": str(out),
        }
        (out / "task.json").write_text(json.dumps(task))
        worker = Path(__file__).with_name("ctgan_worker.py")
        subprocess.run([python, "-W", "ignore", worker, out / "task.json"], check=True)
        facts = json.loads((out / "facts.json").read_text())
        asked = _typed(pd.read_parquet(out / "asked.parquet"), train, "asked")
        own = _typed(pd.read_parquet(out / "own.parquet"), train, LABEL)
    return Drawn(asked, own, facts["seconds_per_step"], facts["rows_per_second"])


def _plain(train: SampleSet) -> pd.DataFrame:
    """The rows as CTGAN takes them: numbers without gaps, text for all else, the label last."""
    assert isinstance(train.schema, TableSchema)
    held: dict[str, Any] = {}
    for column in train.schema.columns:
        values = train.table[column.name]
        if column.kind in ("numeric", "integer"):
            numbers = values.astype("float64")
            held[column.name] = numbers.fillna(numbers.median())
        elif column.kind == "datetime":
            held[column.name] = values.astype("int64").astype("float64")
        else:
            held[column.name] = values.astype(object).where(values.notna(), "missing").map(str)
    names = np.array(train.schema.classes, dtype=object)
    return pd.DataFrame({**held, LABEL: names[train.labels]})


def _typed(table: pd.DataFrame, like: SampleSet, label: str) -> SampleSet:
    """Rows of CTGAN as samples of the dataset's own schema."""
    schema = like.schema
    assert isinstance(schema, TableSchema)
    for column in schema.columns:
        values = table[column.name]
        if column.kind == "integer":
            table[column.name] = values.round()
        elif column.kind == "datetime":
            table[column.name] = pd.to_datetime(values.round().astype("int64"), unit="us")
        elif column.kind == "boolean":
            table[column.name] = values.map({"True": True, "False": False})
    place = {name: i for i, name in enumerate(schema.classes)}
    labels = table[label].map(place).to_numpy(np.int64)
    origin = np.full(len(table), SYNTHETIC, np.int64)
    return SampleSet(schema, conform(table, schema.columns), labels, origin)


def _judges(study: Experiment, rows: Splits, seed: int, compute: Compute) -> dict[str, Any]:
    """The teacher: the primary classifier fitted on the real train rows."""
    first = next(iter(study.classifiers.values()))
    return {"adherence": _fit(first, rows.train, None, 0.0, seed, compute)}


def _fit(
    recipe: Any, main: SampleSet, slot: SampleSet | None, weight: float, seed: int, compute: Compute
) -> Any:
    training = TrainingSet(main, np.ones(len(main), np.float32), slot, weight)
    with compute.use() as device:
        return recipe.fit(training, derive(seed, "classifier"), device, lambda *_: None)


def _agreement(judge: Any, samples: SampleSet) -> float:
    return float((judge.predict(samples).argmax(1) == samples.labels).mean())


def _lifts(
    study: Experiment, kind: str, rows: Splits, drawn: Drawn, seed: int, compute: Compute
) -> dict[str, Any]:
    """TSTR and lifts of one classifier; CTGAN's rows carry the labels that it chose itself."""
    recipe, samples = study.classifiers[kind], drawn.own or drawn.asked
    score = BalancedAccuracy().score

    def judged(fitted: Any, part: SampleSet) -> float:
        return score(fitted.predict(part), part.labels)

    alone = _fit(recipe, samples, None, 0.0, seed, compute)
    mixed = {w: _fit(recipe, rows.train, samples, w, seed, compute) for w in WEIGHTS if w}
    mixed[0.0] = _fit(recipe, rows.train, None, 0.0, seed, compute)
    chosen = max(WEIGHTS, key=lambda w: judged(mixed[w], rows.valid))  # the first of equals
    real = judged(mixed[0.0], rows.test)
    return {
        "real": real,
        "tstr": judged(alone, rows.test),
        "chosen": chosen,
        "lift_chosen": judged(mixed[chosen], rows.test) - real,
        "lift_fixed": judged(mixed[FIXED], rows.test) - real,
    }


def _print(results: list[dict[str, Any]]) -> None:
    """Means over repeats: a line per dataset, classifier and generator; then the speeds."""
    table = pd.DataFrame(results)
    numbers = ["adherence", "adherence_own", "real", "tstr", "lift_chosen", "lift_fixed"]
    keys = ["dataset", "classifier", "generator"]
    table["adherence_own"] = table["adherence_own"].astype("float64")
    print((100 * table.groupby(keys, sort=False)[numbers].mean()).round(1).to_string())
    speeds = table.groupby(["dataset", "generator"], sort=False)
    print(speeds[["seconds_per_step", "rows_per_second"]].mean().to_string())


if __name__ == "__main__":
    sys.exit(main())
