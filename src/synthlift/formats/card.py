"""README.md of an export: a dataset card with the front matter that Hugging Face reads.

Where the samples come from, what they were fitted on, how good they were found to be, how to draw
them again. Names of classes are shown as they are, never as markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from synthlift.core.schema import Schema, TableSchema
from synthlift.formats.base import Format, class_entries
from synthlift.formats.columns import describe_columns
from synthlift.report.markdown import cell, table
from synthlift.stages.cautions import MAX_COPIES, near_chance

LICENCE = (
    "The licence of the real data is unknown to synthlift. Samples drawn from a model of data may "
    "fall under the terms of these data: look them up before you share the samples."
)
PRIVACY = "The share of copies is a diagnostic of copying, not a privacy proof."
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))


@dataclass(frozen=True)
class Facts:
    """What an export says of itself.

    repeat: of the run that the generator belongs to. split: hash of the train rows. n_measured:
    samples that fidelity was measured on; fidelity holds None where there is no number. recipe:
    the generator's configuration. command: draws the same samples again. study: the command that
    made the generator. day: ISO date of the export.
    """

    dataset: str
    n_per_class: int
    repeat: int
    seed: int
    n_train: int
    train_counts: tuple[int, ...]
    split: str
    n_measured: int
    fidelity: Mapping[str, float | None]
    recipe: Mapping[str, Any]
    command: str
    study: str
    versions: Mapping[str, str | None]
    day: str

    def n(self, schema: Schema) -> int:
        return self.n_per_class * schema.n_classes


def title(facts: Facts) -> str:
    """What the export is called."""
    return f"Synthetic {facts.dataset}"


def summary(facts: Facts, schema: Schema) -> str:
    """What the samples are, what they were fitted on and chosen by, in plain text."""
    chosen = " Validation rows chose which of its states was kept."
    return (
        f"{facts.n(schema):,} synthetic samples ({schema}), {facts.n_per_class:,} of each class, "
        f"drawn by a generator trained on {facts.n_train:,} real rows of {facts.dataset} "
        f"(repeat {facts.repeat} of the study, split {facts.split}). "
        "No test row and no validation row was used to train it."
        + (chosen if facts.recipe.get("selection") else "")
    )


def findings(facts: Facts, schema: Schema) -> list[str]:
    """A sentence on label adherence and one on copies; what was not measured is said to be so."""
    found = []
    adherence, copies = facts.fidelity.get("label_adherence"), facts.fidelity.get("copies")
    if adherence is None or schema.n_classes < 2:
        found.append("Label adherence was not measured.")
    else:
        warning = (
            " This is hardly better than chance: do not rely on the labels."
            if adherence < near_chance(schema.n_classes, facts.fidelity.get("held_out_adherence"))
            else ""
        )
        found.append(
            f"Label adherence {adherence:.3f}: a classifier trained on the real train rows gives "
            f"{adherence:.1%} of the synthetic samples measured the label that they carry (chance: "
            f"{1 / schema.n_classes:.1%}).{warning}"
        )
    if copies is None:
        found.append("Copies were not measured.")
    else:
        warning = " This generator copies its training rows." if copies > MAX_COPIES else ""
        found.append(
            f"Copies {copies:.3f}: {copies:.1%} of them are as near to a train row as only 1 % of "
            f"the train rows are to another one.{warning} {PRIVACY}"
        )
    return found


def render_card(facts: Facts, schema: Schema, form: Format) -> str:
    """The whole README.md."""
    entries = class_entries(schema)
    folders = form.name == "imagefolder"
    classes = table(
        ["class", "label", *(["folder"] if folders else []), "samples", "real train rows"],
        (
            [
                entry["name"],
                str(entry["label"]),
                *([entry["folder"]] if folders else []),
                f"{facts.n_per_class:,}",
                f"{count:,}",
            ]
            for entry, count in zip(entries, facts.train_counts, strict=True)
        ),
    )
    measured = (
        f"Measured on {facts.n_measured:,} samples that the study drew from the same generator; "
        "those here are another draw."
        if facts.n_measured
        else ""
    )
    versions = ", ".join(f"{name} {v}" for name, v in facts.versions.items() if v)
    parts = [
        front_matter(facts, schema, form),
        f"# {cell(title(facts))}",
        cell(summary(facts, schema)),
        "## How good they are",
        "\n".join(f"- {cell(sentence)}" for sentence in findings(facts, schema)),
        measured,
        "## Classes",
        classes,
        "Exact names are in `classes.json`.",
        *(describe_columns(schema) if isinstance(schema, TableSchema) else []),
        "## Read it",
        fenced(form.reading(schema)),
        "## Where it comes from",
        "\n".join(
            f"- {name}: {cell(value)}"
            for name, value in (
                ("real data", facts.dataset),
                ("real train rows", f"{facts.n_train:,}"),
                ("split (hash of the train rows)", facts.split),
                ("test rows used", "none"),
                ("repeat", facts.repeat),
                ("seed of this draw", facts.seed),
                ("versions", versions),
            )
        ),
        "Drawn by",
        fenced(facts.command),
        "from the generator of the study",
        fenced(facts.study),
        "The generator:",
        fenced(yaml.safe_dump(dict(facts.recipe), sort_keys=False).strip()),
        "## Licence",
        LICENCE,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def front_matter(facts: Facts, schema: Schema, form: Format) -> str:
    """The YAML that Hugging Face reads: what it is, which files it is in, its features."""
    modality = "image" if schema.modality == "image" else "tabular"
    told = form.data_files(schema)
    fields: dict[str, Any] = {
        "pretty_name": title(facts),
        "license": "unknown",
        "tags": ["synthetic", "synthlift"],
        "task_categories": [f"{modality}-classification"],
        "annotations_creators": ["machine-generated"],
        "size_categories": [size_category(facts.n(schema))],
    }
    if "data_files" in told:
        fields["configs"] = [{"config_name": "default", "data_files": told["data_files"]}]
    if "features" in told:
        fields["dataset_info"] = {"features": told["features"]}
    return f"---\n{yaml.safe_dump(fields, sort_keys=False, width=10_000)}---"


def size_category(n: int) -> str:
    """Hugging Face's word for a number of samples.

    >>> size_category(999), size_category(10_000), size_category(10**7)
    ('n<1K', '10K<n<100K', 'n>1M')
    """
    return next((word for limit, word in SIZES if n < limit), "n>1M")


def fenced(text: str) -> str:
    """Text as a block of code that nothing in it can end."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def croissant_facts(facts: Facts, schema: Schema) -> dict[str, Any]:
    """What croissant.json says of the dataset as a whole."""
    found = findings(facts, schema)
    return {
        "name": title(facts),
        "description": " ".join([summary(facts, schema), *found]),
        "license": LICENCE,
        "citeAs": _citation(facts),
        "keywords": ["synthetic", "synthlift", schema.modality],
        "version": "1.0.0",
        "datePublished": facts.day,
        "isLiveDataset": False,
        "creator": {"@type": "sc:Organization", "name": "synthlift"},
        "rai:dataCollection": summary(facts, schema),
        "rai:dataLimitations": found,
        "rai:dataManipulationProtocol": json.dumps(
            {
                "command": facts.command,
                "study": facts.study,
                "seed": facts.seed,
                "repeat": facts.repeat,
                "split": facts.split,
                "generator": dict(facts.recipe),
                "versions": dict(facts.versions),
            }
        ),
    }


def _citation(facts: Facts) -> str:
    """BibTeX; no brace of a name can end a field."""
    name = re.sub(r"[{}\\]", "", title(facts))
    version = facts.versions.get("synthlift")
    return (
        f"@misc{{synthlift, title = {{{name}}}, year = {{{facts.day[:4]}}}, "
        f"note = {{drawn by synthlift {version}, split {facts.split}}}}}"
    )
