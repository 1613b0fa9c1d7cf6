"""What made the samples: the recipe of the generator, part by part, and what it cost.

A reader who lays the reports of several generators side by side finds here in what they differ.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from synthlift.report.exhibits import Exhibit
from synthlift.report.provenance import Rows, duration
from synthlift.report.words import plain

LABELS = {
    "network": "Network",
    "loss": "Loss",
    "penalty": "Penalty",
    "augmentation": "The critic sees samples",
    "label_ramp": "Labels are shown",
    "conditioning": "Conditions are drawn",
    "generator_optimizer": "Optimiser of the generator",
    "critic_optimizer": "Optimiser of the critic",
    "optimizer": "Optimiser",
    "rate_schedule": "Rates over the steps",
    "n_critic": "Updates of the critic per step",
    "ema": "Average of the weights",
    "steps": "Steps",
    "batch_size": "Batch",
    "precision": "Precision",
    "selection": "State that is kept",
}
WHAT = ("network", "loss", "penalty", "augmentation", "label_ramp", "conditioning")
UNTOLD = {"class", "largest_batch", "log_every", "checkpoint_every"}
NAMES = {
    "Ada": "ADA",
    "Adam": "Adam",
    "ConditionalGan": "conditional GAN",
    "ConditionalVae": "conditional VAE",
    "DiffAugment": "DiffAugment",
    "Dragan": "DRAGAN",
    "Ema": "EMA",
    "LeCam": "LeCam",
    "NoAugmentation": "as they are",
    "NoPenalty": "none",
    "RMSprop": "RMSprop",
    "Sgd": "SGD",
    "Wasserstein": "Wasserstein",
}
Value = Any  # of a manifest: a number, a word, None, a list, or a part with its class and fields


def recipe_groups(exhibits: Sequence[Exhibit]) -> list[tuple[str, Rows]]:
    """Labels and values: what was trained, and how; empty where no exhibit has a recipe.

    All repeats have the recipe of the first.
    """
    first = next((x for x in exhibits if x.recipe), None)
    if first is None or first.recipe is None:
        return []
    fields = {k: v for k, v in first.recipe.items() if k not in UNTOLD}
    if "batch_size" in fields:
        fields["batch_size"] = _batch(first.recipe, len(first.train))
    if "selection" in fields:
        fields["selection"] = fields["selection"] or "the last one"
    rows = {k: (LABELS.get(k) or _label(k), value_text(v)) for k, v in fields.items()}
    made = [("Generator", class_words(first.recipe["class"]))]
    what = [*made, *(rows[k] for k in WHAT if k in rows), *_sizes(first)]
    how = [*(row for k, row in rows.items() if k not in WHAT), *_time(exhibits)]
    return [(title, found) for title, found in (("What it is", what), ("How", how)) if found]


def value_text(value: Value) -> str:
    """A field of a recipe in words.

    >>> value_text({"class": "synthlift.generators.penalties.R1", "weight": 5.0, "every": 16})
    'R1 (weight 5, every 16)'
    >>> value_text([0.5, 0.999]), value_text(True), value_text(4000), value_text("32-true")
    ('0.5 / 0.999', 'yes', '4,000', '32-true')
    """
    if isinstance(value, Mapping):
        fields = [f"{plain(k)} {value_text(v)}" for k, v in value.items() if k != "class"]
        name = class_words(value.get("class", ""))
        return f"{name} ({', '.join(fields)})".strip() if fields else name
    if isinstance(value, list):
        return " / ".join(map(value_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else plain(value)


def class_words(path: str) -> str:
    """The class of a part as people say it.

    >>> class_words("synthlift.generators.losses.NonSaturating"), class_words("a.b.RMSprop")
    ('non saturating', 'RMSprop')
    """
    name = path.rpartition(".")[2]
    if name in NAMES:
        return NAMES[name]
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).split()
    return plain(" ".join(part if part.isupper() else part.lower() for part in parts))


def _label(key: str) -> str:
    return plain(key.replace("_", " ").capitalize())


def _batch(recipe: Mapping[str, Any], n_train: int) -> str:
    """Rows of a batch; not given, as many as there are, at most the largest, in whole packs."""
    given, largest = recipe["batch_size"], recipe.get("largest_batch")
    if given is not None or largest is None:
        return f"{value_text(given)} rows"
    rows, pack = min(n_train, largest), recipe.get("network", {}).get("pack", 1)
    return f"{rows - rows % pack if rows > pack else rows:,} rows"


def _sizes(exhibit: Exhibit) -> Rows:
    counts = [f"{name} {one['parameters']:,}" for name, one in (exhibit.network or {}).items()]
    return [("Parameters", ", ".join(counts))] if counts else []


def _time(exhibits: Sequence[Exhibit]) -> Rows:
    """The mean over repeats of what a training took."""
    ends = [x.curve[-1].get("seconds", math.nan) for x in exhibits if x.curve]
    seconds = [end for end in ends if math.isfinite(end)]
    if not seconds:
        return []
    return [("Time of a training", duration(sum(seconds) / len(seconds)))]
