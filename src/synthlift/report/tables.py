"""The trials as CSV that no spreadsheet executes, and the table that the command line prints."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from synthlift.core.results import Report
from synthlift.report import facts
from synthlift.report.words import (
    interval,
    metric_words,
    plain,
    score_number,
    verdict_sentences,
)

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["TrialRow", "render_csv", "terminal_table", "verdict_sentences"]

TrialRow = Mapping[str, float | int | str]
LONGEST_NAME = 24  # of an arm, in one line of the terminal
# What a spreadsheet takes for the beginning of a formula: also the fullwidth forms of = + - @.
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def render_csv(trials: Sequence[TrialRow]) -> str:
    """A line per trial, columns in first-seen order; text like a formula gets an apostrophe."""
    columns = list(dict.fromkeys(name for trial in trials for name in trial))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    if columns:
        writer.writerow([inert(name) for name in columns])
    writer.writerows([inert(trial.get(name, "")) for name in columns] for trial in trials)
    return buffer.getvalue()


def inert(value: float | int | str) -> float | int | str:
    """A cell that stays what it is: numbers as numbers, text as text, no number as nothing.

    >>> inert("=1+1"), inert(-0.5), inert(float("nan"))
    ("'=1+1", -0.5, '')
    """
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return value if math.isfinite(value) else ""


def terminal_table(report: Report, classifier: str | None = None) -> Table:
    """One classifier's arms (by default the first's); a generation-only study has no rows."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    metric = facts.primary_metric(report)
    classifier = classifier or next(iter(facts.classifiers_of(report)), "")
    grid = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title_justify="left")
    if len(facts.classifiers_of(report)) > 1:
        grid.title = Text(f"with {plain(classifier)}")
    rows = facts.arm_rows(report, classifier) if classifier else []
    names = [row.name for row in rows] + [x.arm for x in facts.failed_arms(report, classifier)]
    longest = max((cell_len(plain(name)) for name in names), default=0)
    # a width and not a least one: rich takes what that adds from the verdict, which loses letters
    grid.add_column("arm", overflow="fold", width=min(max(longest, 3), LONGEST_NAME))
    words = metric_words(metric)
    unit = "pt" if words.unit == "%" else words.unit
    grid.add_column(
        Text(f"{words.title.lower()} {words.unit}".rstrip()), justify="right", no_wrap=True
    )
    grid.add_column(f"lift {unit}".rstrip(), justify="right", no_wrap=True)
    grid.add_column("verdict", overflow="fold")
    for row in rows:
        style = "bold" if row.primary else ""
        cells = [plain(row.name), _score(row, metric), _lift(row), row.verdict]
        grid.add_row(*(Text(text, style=style) for text in cells))
    for arm in facts.failed_arms(report, classifier):
        grid.add_row(Text(plain(arm.arm)), "", "", Text(facts.failed_text(arm)))
    return grid


def _score(row: facts.ArmRow, metric: str) -> str:
    score = row.result.scores.get(metric)
    if score is None:
        return ""
    return f"{score_number(metric, score.mean)} {interval(metric, score)}".rstrip()


def _lift(row: facts.ArmRow) -> str:
    """Over `real` in every row; a verdict on another baseline brings its own lift along."""
    if row.lift is None:
        return ""
    number = score_number(row.lift.metric, row.lift.mean, sign="+")
    return f"{number} {interval(row.lift.metric, row.lift)}".rstrip()
