"""What every form of a sweep's report says, in the same words, read off a SweepReport once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from synthlift.core.results import Lift
from synthlift.core.text import count
from synthlift.report import facts
from synthlift.report.words import (
    interval,
    lift_text,
    metric_words,
    plain,
    regime_name,
    score_text,
    verdict_sentences,
)
from synthlift.sweeps.records import Status
from synthlift.sweeps.results import Choice, Condition, Naive, SweepReport

STATES: tuple[Status, ...] = ("finished", "failed", "interrupted", "not run")


@dataclass(frozen=True)
class Cell:
    """One arm in one condition, as the table conditions x arms shows it; lift: over `real`."""

    arm: str
    score: str
    score_span: str
    lift: str
    lift_span: str
    verdict: str


def states_text(report: SweepReport) -> str:
    """'4 studies: 3 finished, 1 failed'."""
    counts = Counter(job.status for job in report.jobs)
    found = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    return f"{len(report.jobs)} {'study' if len(report.jobs) == 1 else 'studies'}: {found}"


def sweep_facts(report: SweepReport) -> list[tuple[str, str]]:
    """The size of the sweep, label and value."""
    counts = Counter(job.status for job in report.jobs)
    rows = [("Studies", f"{len(report.jobs):,}")]
    rows += [(state.capitalize(), f"{counts[state]:,}") for state in STATES if counts[state]]
    rows.append(("Conditions", f"{len(report.conditions):,}"))
    most = max((len(condition.candidates) for condition in report.conditions), default=1)
    if most > 1:
        rows.append(("Candidates in each", f"{most:,}"))
    rows.append(("Judged by", metric_words(report.metric).title.lower()))
    found = regimes(report)
    return [*rows, ("Regime", " or ".join(found))] if found else rows


def regimes(report: SweepReport) -> list[str]:
    """Where the test rows of the conditions come from, each regime once."""
    return list(dict.fromkeys(regime_name(c.report) for c in report.conditions if c.report))


def regime_note(report: SweepReport) -> str:
    """That conditions differ in their regime, and what that means; empty where they do not."""
    if len(regimes(report)) < 2:
        return ""
    return (
        "Conditions differ in their regime: with a fixed test set every repeat is tested on the "
        "same rows, in a small pool on others, and intervals are made in another way. Each is "
        "right for itself, but do not read their widths against one another."
    )


def headlines(condition: Condition) -> list[str]:
    """What a condition answers, primary question by primary question, or why it does not."""
    if condition.report is not None:
        return verdict_sentences(condition.report)
    opening = {"failed": "No answer: ", "unfinished": "No answer yet: "}.get(condition.state, "")
    return [plain(f"{opening}{condition.reason}")]


def classifiers_of(report: SweepReport) -> list[str]:
    """Every classifier that any condition was judged with, in first-seen order."""
    return _seen(c.report.by_classifier for c in report.conditions if c.report)


def arms_of(report: SweepReport, classifier: str) -> list[str]:
    """Every arm that any condition has under a classifier, in first-seen order."""
    return _seen(c.report.by_classifier.get(classifier, {}) for c in report.conditions if c.report)


def _seen(names: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for some in names for name in some))


def cells(condition: Condition, classifier: str, metric: str) -> dict[str, Cell]:
    """Arm -> its score, lift and verdict in a condition; empty where there is no answer."""
    if condition.report is None or classifier not in condition.report.by_classifier:
        return {}
    found = {}
    for row in facts.arm_rows(condition.report, classifier):
        score, lift = row.result.scores.get(metric), row.lift
        found[row.name] = Cell(
            plain(row.name),
            score_text(metric, score.mean) if score else "",
            interval(metric, score) if score else "",
            lift_text(lift) if lift else "",
            interval(lift.metric, lift) if lift else "",
            row.verdict,
        )
    return found


def questions(report: SweepReport) -> dict[tuple[str, str, str], dict[int, Lift]]:
    """(arm, baseline, classifier) of every primary question -> number of the condition -> lift."""
    asked: dict[tuple[str, str, str], dict[int, Lift]] = {}
    for number, condition in enumerate(report.conditions):
        for lift in condition.report.primary if condition.report else ():
            asked.setdefault((lift.arm, lift.baseline, lift.classifier), {})[number] = lift
    return asked


def choices(condition: Condition) -> list[Choice]:
    """Where there was something to choose."""
    return [choice for choice in condition.chosen if choice.n_options > 1]


def choice_sentence(condition: Condition, choice: Choice, metric: str) -> str:
    """'real_synthetic takes generator.steps=800, the best of 2 by validation accuracy (cnn)'."""
    name = condition.candidates[choice.candidate].name
    title = metric_words(metric).title.lower()
    verb = "should take" if condition.by_row else "takes"
    return plain(
        f"{choice.arm} {verb} {name}, the best of {choice.n_options} by validation {title} "
        f"({choice.classifier})"
    )


def fresh_sentence(condition: Condition) -> str:
    """On what the numbers of a condition were made; empty for one without an answer."""
    if condition.report is None:
        return ""
    n = condition.report.n_repeats
    repeats, regime = count(n, "repeat"), regime_name(condition.report)
    if condition.fresh:
        return (
            "The choice was made on validation rows; the lifts are those of "
            f"{repeats} that it had not seen ({regime})."
        )
    if condition.by_row:
        return (
            "The pool is small and has no rows that are fresh, so every test row was judged by the "
            "candidate that did best on validation rows of the repeats in which that row was a "
            "test row: no row judges a choice that it took part in. The lifts are those of "
            f"choosing so, over {repeats}."
        )
    if len(condition.candidates) > 1:
        return f"Nothing had to be chosen; the lifts are of the {repeats} that ran ({regime})."
    return f"The lifts are those of the {repeats} that ran ({regime})."


def naive_sentence(condition: Condition, naive: Naive) -> str:
    """What the best on test would have reported, and why not to quote it."""
    lift = naive.lift
    found = f"{lift_text(lift)} {interval(lift.metric, lift)}".rstrip()
    name = condition.candidates[naive.candidate].name
    narrow = " and its interval too narrow" if lift.low is not None else ""
    return plain(
        f"Do not quote: picking the best of {naive.n_candidates} by its test score would have "
        f"reported {found} for {lift.arm} over {lift.baseline} ({name}, {lift.classifier}). The "
        f"best of several looks good by luck alone, so that number is too high on average{narrow}"
    )


def multiplicity_note(report: SweepReport) -> str:
    """What several verdicts beside one another mean; empty for one."""
    n = sum(condition.report is not None for condition in report.conditions)
    if n < 2:
        return ""
    return (
        f"Each of the {n} conditions answers for itself: with no effect anywhere, one in twenty "
        "would still be called a lift or a loss by chance. Do not pick the best row and quote it "
        "alone."
    )


def unfinished_note(report: SweepReport) -> str:
    """What is missing, and the command that goes on; empty for a sweep that is whole."""
    n = len(report.unfinished)
    if not n:
        return ""
    return (
        f"This sweep is not finished: {n} {'part is' if n == 1 else 'parts are'} missing. The same "
        "command goes on from here and redoes nothing:"
    )
