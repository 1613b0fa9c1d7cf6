"""Class by class: who gains and who loses with synthetic data, the most harmed first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synthlift.core.results import ClassLift, Report
from synthlift.report import facts
from synthlift.report.forest import Forest, class_row, forest, split
from synthlift.report.words import BASELINE, plain, points

MOST_SHOWN = 14  # classes that are all shown; of more only the FIRST_SHOWN most harmed
FIRST_SHOWN = 8


@dataclass(frozen=True)
class ArmClasses:
    """One arm of a primary question: a sentence, the classes to see first, and the others."""

    arm: str
    summary: str
    first: Forest
    rest: Forest | None


@dataclass(frozen=True)
class ClassCell:
    """The change of one class in one arm; sure where it stands out after correction."""

    text: str
    sure: bool


@dataclass(frozen=True)
class ClassMatrix:
    """Changes of every class (row) in every arm (column), in points."""

    arms: tuple[str, ...]
    rows: tuple[tuple[str, tuple[ClassCell, ...]], ...]


def arm_classes(report: Report, classifier: str) -> list[ArmClasses]:
    """One for each arm that a primary question of this classifier is about."""
    table = facts.class_table(report, classifier)
    asked = facts.asked_arms(report, classifier)
    return [_arm(arm, list(table[arm].values())) for arm in asked if table.get(arm)]


def _arm(arm: str, changes: Sequence[ClassLift]) -> ArmClasses:
    ordered = by_harm(changes)
    caption = f"Change of recall in each class with {plain(arm)} against real rows alone"
    whole = forest(
        [class_row(change) for change in ordered],
        caption,
        "change of recall, points",
        head="Class",
        band=None,
        reach=math.inf,
    )
    first, rest = split(whole, len(ordered) if len(ordered) <= MOST_SHOWN else FIRST_SHOWN)
    return ArmClasses(arm, class_summary(arm, ordered), first, rest)


def by_harm(changes: Iterable[ClassLift]) -> list[ClassLift]:
    """The largest fall first; equal ones in the order of the classes."""
    return sorted(changes, key=lambda change: change.lift)


def harmed_first(report: Report) -> list[str]:
    """Names of classes, most harmed first in the first primary question; empty without one."""
    if not report.primary:
        return []
    lift = report.primary[0]
    table = facts.class_table(report, lift.classifier)
    return [change.name for change in by_harm(table.get(lift.arm, {}).values())]


def class_matrix(report: Report, classifier: str) -> ClassMatrix | None:
    """Every arm but the baseline; None where there is nothing to show."""
    table = facts.class_table(report, classifier)
    arms = tuple(arm for arm in table if arm != BASELINE)
    if not arms:
        return None
    rows = tuple(
        (name, tuple(_cell(table[arm].get(name)) for arm in arms)) for name in report.classes
    )
    return ClassMatrix(arms, rows)


def _cell(change: ClassLift | None) -> ClassCell:
    if change is None:
        return ClassCell(facts.NOTHING, False)
    text = points(change.lift).removesuffix(" pt")
    return ClassCell(text, change.p is not None and change.p < 0.05)


def class_summary(arm: str, changes: Sequence[ClassLift]) -> str:
    """Where an arm gains and where it loses, in a sentence."""
    worst = min(changes, key=lambda row: row.lift)
    gains, falls = sum(row.lift > 0 for row in changes), sum(row.lift < 0 for row in changes)
    text = f"With {plain(arm)}, recall rises in {gains} of {len(changes)} classes"
    text += f" and falls in {falls}"
    if worst.lift < 0:
        text += f"; the largest fall is {100 * worst.lift:+.1f} pt (class {plain(worst.name)})"
    sure = sum(row.p is not None and row.p < 0.05 for row in changes)
    return f"{text}. {_significant(sure, len(changes))}"


def _significant(n_sure: int, n: int) -> str:
    if n_sure == 0:
        return f"No single change stands out, adjusted for {n} classes (Holm)."
    verb = "change stands" if n_sure == 1 else "changes stand"
    return f"{n_sure} {verb} out, adjusted for {n} classes (Holm, p below 0.05)."
