"""Reports and exhibits built by hand: any number of arms and classes, numbers as in a study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.datasets import load_digits

from synthlift.core.findings import (
    CurvePoint,
    FailedArm,
    GapClosed,
    LearningCurve,
    Policy,
    Reliability,
    ReliabilityBin,
    Tuning,
    Worth,
)
from synthlift.core.results import ArmKind, ArmResult, ClassLift, Lift, Report, Score
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.tables import conform
from synthlift.metrics.distribution import describe
from synthlift.metrics.neighbours import as_vectors, nearest
from synthlift.report.exhibits import Exhibit

HOSTILE = (
    "<script>alert(1)</script>",
    "quote \" and ' and `tick`",
    "two\nlines\r\x00\u202e",
    "=cmd|' /C calc'!A0",
    "emoji 🦊 | 漢字 \\ $\\frac$",
    "[link](http://evil.example/x) <img src=http://evil.example/y> **bold** \ud800",
)
ARMS: dict[str, tuple[ArmKind, float]] = {
    "real": ("real", 0.0),
    "real_synthetic": ("synthetic", 0.021),
    "synthetic": ("synthetic", -0.064),
    "placebo": ("control", -0.004),
    "augmented": ("real", 0.019),
    "augmented_synthetic": ("synthetic", 0.024),
    "augmented_placebo": ("control", 0.016),
    "ensemble": ("real", 0.027),
    "more_real": ("ceiling", 0.038),
}
METRICS = {
    "accuracy": 0.925,
    "balanced_accuracy": 0.921,
    "macro_f1": 0.92,
    "log_loss": 0.262,
    "calibration_error": 0.041,
}
SIZES = {"real_eighth": 25, "real_quarter": 50, "real_half": 100, "real_three_quarters": 150}
PAIRS = (("real_synthetic", "real"), ("augmented_synthetic", "augmented"))


def make_report(
    n_classes: int = 10,
    arms: dict[str, tuple[ArmKind, float]] = ARMS,
    classifiers: tuple[str, ...] = ("cnn",),
    n_repeats: int = 6,
    classes: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
    dataset: str = "digits",
) -> Report:
    rng = np.random.default_rng(0)
    classes = classes or tuple(str(k) for k in range(n_classes))
    return Report(
        dataset=dataset,
        modality="image",
        classes=classes,
        n_repeats=n_repeats,
        n_train=200,
        n_valid=100,
        n_test=797,
        regime="fixed_test",
        by_classifier={c: _results(arms, n_repeats) for c in classifiers} if arms else {},
        lifts=tuple(x for c in classifiers for x in _lifts(arms, c, n_repeats)),
        per_class=tuple(
            ClassLift(name, arm, c, *_recall(rng, arm), None, None, _p(rng, arm, n_repeats))
            for c in classifiers
            for arm in arms
            for name in classes
        ),
        fidelity={"label_adherence": 0.962, "copies": 0.004, "diversity": 0.83, "density": None},
        fidelity_by_repeat=tuple(
            {"label_adherence": 0.962 - r / 100, "copies": 0.004, "diversity": 0.83}
            for r in range(n_repeats)
        ),
        warnings=warnings,
        notes=notes,
        provenance={
            "versions": {
                "python": "3.11.2",
                "synthlift": "0.1.0",
                "torch": "2.15.0",
                "commit": None,
            },
            "seed": 0,
            "command": "scripts/run dataset=digits n_repeats=6 'arm=[real,real_synthetic]'",
            "stages": {"run": 40, "reused": 12},
        },
    )


def with_findings(report: Report) -> Report:
    """The same with all that can stand beside the lifts, as of a study that had room for it."""
    classifiers = tuple(report.by_classifier)
    tables = {
        c: {**arms, **{name: _part(arms["real"], n) for name, n in SIZES.items()}}
        for c, arms in report.by_classifier.items()
    }
    arms = [a for a in next(iter(tables.values())) if a not in SIZES]
    worthy = [a for a in arms if a not in ("real", "more_real") and "placebo" not in a]
    return replace(
        report,
        by_classifier=tables,
        lifts=tuple(_designed(lift) for lift in report.lifts),
        curves=tuple(_learning_curve(c, tables[c]) for c in classifiers),
        worths=tuple(_worth(arm, c, tables[c][arm]) for c in classifiers for arm in worthy),
        gaps=tuple(_gap(arm, c) for c in classifiers for arm in worthy[:2]),
        policies=tuple(
            Policy(
                *(c, "accuracy", "augmented", "classical augmentation only", 0.019, 0.004, 0.034),
                report.n_repeats,
                "classical augmentation only: +1.9 pt over real rows alone (95 % interval +0.4 to "
                f"+3.4 pt, {report.n_repeats} repeats; augmented, {c}).",
            )
            for c in classifiers
        ),
        tunings=tuple(_tuning(arm, c, report.n_repeats) for c in classifiers for arm in arms),
        reliability=tuple(
            _reliability(arm, c, i) for c in classifiers for i, arm in enumerate(arms)
        ),
        failed=(FailedArm("smote", classifiers[0], 2, report.n_repeats, "no <memory> | left"),),
    )


def _designed(lift: Lift) -> Lift:
    if not lift.primary:
        return lift
    settle = "About 20 repeats instead of 6 would settle it." if lift.verdict == "undecided" else ""
    return replace(lift, visible=0.023, settle=settle)


def _part(real: ArmResult, n_real: int) -> ArmResult:
    lift = _law(n_real) - _law(200)
    scores = {
        m: replace(s, mean=s.mean + lift, low=None, high=None) for m, s in real.scores.items()
    }
    return ArmResult("curve", n_real, 0, scores)


def _law(n: float) -> float:
    return 0.98 - 1.0 * n**-0.55


def _learning_curve(classifier: str, arms: dict[str, ArmResult]) -> LearningCurve:
    sizes = [*SIZES.values(), 200, 300, 400]
    means = [0.925 + _law(n) - _law(200) for n in sizes]
    points = tuple(
        CurvePoint(n, Score(mean + wiggle, mean + wiggle - 0.02, mean + wiggle + 0.02))
        for n, mean, wiggle in zip(
            sizes, means, (0.01, -0.01, 0.004, 0, 0, -0.003, 0.002), strict=True
        )
    )
    return LearningCurve(classifier, "accuracy", points, 0.98 + 0.925 - _law(200), 1.0, 0.55)


def _worth(arm: str, classifier: str, result: ArmResult) -> Worth:
    lift = result.scores["accuracy"].mean - 0.925
    left = 200**-0.55 - lift  # what still misses to the height that the curve never leaves
    rows = left ** (-1 / 0.55) - 200 if left > 0 else None
    low = None if rows is None else max(-150.0, 0.4 * rows if rows > 0 else 1.5 * rows)
    high = None if rows is None or rows > 300 else 1.9 * abs(rows)
    n = result.n_synthetic
    said = "" if rows is None else f"{n} synthetic images were worth {rows:.0f} real ones "
    return Worth(
        *(arm, classifier, "accuracy", 200, n, rows, low, high),
        (said or f"What {arm} was worth in real images can't be said ") + f"({arm}, {classifier}).",
    )


def _gap(arm: str, classifier: str) -> GapClosed:
    sentence = f"{arm} closed 55 % of the gap to more_real (95 % interval 20 to 90 %)."
    return GapClosed(arm, "more_real", classifier, "accuracy", 0.55, 0.2, 0.9, sentence)


def _tuning(arm: str, classifier: str, n_repeats: int) -> Tuning:
    chosen: list[dict[str, float | None]] = [{} for _ in range(n_repeats)]
    if "synthetic" in arm:
        chosen = [{"weight": 0.25 * (r % 2), "threshold": None} for r in range(n_repeats)]
    return Tuning(arm, classifier, 4, tuple(chosen))


def _reliability(arm: str, classifier: str, i: int) -> Reliability:
    bins = []
    for k in range(2, 10):
        middle, accuracy = k / 10 + 0.05, min(1.0, k / 10 + 0.1 - 0.02 * i)
        score = Score(accuracy, max(0.0, accuracy - 0.06), min(1.0, accuracy + 0.06))
        bins.append(ReliabilityBin(k / 10, (k + 1) / 10, k * k / 284, middle, score))
    return Reliability(arm, classifier, tuple(bins))


def without_numbers(report: Report) -> Report:
    """Findings as of two repeats: nothing has an interval, the curve no fit, its set no end."""

    def bare(score: Score) -> Score:
        return Score(score.mean, None, None)

    report = with_findings(report)
    points = tuple(CurvePoint(p.n_real, bare(p.score)) for p in report.curves[0].points[:2])
    none = {"a": None, "b": None, "c": None, "reason": "two sizes are too few for a curve"}
    reliability = [
        replace(r, bins=tuple(replace(b, accuracy=bare(b.accuracy)) for b in r.bins))
        for r in report.reliability
    ]
    return replace(
        report,
        lifts=tuple(replace(x, visible=None, settle="") for x in report.lifts),
        curves=tuple(replace(x, points=points, **none) for x in report.curves),
        worths=tuple(replace(x, rows=None, low=None, high=None) for x in report.worths),
        gaps=tuple(replace(x, low=None, high=None) for x in report.gaps),
        policies=tuple(replace(x, low=None, high=None) for x in report.policies),
        reliability=tuple(reliability),
    )


def _results(arms: dict[str, tuple[ArmKind, float]], n_repeats: int) -> dict[str, ArmResult]:
    return {
        name: ArmResult(
            kind,
            0 if name == "synthetic" else 200,
            200 if kind == "synthetic" else 0,
            {m: _score(m, lift, n_repeats) for m, lift in dict.fromkeys(METRICS, lift).items()},
        )
        for name, (kind, lift) in arms.items()
    }


def _score(metric: str, lift: float, n_repeats: int) -> Score:
    mean = METRICS[metric] + {"log_loss": -3, "calibration_error": -0.3}.get(metric, 1) * lift
    has_interval = n_repeats >= 3 and metric != "macro_f1"
    return Score(
        mean, mean - 0.012 if has_interval else None, mean + 0.012 if has_interval else None
    )


def _lifts(arms: dict[str, tuple[ArmKind, float]], classifier: str, n_repeats: int) -> list[Lift]:
    pairs = [(arm, "real") for arm in arms if arm != "real"]
    pairs += [pair for pair in PAIRS[1:] if set(pair) <= set(arms)]
    pairs += [(arm, "best_real") for arm, (kind, _) in arms.items() if kind == "synthetic"]
    return [
        _lift(arm, baseline, classifier, metric, arms, n_repeats)
        for arm, baseline in pairs
        for metric in METRICS
    ]


def _lift(
    arm: str,
    baseline: str,
    classifier: str,
    metric: str,
    arms: dict[str, tuple[ArmKind, float]],
    n_repeats: int,
) -> Lift:
    base = arms[baseline][1] if baseline in arms else 0.02
    mean = arms[arm][1] - base
    primary = (arm, baseline) in PAIRS and metric == "accuracy"
    some = n_repeats >= 3
    low, high = (mean - 0.011, mean + 0.011) if some else (None, None)
    verdict = None
    if primary:
        verdict = "no interval" if low is None else "helps" if low > 0 else "undecided"
    sentence = (
        f"{arm} {verdict}: {100 * mean:+.1f} pt over {baseline} (97.5 % interval, {classifier})."
    )
    return Lift(
        arm,
        baseline,
        classifier,
        metric,
        mean,
        low,
        high,
        0.01 if some else None,
        n_repeats,
        level=0.975 if primary else 0.95,
        primary=primary,
        verdict=verdict,  # type: ignore[arg-type]
        sentence=sentence if primary else "",
    )


def _recall(rng: np.random.Generator, arm: str) -> tuple[float, float]:
    change = 0.0 if arm == "real" else float(rng.normal(0.01, 0.02))
    return 0.9 + change, change


def _p(rng: np.random.Generator, arm: str, n_repeats: int) -> float | None:
    return None if arm == "real" or n_repeats < 3 else float(rng.uniform(0.0, 1.0))


def make_digits(n_real: int = 200, n_synthetic: int = 200) -> tuple[SampleSet, SampleSet]:
    data = load_digits()
    images = (data.images[:n_real, None] * 15).astype(np.uint8)
    schema = ImageSchema(1, 8, 8, tuple(str(k) for k in range(10)))
    train = SampleSet(schema, images, data.target[:n_real].astype(np.int64), np.arange(n_real))
    rng = np.random.default_rng(1)
    rows = rng.integers(0, n_real, n_synthetic)
    noise = rng.normal(0, rng.uniform(8, 45, (n_synthetic, 1, 1, 1)), (n_synthetic, 1, 8, 8))
    noisy = np.clip(images[rows] + noise, 0, 255).astype(np.uint8)
    return train, SampleSet(schema, noisy, train.labels[rows], np.full(n_synthetic, -1))


def make_exhibit(folder: Path, repeat: int = 0) -> Exhibit:
    train, synthetic = make_digits()
    ours, theirs = (s.images.reshape(len(s), -1).astype(float) / 255 for s in (synthetic, train))
    distance = np.sqrt(((ours[:, None] - theirs[None]) ** 2).sum(axis=2))
    return Exhibit(
        repeat,
        train,
        synthetic,
        distance.argmin(axis=1),
        distance.min(axis=1),
        make_curve(),
        make_grids(folder, synthetic),
    )


def as_table(exhibit: Exhibit) -> Exhibit:
    def flat(samples: SampleSet) -> SampleSet:
        pixels = pd.DataFrame(samples.images.reshape(len(samples), -1)).rename(columns=str)
        columns = tuple(Column(str(name), "integer") for name in pixels.columns)
        schema = TableSchema(columns, samples.schema.classes)
        return SampleSet(schema, conform(pixels, columns), samples.labels, samples.origin)

    return replace(exhibit, train=flat(exhibit.train), synthetic=flat(exhibit.synthetic), grids=())


def with_distribution(exhibit: Exhibit) -> Exhibit:
    """The same with what metrics.distribution says of it; real rows stand for held-out ones too."""
    found = describe(exhibit.train, exhibit.synthetic, exhibit.train, 0)
    return replace(exhibit, distribution=found)


KINDS = ("numeric", "integer", "categorical", "ordinal", "boolean", "datetime")


def make_rows(n: int, names: tuple[str, ...], seed: int, drift: float) -> SampleSet:
    """Rows of every kind in turn, all tied to one of three classes; drift: away from the law."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    columns, values = [], {}
    for i, name in enumerate(names):
        kind = KINDS[i % len(KINDS)]
        x = rng.normal(labels * (i % 4) / 2 + drift * (i % 5), 1 + drift, n)
        levels: tuple[str, ...] = ()
        if kind == "integer":
            x = np.round(10 * x)
        elif kind in ("categorical", "ordinal"):
            levels = ("low", "middle <b>", "high", *(f"rare {k}" for k in range(8)))
            x = np.array(levels, object)[np.clip(np.round(x), 0, 10).astype(int)]
        elif kind == "boolean":
            x = x > 1
        elif kind == "datetime":
            x = pd.Timestamp("2020-01-01") + pd.to_timedelta((100 * x).round(), unit="D")
        column = pd.Series(x).astype(object)
        column[rng.random(n) < 0.05 * (i % 3) * (1 + drift)] = None
        values[name], columns = column, [*columns, Column(name, kind, levels)]
    schema = TableSchema(tuple(columns), ("a", "b", "c"))
    frame = conform(pd.DataFrame(values), columns)
    return SampleSet(schema, frame, labels, np.arange(n) if not drift else np.full(n, -1))


