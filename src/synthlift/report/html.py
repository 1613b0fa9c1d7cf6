"""report.html: one self-contained page without scripts or remote parts, verdict first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synthlift.core.results import Lift, Report
from synthlift.report import answers, facts, health, pictures, words
from synthlift.report.advice import Advice, advise, worth_lines
from synthlift.report.classes import (
    ArmClasses,
    ClassMatrix,
    arm_classes,
    class_matrix,
    harmed_first,
)
from synthlift.report.comparison import Comparison, compare_columns
from synthlift.report.curves import Chart, draw_charts, draw_selection
from synthlift.report.exhibits import Exhibit
from synthlift.report.film import read_film
from synthlift.report.forest import Forest, forest, lift_row
from synthlift.report.learning_curve import CurveView, draw_curves
from synthlift.report.limits import find_limits
from synthlift.report.made_by import recipe_groups
from synthlift.report.network import NetworkView, draw_networks
from synthlift.report.page import environment
from synthlift.report.provenance import duration, provenance_groups
from synthlift.report.reliability import CALIBRATION, Calibration, draw_calibration
from synthlift.report.tuning import TuningView, tuning_table

STYLES = ("report.css", "columns.css", "findings.css")


@dataclass(frozen=True)
class ClassifierView:
    """Everything about one classifier, ready to be laid out.

    scores: the metrics of the table of arms; those of calibration have a table of their own.
    """

    name: str
    metrics: list[str]
    scores: list[str]
    rows: list[facts.ArmRow]
    answers: list[answers.Answer]
    lifts: Forest | None
    others: Forest | None
    classes: list[ArmClasses]
    matrix: ClassMatrix | None
    advice: Advice | None
    worths: list[str]
    curves: list[CurveView]
    calibration: Calibration | None
    tuning: TuningView | None


@dataclass(frozen=True)
class TrainingView:
    """How the generator of one repeat trained; charts are empty where nothing was recorded."""

    number: int
    length: str
    findings: list[health.Finding]
    charts: list[Chart]


def render_html(report: Report, exhibits: Sequence[Exhibit]) -> str:
    """The page as text; the same report gives the same page."""
    comparison = compare_columns(exhibits)
    classifiers = [_classifier(report, name) for name in facts.classifiers_of(report)]
    shown = {
        "classifiers": classifiers,
        "has_curves": any(view.curves for view in classifiers),
        "has_calibration": any(view.calibration for view in classifiers),
        "has_tunings": any(view.tuning for view in classifiers),
        "limits": find_limits(report),
        "overview": _overview(report),
        "recipe": recipe_groups(exhibits),
        "measures": facts.fidelity_rows(report),
        "gallery": _gallery(report, exhibits),
        "film": next((read_film(x) for x in exhibits if x.modality == "image"), None),
        "comparison": comparison,
        "trainings": [_training(report, i, x) for i, x in enumerate(exhibits) if x.curve],
        "has_critic": any("d_real" in row for x in exhibits for row in x.curve[:1]),
        "networks": _networks(exhibits),
        "weights": [x for x in exhibits if x.weights],
        "groups": provenance_groups(report),
    }
    page = environment(STYLES).get_template("report.html")
    return page.render(
        report=report,
        metric=facts.primary_metric(report),
        contents=_contents(report, comparison, shown),
        **shown,
    )


def _contents(
    report: Report, comparison: Comparison | None, shown: Mapping[str, object]
) -> list[tuple[str, str]]:
    """(id, title) of the sections that the page has, in their order."""
    sections = [
        ("lifts", "Lift of every arm", shown["classifiers"]),
        ("curve", "More real labels", shown["has_curves"]),
        ("classes", "Class by class", report.per_class),
        ("calibration", "Probabilities", shown["has_calibration"]),
        ("pictures", "Pictures", shown["gallery"]),
        ("fidelity", "Quality of the samples", shown["measures"]),
        ("columns", comparison.title if comparison else "", comparison),
        ("generator", "The generator", shown["recipe"]),
        ("training", "Training health", shown["trainings"]),
        ("network", "Networks", shown["networks"]),
        ("tuning", "What was tuned", shown["has_tunings"]),
        ("limits", "Limits", True),
        ("method", "How this was measured", shown["classifiers"]),
        ("words", "What the words mean", True),
        ("provenance", "Make it again", True),
    ]
    return [(name, title) for name, title, there in sections if there]


def _classifier(report: Report, name: str) -> ClassifierView:
    metrics = facts.metrics_of(report, name)
    return ClassifierView(
        name,
        metrics,
        [metric for metric in metrics if metric not in CALIBRATION],
        facts.arm_rows(report, name),
        answers.answers(report, name),
        _forest(report, facts.plotted_lifts(report, name), f"Lift of every arm, with {name}"),
        _forest(
            report,
            facts.other_comparisons(report, name),
            f"Other comparisons, with {name}",
        ),
        arm_classes(report, name),
        class_matrix(report, name),
        advise(report, name),
        worth_lines(report, name),
        draw_curves(report, name),
        draw_calibration(report, name),
        tuning_table(report, name),
    )


def _overview(report: Report) -> Forest | None:
    """Every primary question under every classifier, where there are several classifiers."""
    if len(report.by_classifier) < 2:
        return None
    questions = list(dict.fromkeys((lift.arm, lift.baseline) for lift in report.primary))
    lifts = sorted(report.primary, key=lambda x: questions.index((x.arm, x.baseline)))
    return _forest(report, lifts, "The primary questions under every classifier")


def _forest(report: Report, lifts: Sequence[Lift], caption: str) -> Forest | None:
    """Lifts of one metric; rows say the classifier where it is not the same in all."""
    if not lifts:
        return None
    mixed = len({lift.classifier for lift in lifts}) > 1
    rows = []
    for lift in lifts:
        over = "" if lift.baseline == words.BASELINE else facts.baseline_words(report, lift)
        aside = [f"against {over}"] if over else []
        aside += [f"with {words.plain(lift.classifier)}: {_verdict(lift)}"] if mixed else []
        rows.append(lift_row(lift, ", ".join(aside)))
    metric = words.metric_words(lifts[0].metric)
    percent = metric.unit == "%"
    unit = f"lift in {metric.title.lower()}, {'points' if percent else metric.unit}".rstrip(", ")
    return forest(rows, words.plain(caption), unit, band=1.0 if percent else None)


def _verdict(lift: Lift) -> str:
    return words.verdict_words(lift) or "no verdict"


def _gallery(report: Report, exhibits: Sequence[Exhibit]) -> pictures.Gallery | None:
    with_pictures = [x for x in exhibits if x.modality == "image"]
    return pictures.gallery(with_pictures, harmed_first(report)) if with_pictures else None


def _training(report: Report, i: int, exhibit: Exhibit) -> TrainingView:
    measured = report.fidelity_by_repeat
    fidelity = measured[i] if i < len(measured) else {}
    recipe = exhibit.recipe or {}
    findings = health.judge_training(exhibit.curve, fidelity, recipe, exhibit.modality)
    charts, selection = draw_charts(exhibit.curve), draw_selection(exhibit.selection)
    charts += [selection] if selection else []
    return TrainingView(exhibit.repeat + 1, _length(exhibit.curve[-1]), findings, charts)


def _length(last: Mapping[str, float]) -> str:
    """'2,000 steps in 35.2 s', from the last row of the curve."""
    steps, seconds = (last.get(name, math.nan) for name in ("step", "seconds"))
    if not math.isfinite(steps):
        return ""
    text = f"{steps:,.0f} {'step' if steps == 1 else 'steps'}"
    return f"{text} in {duration(seconds)}" if math.isfinite(seconds) else text


def _networks(exhibits: Sequence[Exhibit]) -> list[NetworkView]:
    """Those of the first repeat that has them: all repeats train the same."""
    found = next((x for x in exhibits if x.network), None)
    return draw_networks(found.network, found.modality) if found and found.network else []
