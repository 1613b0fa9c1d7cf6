"""The files of a sweep's report: report.html, report.json, report.md and sweep.csv."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from synthlift.core.text import settings_text
from synthlift.report import facts, sweep_facts, words
from synthlift.report.answers import Answer, answer
from synthlift.report.forest import Forest, forest, lift_row
from synthlift.report.page import environment
from synthlift.report.provenance import duration, recorded, stages_text
from synthlift.report.search import find_searches
from synthlift.report.search_plots import SearchView, draw_search
from synthlift.report.sweep_candidates import CandidateTable, tabulate_candidates
from synthlift.report.sweep_csv import csv_rows
from synthlift.report.sweep_curves import draw_sweep_curves
from synthlift.report.sweep_tables import render_sweep_markdown
from synthlift.report.tables import render_csv
from synthlift.report.write import replace_file
from synthlift.sweeps.records import Job
from synthlift.sweeps.results import Condition, SweepReport

if TYPE_CHECKING:
    from markupsafe import Markup

STYLES = ("report.css", "sweep.css", "search.css")
MOST_NAMES = 4  # of datasets in the title


def write_sweep(report: SweepReport, folder: Path) -> None:
    """Write the four files, all made before the first is written.

    StoreError: one that can't be written.
    """
    texts = {
        "report.json": json.dumps(report.to_json(), allow_nan=False, indent=1) + "\n",
        "report.md": render_sweep_markdown(report),
        "report.html": render_sweep_html(report),
        "sweep.csv": render_csv(csv_rows(report)),
    }
    for name, text in texts.items():
        replace_file(folder / name, text)


@dataclass(frozen=True)
class ArmTable:
    """The table conditions x arms under one classifier: a dictionary of cells per condition."""

    name: str
    arms: list[str]
    rows: list[tuple[Condition, dict[str, sweep_facts.Cell]]]


@dataclass(frozen=True)
class ConditionView:
    """A condition with its primary questions answered; candidates: none where it has only one.

    searches: of every primary question with something to choose.
    """

    condition: Condition
    answers: list[Answer]
    candidates: list[CandidateTable]
    searches: list[SearchView]


@dataclass(frozen=True)
class JobRow:
    """A study of the sweep; settings: what not all have; address: empty without a report."""

    num: int
    settings: str
    status: str
    reason: str
    time: str
    address: str


def render_sweep_html(report: SweepReport) -> str:
    """The page as text; the same sweep gives the same page."""
    conditions = [_condition(condition, report.metric) for condition in report.conditions]
    shown = {
        "curves": draw_sweep_curves(report),
        "forests": _forests(report),
        "tables": [_table(report, name) for name in sweep_facts.classifiers_of(report)],
        "searched": any(view.searches for view in conditions),
        "contested": any(view.candidates or view.condition.notes for view in conditions),
    }
    made = environment(STYLES)
    made.filters |= {"settings": settings, "sentence": sentence}
    return made.get_template("sweep.html").render(
        report=report,
        sweep=sweep_facts,
        title=title(report),
        contents=_contents(report, shown),
        conditions=conditions,
        jobs=[_job(job, report.shared) for job in report.jobs],
        shared=" ".join(report.shared),
        provenance=_provenance(report),
        link=link,
        **shown,
    )


def _contents(report: SweepReport, shown: dict[str, object]) -> list[tuple[str, str]]:
    """(id, title) of the sections that the page has, in their order."""
    sections = [
        ("unfinished", "Not finished", report.unfinished),
        ("verdict", "Verdicts", True),
        ("curves", "Lift curve", shown["curves"]),
        ("lifts", "Lift by condition", shown["forests"]),
        ("arms", "Conditions and arms", shown["tables"]),
        ("candidates", "What was chosen among", shown["contested"]),
        ("search", "Settings, lift and cost", shown["searched"]),
        ("studies", "Studies", True),
        ("provenance", "Make it again", True),
    ]
    return [(name, title) for name, title, there in sections if there]


def _condition(condition: Condition, metric: str) -> ConditionView:
    report = condition.report
    found = [answer(report, lift) for lift in report.primary] if report else []
    searches = [draw_search(search) for search in find_searches(condition, metric)]
    return ConditionView(condition, found, tabulate_candidates(condition, metric), searches)


def _job(job: Job, shared: Sequence[str]) -> JobRow:
    own = settings_text(override for override in job.overrides if override not in shared)
    return JobRow(
        job.num,
        own or "as they all have them",
        job.status,
        words.plain(job.reason),
        facts.NOTHING if job.seconds is None else duration(job.seconds),
        link(job.folder) if job.status == "finished" else "",
    )


def _provenance(report: SweepReport) -> list[tuple[str, list[tuple[str, str]]]]:
    found = report.provenance
    work = [("Stages", stages_text(found["stages"]))] if "stages" in found else []
    if "seconds" in found:
        work.append(("Time", duration(found["seconds"])))
    versions = [(words.plain(k), recorded(v)) for k, v in found.get("versions", {}).items()]
    groups = [("Work", work), ("Versions", versions)]
    return [(title, rows) for title, rows in groups if rows]


def settings(text: str) -> Markup:
    """Escaped settings that may break after what joins their parts.

    >>> str(settings("generator.steps=<1"))
    'generator.<wbr>steps=<wbr>&lt;1'
    """
    from markupsafe import Markup, escape

    pieces = re.split(r"(?<=[._=,])", words.plain(text))
    return Markup("<wbr>").join(escape(piece) for piece in pieces if piece)


def sentence(text: str) -> str:
    """One visible line that ends as a sentence does.

    >>> sentence("it failed"), sentence("It failed.")
    ('it failed.', 'It failed.')
    """
    return words.plain(text).removesuffix(".") + "."


def title(report: SweepReport) -> str:
    """The datasets of the sweep, or what it is."""
    names = [*dict.fromkeys(c.dataset for c in report.conditions if c.dataset)]
    if len(names) > MOST_NAMES:
        return f"{len(names)} datasets"
    return words.plain(", ".join(names)) or "A sweep"


def link(folder: str) -> str:
    """A relative address of the report in a folder below the sweep's.

    >>> link("n=1 #2")
    'n%3D1%20%232/report.html'
    """
    return f"{quote(folder)}/report.html"


def _table(report: SweepReport, classifier: str) -> ArmTable:
    rows = [(c, sweep_facts.cells(c, classifier, report.metric)) for c in report.conditions]
    return ArmTable(classifier, sweep_facts.arms_of(report, classifier), rows)


def _forests(report: SweepReport) -> list[Forest]:
    """Every primary question over the conditions, where several answer it."""
    found = []
    for (arm, baseline, classifier), lifts in sweep_facts.questions(report).items():
        if len(lifts) < 2:
            continue
        metric = words.metric_words(report.metric)
        percent = metric.unit == "%"
        rows = [
            lift_row(lift, words.verdict_words(lift), report.conditions[number].name)
            for number, lift in lifts.items()
        ]
        caption = words.plain(f"{arm} against {baseline}, with {classifier}")
        unit = f"lift in {metric.title.lower()}, {'points' if percent else metric.unit}"
        band = 1.0 if percent else None
        found.append(forest(rows, caption, unit, head="Condition", band=band))
    return found