def make_table_exhibit(
    names: tuple[str, ...] = tuple(f"column_{i}" for i in range(12)), n: int = 300
) -> Exhibit:
    return _table_exhibit(make_rows(n, names, 0, 0.0), make_rows(2 * n, names, 1, 0.3))


def make_rings(folder: Path, n: int = 400) -> Exhibit:
    """Circles of 2-D points, their noisy copies, and three snapshots from a cloud to circles."""
    columns = (Column("x", "numeric"), Column("y", "numeric"))
    schema = TableSchema(columns, ("inner", "middle", "outer"))

    def draw(seed: int, noise: float) -> SampleSet:
        rng = np.random.default_rng(seed)
        labels, angle = np.arange(n) % 3, rng.uniform(0, 2 * np.pi, n)
        points = (labels + 1)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        frame = pd.DataFrame(points + rng.normal(0, noise, (n, 2)), columns=["x", "y"])
        return SampleSet(schema, conform(frame, columns), labels, np.full(n, -1))

    paths = tuple(folder / f"step_{step:07d}" for step in (100, 1000, 2000))
    for path, noise in zip(paths, (1.5, 0.5, 0.15), strict=True):
        draw(3, noise).save(path)
    return replace(_table_exhibit(draw(0, 0.05), draw(1, 0.15)), snapshots=paths)


