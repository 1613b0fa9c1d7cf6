"""report.html: one self-contained page without scripts or remote parts, verdict first.

Jinja escapes everything; only the plots drawn by `plots` and our own style sheet are marked safe.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthlift.core.results import ClassLift, Lift, Report
from synthlift.report import facts, pictures, words
from synthlift.report.exhibits import Exhibit
from synthlift.report.plots import lift_plot, training_plot

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HERE = Path(__file__).parent
OPEN_ROWS = 20
FIRST_ARMS = 3


@dataclass(frozen=True)
class ClassifierView:
    """Everything about one classifier, ready to be laid out."""

    name: str
    metrics: list[str]
    rows: list[facts.ArmRow]
    plot: str
    others: list[Lift]
    classes: list[dict[str, dict[str, ClassLift]]]
    summaries: list[str]


@dataclass(frozen=True)
class ExhibitView:
    """Pictures and curves of one repeat; empty where there are none."""

    number: int
    pairs: list[pictures.NearestPair]
    curves: str


def render_html(report: Report, exhibits: Sequence[Exhibit]) -> str:
    """The page as text; the same report gives the same page."""
    first = next((x for x in exhibits if x.modality == "image"), None)
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            facts=facts,
            words=words,
            metric=facts.primary_metric(report),
            classifiers=[_classifier(report, i, x) for i, x in enumerate(report.by_classifier)],
            pictures=pictures.class_pictures(first) if first else [],
            grids=pictures.grid_pictures(first) if first else [],
            picture_repeat=first.repeat + 1 if first else 0,
            n_unshown=max(0, len(report.classes) - pictures.MOST_CLASSES) if first else 0,
            exhibits=[_exhibit(x) for x in exhibits],
            style=(HERE / "report.css").read_text(encoding="utf-8"),
            open_rows=OPEN_ROWS,
        )
    )


def _classifier(report: Report, i: int, name: str) -> ClassifierView:
    from markupsafe import Markup

    lifts = facts.plotted_lifts(report, name)
    classes = facts.class_table(report, name)
    asked = {lift.arm for lift in report.primary if lift.classifier == name}
    return ClassifierView(
        name,
        facts.metrics_of(report, name),
        facts.arm_rows(report, name),
        Markup(lift_plot(lifts, f"lift{i}")) if lifts else "",
        facts.other_comparisons(report, name),
        _halves(classes),
        [facts.class_summary(a, rows.values()) for a, rows in classes.items() if a in asked],
    )


def _halves(classes: dict[str, dict[str, ClassLift]]) -> list[dict[str, dict[str, ClassLift]]]:
    """The first few arms, which are read, and the others, which are looked up."""
    items = list(classes.items())
    return [dict(part) for part in (items[:FIRST_ARMS], items[FIRST_ARMS:]) if part]


def _exhibit(exhibit: Exhibit) -> ExhibitView:
    from markupsafe import Markup

    number = exhibit.repeat + 1
    pairs = pictures.nearest_pairs(exhibit) if exhibit.modality == "image" else []
    plot = training_plot(exhibit.curve, f"curve{number}", number) if exhibit.curve else ""
    return ExhibitView(number, pairs, Markup(plot))


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": words.plain, "minus": minus, "our_own": Markup, "name": name}
    return environment


def name(text: str) -> Markup:
    """An escaped name that may break after its underscores.

    >>> str(name("real_<b>"))
    'real_<wbr>&lt;b&gt;'
    """
    from markupsafe import Markup, escape

    return Markup(str(escape(words.plain(text))).replace("_", "_<wbr>"))


def minus(number: str) -> str:
    """A number with the true minus sign.

    >>> minus("[-0.3, +1.2]")
    '[−0.3, +1.2]'
    """
    return re.sub(r"-(?=[\d.])", "\N{MINUS SIGN}", number)
