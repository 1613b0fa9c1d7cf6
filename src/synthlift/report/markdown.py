"""report.md: the same facts as Markdown, for a repository or an issue; every cell is inert."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from synthlift.core.results import Lift, Report
from synthlift.report import facts
from synthlift.report.advice import finding_sentences
from synthlift.report.answers import as_sentence
from synthlift.report.columns import NAME_LENGTH, by_likeness, share_text, short
from synthlift.report.exhibits import Exhibit
from synthlift.report.forest import class_interval
from synthlift.report.glossary import method_words
from synthlift.report.limits import find_limits
from synthlift.report.made_by import recipe_groups
from synthlift.report.markdown_cells import cell, table
from synthlift.report.markdown_findings import findings_of
from synthlift.report.provenance import provenance_rows
from synthlift.report.words import (
    interval,
    interval_note,
    kind_words,
    lift_text,
    metric_words,
    p_value,
    points,
    score_text,
    verdict_sentences,
)

__all__ = ["cell", "render_markdown", "table"]

MOST_COLUMNS = 20


def render_markdown(report: Report, exhibits: Sequence[Exhibit] = ()) -> str:
    """The report as Markdown: verdict, what to do, arms, samples, warnings, limits, provenance."""
    parts = [f"# synthlift: {cell(report.dataset)}"]
    parts += [f"**{cell(sentence)}**" for sentence in verdict_sentences(report)]
    parts += [cell(as_sentence(line)) for line in finding_sentences(report)]
    parts.append(", ".join(f"{k.lower()}: {cell(v)}" for k, v in facts.study_facts(report)))
    for classifier in facts.classifiers_of(report):
        parts += _classifier(report, classifier)
    parts += _fidelity(report)
    parts += _columns(exhibits)
    recipe = [row for _, rows in recipe_groups(exhibits) for row in rows]
    if recipe:
        parts += [
            "## What made the samples",
            "\n".join(f"- {cell(k)}: {cell(v)}" for k, v in recipe),
        ]
    if report.warnings:
        parts += ["## Warnings", "\n".join(f"- {cell(text)}" for text in report.warnings)]
    if report.notes:
        parts += ["## Notes", "\n".join(f"- {cell(text)}" for text in report.notes)]
    limits = [f"- {cell(x.title)}: {cell(x.text)}" for x in find_limits(report)]
    parts += ["## What this study can't say", "\n".join(limits)]
    if report.by_classifier:
        parts += ["## How the interval was made", method_words(report)]
    parts += ["## Provenance", *_provenance(report)]
    return "\n\n".join(parts) + "\n"


def _classifier(report: Report, name: str) -> list[str]:
    metrics = facts.metrics_of(report, name)
    header = ["arm", "lift against real", "verdict", *(metric_words(m).title for m in metrics)]
    rows = []
    for row in facts.arm_rows(report, name):
        found = (row.result.scores.get(m) for m in metrics)
        scores = [
            f"{score_text(m, s.mean)} {interval(m, s)}" if s else ""
            for m, s in zip(metrics, found, strict=True)
        ]
        counts = [f"{row.result.n_real:,}", f"{row.result.n_synthetic:,}"]
        lift = _lift(row.lift) if row.lift else ""
        rows.append([f"{row.name} ({kind_words(row.result)})", lift, row.verdict, *scores, *counts])
    for arm in facts.failed_arms(report, name):
        rows.append([arm.arm, "", facts.failed_text(arm), *("" for _ in metrics), "", ""])
    parts = [
        f"## Arms, with {cell(name)}",
        table([*header, "real rows", "synthetic rows"], rows),
        f"{interval_note(report)} {facts.metric_note(metrics)}".rstrip(),
    ]
    parts += [*_comparisons(report, name), *_classes(report, name)]
    return parts + findings_of(report, name)


def _lift(lift: Lift) -> str:
    return f"{lift_text(lift)} {interval(lift.metric, lift)}".rstrip()


def _comparisons(report: Report, classifier: str) -> list[str]:
    others = facts.other_comparisons(report, classifier)
    if not others:
        return []
    rows = [[x.arm, facts.baseline_words(report, x), _lift(x), p_value(x.p)] for x in others]
    title = "### Against what you could do without a generator"
    return [title, table(["arm", "against", "lift", "p"], rows)]


def _classes(report: Report, classifier: str) -> list[str]:
    arms = facts.class_table(report, classifier)
    if not arms:
        return []
    rows = [
        [
            *(x.name, arm, score_text("accuracy", x.recall)),
            f"{points(x.lift)} {class_interval(x)}".rstrip(),
            p_value(x.p),
        ]
        for arm, classes in arms.items()
        for x in classes.values()
    ]
    return [
        "### Class by class",
        table(["class", "arm", "recall", "change", "p (Holm)"], rows),
        f"p is adjusted for {len(report.classes):,} classes (Holm); brackets are 95 % intervals of "
        "each class by itself.",
    ]


def _fidelity(report: Report) -> list[str]:
    measures = facts.fidelity_rows(report)
    if not measures:
        return []
    repeats = [f"repeat {i + 1}" for i in range(len(report.fidelity_by_repeat))]
    rows = [[m.title, m.mean, *m.by_repeat] for m in measures]
    return [
        "## How good are the synthetic data?",
        table(["measure", "mean", *repeats], rows),
        "The share of copies is a diagnostic of copying, not a privacy proof.",
    ]


def _columns(exhibits: Sequence[Exhibit]) -> list[str]:
    shown = next((x.distribution for x in exhibits if x.distribution), None)
    if not shown:
        return []
    ordered = by_likeness(shown["columns"])
    rows = [
        [short(c["name"], NAME_LENGTH), c["kind"], share_text(c["similarity"]), _held_out(c)]
        for c in ordered[:MOST_COLUMNS]
    ]
    parts = [
        "## How the columns compare" if shown["modality"] == "table" else "## Pixels",
        table(["name", "kind", "similarity", "of held-out real rows"], rows),
    ]
    if len(ordered) > MOST_COLUMNS:
        parts.append(f"Shown are the {MOST_COLUMNS} least alike of {len(ordered):,} columns.")
    return parts


def _held_out(column: Mapping[str, Any]) -> str:
    return "" if column["held_out"] is None else share_text(column["held_out"])


def _provenance(report: Report) -> list[str]:
    rows = "\n".join(f"- {cell(k)}: {cell(v)}" for k, v in provenance_rows(report))
    command = str(report.provenance.get("command") or "")
    if not command:
        return [rows] if rows else []
    longest = max(map(len, re.findall("`+", command)), default=0)
    fence = "`" * max(3, longest + 1)
    return [rows, f"{fence}\n{command}\n{fence}"]
