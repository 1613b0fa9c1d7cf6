"""Real and synthetic rows side by side as plain numbers, for distribution.json and the report.

A dict of texts, numbers, lists and None: JSON without NaN. Rows are compared in one mix of classes
(matching.py); dates are ISO text.

columns: one per column of a table, or channel of images: its name and kind, `similarity`
(columns.py), `held_out` (the same of held-out real rows, what no generator need exceed),
`association` with the label [real, synthetic], and `real` and `synthetic` facts: count, missing
(share), and for numbers mean, sd (of dates: in days), min, q25, median, q75, max; `edges` and
`counts` [real, synthetic] of a histogram; for others n_levels [real, synthetic] and `levels`, the
most frequent ones as [name, share real, share synthetic]. pairs: names and matrices of the 20
columns whose associations differ most, None for the label's name. labels: as [name, share real,
share synthetic], in the mix that was drawn.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, ImageSchema
from synthlift.metrics.associations import Associations, associations
from synthlift.metrics.base import Floats
from synthlift.metrics.columns import as_codes, as_numbers, is_number, likeness
from synthlift.metrics.matching import same_mix

MOST_ROWS, ENOUGH = 5000, 20
N_BINS, N_LEVELS, N_PAIRED = 24, 12, 20
TAIL = 0.5  # percent of the rows at either end that the outer bins take in
Facts = dict[str, Any]
NAMES = {1: ("grey",), 3: ("red", "green", "blue")}


def describe(
    real: SampleSet, synthetic: SampleSet, held_out: SampleSet | None, seed: int
) -> Facts | None:
    """What the module says, of at most 5,000 rows a side; None if they share no class."""
    shares = _label_shares(real, synthetic)
    enough = held_out is not None and len(held_out) >= ENOUGH
    reference = same_mix(real, held_out, MOST_ROWS, seed) if held_out and enough else None
    n_train = len(real)
    real, synthetic = same_mix(real, synthetic, MOST_ROWS, seed)
    if not len(synthetic):
        return None
    alike = likeness(real, synthetic)
    others = likeness(*reference) if reference and len(reference[1]) else None
    if isinstance(real.schema, ImageSchema):
        columns = [_channel(real, synthetic, c) for c in range(real.schema.channels)]
        pairs = None
    else:
        columns = [_column(column, real, synthetic) for column in real.schema.columns]
        found = associations(real, synthetic)
        assert found
        _add_association(columns, found)
        pairs = _most_different(found, real.schema.columns)
    for i, column in enumerate(columns):
        column["similarity"] = float(alike[i])
        column["held_out"] = None if others is None else float(others[i])
    return {
        "modality": real.schema.modality,
        "rows": [len(real), len(synthetic)],
        "n_train": n_train,
        "columns": columns,
        "pairs": pairs,
        "labels": shares,
    }


def _label_shares(real: SampleSet, synthetic: SampleSet) -> list[list[Any]]:
    p, q = (s.counts() / max(1, len(s)) for s in (real, synthetic))
    return [
        [name, float(a), float(b)] for name, a, b in zip(real.schema.classes, p, q, strict=True)
    ]


def _column(column: Column, real: SampleSet, synthetic: SampleSet) -> Facts:
    a, b = real.table[column.name], synthetic.table[column.name]
    shown: Facts = {"name": column.name, "kind": column.kind}
    if not is_number(column):
        return shown | _level_facts(*as_codes(a, b))
    x, y = as_numbers(a, column), as_numbers(b, column)
    edges = bin_edges(np.concatenate([x, y]), whole=column.kind == "integer")
    facts = [_number_facts(side) for side in (x, y)]
    if column.kind == "datetime":
        facts = [{k: v if k in NO_DATE else _date(v) for k, v in f.items()} for f in facts]
    shown |= {"real": facts[0], "synthetic": facts[1], "counts": [_counts(x, edges)]}
    shown["counts"].append(_counts(y, edges))
    shown["edges"] = [_date(e) if column.kind == "datetime" else float(e) for e in edges]
    return shown


def _channel(real: SampleSet, synthetic: SampleSet, c: int) -> Facts:
    names = NAMES.get(real.images.shape[1])
    sides = [s.images[:, c].ravel().astype(np.float64) for s in (real, synthetic)]
    edges = np.linspace(0, 256, N_BINS // 3 * 4 + 1)  # 32 bins of 8 greys
    return {
        "name": names[c] if names else f"channel {c + 1}",
        "kind": "pixels",
        "real": _number_facts(sides[0]),
        "synthetic": _number_facts(sides[1]),
        "edges": edges.tolist(),
        "counts": [_counts(side, edges) for side in sides],
    }


NO_DATE = ("count", "missing", "sd")


def _number_facts(values: Floats) -> Facts:
    known = values[~np.isnan(values)]
    facts: Facts = {"count": len(known), "missing": 1 - len(known) / len(values)}
    names = ("mean", "sd", "min", "q25", "median", "q75", "max")
    if not len(known):
        return facts | dict.fromkeys(names)
    found = (known.mean(), known.std(), *np.percentile(known, (0, 25, 50, 75, 100)))
    return facts | {name: _finite(value) for name, value in zip(names, found, strict=True)}


def _level_facts(a: Any, b: Any, levels: list[str]) -> Facts:
    p, q = (np.bincount(x[x >= 0], minlength=len(levels)) for x in (a, b))
    order = np.argsort(-(p / len(a) + q / len(b)), kind="stable")[:N_LEVELS]
    return {
        "real": {"count": int(p.sum()), "missing": float((a < 0).mean())},
        "synthetic": {"count": int(q.sum()), "missing": float((b < 0).mean())},
        "n_levels": [int((p > 0).sum()), int((q > 0).sum())],
        "levels": [[levels[i], float(p[i] / len(a)), float(q[i] / len(b))] for i in order],
    }


def bin_edges(values: Floats, *, whole: bool) -> Floats:
    """Edges of at most 24 bins of one width, the outer ones for all beyond; empty for no value.

    whole: bins hold equally many whole numbers each.

    >>> bin_edges(np.array([1.0, 2.0, 4.0]), whole=True)
    array([0.5, 1.5, 2.5, 3.5, 4.5])
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return np.empty(0)
    low, high = np.percentile(known, (TAIL, 100 - TAIL))
    if whole:
        low, high = math.floor(low), math.ceil(high)
        width = math.ceil((high - low + 1) / N_BINS)
        n = math.ceil((high - low + 1) / width)
        return np.asarray(low - 0.5 + width * np.arange(n + 1), dtype=np.float64)
    if high <= low:
        spread = abs(low) / 2 or 0.5
        low, high = low - spread, high + spread
    return np.linspace(low, high, N_BINS + 1)