def _table_exhibit(train: SampleSet, synthetic: SampleSet) -> Exhibit:
    distance, rows = nearest(as_vectors(synthetic, like=train), as_vectors(train, like=train))
    return with_distribution(Exhibit(0, train, synthetic, rows, distance, make_curve(), ()))


def make_curve(n: int = 80) -> list[dict[str, float]]:
    rng = np.random.default_rng(2)
    return [
        {
            "step": 25.0 * (i + 1),
            "generator_loss": 0.9 + 0.5 * np.exp(-i / 15) + rng.normal(0, 0.04),
            "critic_loss": 1.2 - 0.3 * np.exp(-i / 10) + rng.normal(0, 0.03),
            "d_real": 0.6,
            "d_fake": 0.4,
            "critic_accuracy_real": 0.6 + 0.35 * np.exp(-i / 20) + rng.normal(0, 0.02),
            "critic_accuracy_fake": 0.63 + 0.3 * np.exp(-i / 12) + rng.normal(0, 0.02),
            "seconds": 0.1 * i,
        }
        for i in range(n)
    ]


def make_grids(folder: Path, synthetic: SampleSet) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    tiles = synthetic.images[:64, 0].reshape(8, 8, 8, 8)  # (rows, columns, H, W)
    sheet = tiles.transpose(0, 2, 1, 3).reshape(64, 64).astype(int)
    paths = [folder / f"{step:06d}.png" for step in (0, 500, 1000, 1500, 2000)]
    for i, path in enumerate(paths):
        noise = np.random.default_rng(i).integers(0, 256, sheet.shape)
        mixed = (noise * (4 - i) + sheet * i) // 4
        Image.fromarray(mixed.astype(np.uint8)).save(path)
    return tuple(paths)


