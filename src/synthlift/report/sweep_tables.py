"""A sweep as Markdown and in the terminal: conditions x arms, choices, warnings, failures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthlift.core.text import settings_text
from synthlift.report import sweep_facts
from synthlift.report.markdown import cell, table
from synthlift.report.provenance import duration
from synthlift.report.search import best_lines, find_searches, valid_lift_text
from synthlift.report.sweep_curves import SweepCurves, draw_sweep_curves
from synthlift.report.words import metric_words, plain, score_text
from synthlift.sweeps.results import Condition, SweepReport

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

CANDIDATE_HEADS = (
    "candidate",
    "arm",
    "classifier",
    "validation score",
    "validation lift",
    "time in a repeat",
    "",
)


def render_sweep_markdown(report: SweepReport) -> str:
    """The sweep as Markdown: verdicts, the table, choices with their warnings, jobs."""
    parts = ["# synthlift: a sweep", cell(sweep_facts.states_text(report))]
    if regimes := sweep_facts.regimes(report):
        parts.append(f"Regime: {' or '.join(map(cell, regimes))}")
    if note := sweep_facts.unfinished_note(report):
        parts += [cell(note), _code(report.command)]
    parts += [
        f"**{cell(condition.name)}**: {' '.join(map(cell, sweep_facts.headlines(condition)))}"
        for condition in report.conditions
    ]
    notes = (sweep_facts.multiplicity_note(report), sweep_facts.regime_note(report))
    parts += [cell(note) for note in notes if note]
    warnings = [
        f"- {cell(condition.name)}: {cell(note)}"
        for condition in report.conditions
        for note in (*condition.notes, *_warnings(condition))
    ]
    parts += ["## Warnings", "\n".join(warnings)] if warnings else []
    for view in draw_sweep_curves(report):
        parts += _curves(view)
    for classifier in sweep_facts.classifiers_of(report):
        parts += [f"## Conditions and arms, with {cell(classifier)}", _arms(report, classifier)]
    for condition in report.conditions:
        parts += _candidates(condition, report.metric)
    jobs = [
        [str(j.num), settings_text(j.overrides), j.status, j.reason, f"{j.seconds or 0:,.1f} s"]
        for j in report.jobs
    ]
    parts += ["## Studies", table(["number", "settings", "status", "reason", "time"], jobs)]
    parts += ["## To make this again", _code(report.command)]
    return "\n\n".join(parts) + "\n"


def _code(command: str) -> str:
    """A command as a block that no backtick in it can end."""
    return "\n".join(f"    {line}" for line in plain(command).splitlines() or [""])


def _curves(view: SweepCurves) -> list[str]:
    rows = [
        [number, *(f"{text} {span}".rstrip() for text, span in cells)]
        for number, cells in view.table.rows
    ]
    parts = [
        f"## Lift against {cell(view.number)}, with {cell(view.classifier)}",
        table([view.number, *view.table.heads], rows),
    ]
    worths = [f"- {n} {cell(view.number)}: {cell(words)}" for n, words in view.worths]
    return [*parts, "\n".join(worths)] if worths else parts


def _arms(report: SweepReport, classifier: str) -> str:
    title = metric_words(report.metric).title.lower()
    rows = [
        [
            condition.name,
            found.arm,
            f"{found.score} {found.score_span}".rstrip(),
            f"{found.lift} {found.lift_span}".rstrip(),
            found.verdict,
        ]
        for condition in report.conditions
        for found in sweep_facts.cells(condition, classifier, report.metric).values()
    ]
    return table(["condition", "arm", title, "lift", "verdict"], rows)


def _candidates(condition: Condition, metric: str) -> list[str]:
    if len(condition.candidates) < 2:
        return []
    taken = {(c.arm, c.classifier): c.candidate for c in sweep_facts.choices(condition)}
    rows = [
        [
            candidate.name,
            score.arm,
            score.classifier,
            score_text(metric, score.valid.get(metric)),
            valid_lift_text(metric, score.lift),
            "" if score.seconds is None else duration(score.seconds),
            "chosen" if taken.get((score.arm, score.classifier)) == number else "",
        ]
        for number, candidate in enumerate(condition.candidates)
        for score in candidate.scores
    ]
    rows += [
        [
            candidate.name,
            *[""] * 5,
            f"{candidate.state}: {candidate.reason}",
        ]
        for candidate in condition.candidates
        if not candidate.scores
    ]
    parts = [
        f"## Candidates: {cell(condition.name)}",
        table(CANDIDATE_HEADS, rows),
        cell(sweep_facts.fresh_sentence(condition)),
        *(cell(sweep_facts.naive_sentence(condition, naive)) for naive in condition.naive),
    ]
    return [part for part in parts if part]


def _warnings(condition: Condition) -> Sequence[str]:
    return condition.report.warnings if condition.report else ()


def print_sweep(report: SweepReport, folder: Path) -> None:
    """In the terminal: the table, verdicts, choices, failures, where the report lies."""
    from rich.console import Console

    console = Console(highlight=False)

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    for classifier in sweep_facts.classifiers_of(report):
        console.print(sweep_terminal_tables(report, classifier))
    for condition in report.conditions:
        if condition.state != "failed":  # the failures below say it all
            for sentence in sweep_facts.headlines(condition):
                say(f"{plain(condition.name)}: {sentence}")
        for choice in sweep_facts.choices(condition):
            say(f"  {sweep_facts.choice_sentence(condition, choice, report.metric)}")
        for search in find_searches(condition, report.metric):
            for line in best_lines(search):
                say(f"  {line}")
        for naive in condition.naive:
            say(f"  {sweep_facts.naive_sentence(condition, naive)}")
        for note in (*condition.notes, *_warnings(condition)) if condition.report else ():
            say(f"  note: {plain(note)}")
    for note in (sweep_facts.multiplicity_note(report), sweep_facts.regime_note(report)):
        if note:
            say(f"note: {note}")
    if regimes := sweep_facts.regimes(report):
        say(f"regime: {' or '.join(regimes)}")
    for line in report.failures:
        say(f"failed: {plain(line)}")
    say(
        f"\nstudies  {sweep_facts.states_text(report)}\n"
        f"report   {folder / 'report.html'}\n"
        f"{'go on' if report.unfinished else 'again'}    {report.command}"
    )


def sweep_terminal_tables(report: SweepReport, classifier: str) -> Group:
    """Every condition with its arms under one classifier, in columns that stand in line."""
    from rich.console import Group
    from rich.text import Text

    words = metric_words(report.metric)
    unit = words.unit.replace("%", "pt")
    head = ("arm", f"{words.title.lower()} {words.unit}".rstrip(), f"lift {unit}".rstrip())
    tables = [
        (condition.name, [_texts(cell, words.unit, unit) for cell in found.values()])
        for condition in report.conditions
        if (found := sweep_facts.cells(condition, classifier, report.metric))
    ]
    widths = [
        max(len(row[i]) for row in (head, *(row for _, rows in tables for row in rows)))
        for i in (1, 2)
    ]
    parts: list[Text | Table] = []
    if len(sweep_facts.classifiers_of(report)) > 1:
        parts.append(Text(f"with {plain(classifier)}", style="italic"))
    for name, rows in tables:
        parts += [Text(plain(name), style="bold"), _arms_grid(head, rows, widths)]
    return Group(*parts)


def _texts(cell: sweep_facts.Cell, unit: str, lift_unit: str) -> tuple[str, str, str, str]:
    """A cell without its units, which stand in the head."""
    score = f"{cell.score.removesuffix(f' {unit}')} {cell.score_span}".rstrip()
    lift = f"{cell.lift.removesuffix(f' {lift_unit}')} {cell.lift_span}".rstrip()
    return cell.arm, score, lift, cell.verdict


def _arms_grid(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column(head[0], overflow="fold", min_width=19)  # augmented_synthetic
    for title, width in zip(head[1:], widths, strict=True):
        grid.add_column(title, justify="right", no_wrap=True, min_width=width)
    grid.add_column("verdict", overflow="fold")
    for row in rows:
        grid.add_row(*map(Text, row))
    return grid