def _counts(values: Floats, edges: Floats) -> list[int]:
    known = values[~np.isnan(values)]
    if not len(edges):
        return []
    at = np.clip(np.searchsorted(edges, known, "right") - 1, 0, len(edges) - 2)
    return [int(n) for n in np.bincount(at, minlength=len(edges) - 1)]


def _add_association(columns: list[Facts], found: Associations) -> None:
    for place, column in enumerate(found.columns[:-1]):
        sides = (found.real[place, -1], found.synthetic[place, -1])
        columns[column]["association"] = [_finite(x) for x in sides]


def _most_different(found: Associations, columns: tuple[Column, ...]) -> Facts | None:
    """The matrices of the columns with the largest differences, in their order in the table."""
    gaps = np.nan_to_num(np.abs(found.synthetic - found.real))
    if found.similarity is None:
        return None
    chosen = np.sort(np.argsort(-gaps.max(axis=0), kind="stable")[:N_PAIRED])
    names = [None if found.columns[i] < 0 else columns[found.columns[i]].name for i in chosen]
    block = np.ix_(chosen, chosen)
    return {
        "names": names,
        "n_columns": len(found.columns),
        "real": [[_finite(x) for x in row] for row in found.real[block]],
        "synthetic": [[_finite(x) for x in row] for row in found.synthetic[block]],
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _date(days: float | None) -> str | None:
    """Days since 1970 as ISO text, to the second; without the time where that is midnight."""
    if days is None:
        return None
    text = str(np.datetime64(0, "s") + np.timedelta64(round(days * 86_400), "s"))
    return text.removesuffix("T00:00:00")