def make_trials() -> list[dict[str, float | int | str]]:
    return [
        {
            "arm": arm,
            "classifier": "cnn",
            "repeat": repeat,
            "n_real": 200,
            "n_synthetic": 0,
            "test_accuracy": 0.9 + repeat / 100,
            "valid_accuracy": 0.91,
        }
        for repeat in range(3)
        for arm in ("real", "real_synthetic")
    ]


def make_noise(n_classes: int, side: int) -> Exhibit:
    """Colour noise, two images per class and kind: the largest pictures there can be."""
    rng = np.random.default_rng(3)
    schema = ImageSchema(3, side, side, tuple(f"class {k}" for k in range(n_classes)))
    labels = np.arange(6 * n_classes) % n_classes
    images = rng.integers(0, 256, (len(labels), 3, side, side)).astype(np.uint8)
    train = SampleSet(schema, images, labels, np.arange(len(labels)))
    synthetic = SampleSet(schema, images[::-1].copy(), labels, np.full(len(labels), -1))
    return Exhibit(0, train, synthetic, np.arange(len(labels)), rng.random(len(labels)), [], ())


def make_network(n_layers: int = 3) -> dict[str, Any]:
    """As in network.json: convolutions, each with an activation after it."""
    layers: list[dict[str, Any]] = []
    for i in range(n_layers):
        at = {"level": 0, "inputs": [[8, 8, 8]], "output": [8, 8, 8]}
        layers.append(
            {"name": f"{i}.conv", "type": "Conv2d, spectral norm", "parameters": 584, **at}
        )
        layers.append({"name": f"{i}.act", "type": "ReLU", "parameters": 0, **at})
    inner = {"name": "0.conv.inner", "type": "<b>", "level": 1, "parameters": 584}
    layers.insert(1, {**inner, "inputs": [[8, 8, 8]], "output": None})
    total = 584 * n_layers
    return {
        "generator": {"input": [16], "output": [1, 8, 8], "parameters": total, "layers": layers},
        "critic": {"input": [1, 8, 8], "output": [], "parameters": total, "layers": layers},
    }
