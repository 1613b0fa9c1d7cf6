"""Curve, worth, calibration and tuning of a classifier as Markdown."""

from __future__ import annotations

from synthlift.core.results import Report
from synthlift.report.learning_curve import CurveView, draw_curves
from synthlift.report.markdown_cells import cell, table
from synthlift.report.reliability import draw_calibration
from synthlift.report.tuning import tuning_table
from synthlift.report.words import metric_words, regime_name


def findings_of(report: Report, classifier: str) -> list[str]:
    """What stands beside the lifts; nothing for what the study does not have."""
    parts = []
    for curve in draw_curves(report, classifier):
        parts += _curve(curve, f"brackets: 95 % ({regime_name(report)})")
    return [*parts, *_calibration(report, classifier), *_tuning(report, classifier)]


def _curve(curve: CurveView, brackets: str) -> list[str]:
    title = f"### {curve.metric} of real rows alone, by their number"
    points = [[x.n_real, f"{x.score} {x.span}".rstrip()] for x in curve.points]
    parts = [title, table(["training rows", curve.metric], points), f"{brackets.capitalize()}."]
    if curve.reason:
        parts.append(cell(curve.reason))
    if curve.has_worths:
        rows = [
            [x.arm, f"{x.score} {x.span}".rstrip(), x.n_synthetic, f"{x.rows} {x.set}".rstrip()]
            for x in curve.worths
        ]
        header = ["arm", curve.metric, "synthetic rows", "worth in real rows"]
        parts += ["### Worth in real rows", table(header, rows)]
    if curve.gaps:
        gaps = [[x.arm, x.ceiling, f"{x.share} {x.span}"] for x in curve.gaps]
        parts += ["### Gap closed", table(["arm", "ceiling", "gap closed"], gaps)]
    return parts


def _calibration(report: Report, classifier: str) -> list[str]:
    found = draw_calibration(report, classifier)
    if found is None:
        return []
    rows = []
    for arm, cells in found.losses:
        rows.append([arm, *(f"{number} {span}".rstrip() for number, span in cells)])
    header = ["arm", *(metric_words(m).title for m in found.metrics)]
    parts = ["### Can its probabilities be trusted?"]
    parts += [table(header, rows), cell(found.note)] if found.metrics else []
    bins = [
        [x.arm, x.between, x.share, x.confidence, f"{x.accuracy} {x.span}".rstrip()]
        for view in found.first
        for x in view.rows
    ]
    if bins:
        header = ["arm", "confidence", "share of rows", "mean confidence", "accuracy"]
        parts.append(table(header, bins))
    return parts


def _tuning(report: Report, classifier: str) -> list[str]:
    found = tuning_table(report, classifier)
    if found is None:
        return []
    rows = [[x.arm, x.n_trials, x.chosen] for x in found.rows]
    return [
        "### What was tuned",
        table(["arm", "trials in a repeat", "chosen"], rows),
        cell(found.sentence),
    ]
