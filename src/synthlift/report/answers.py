"""The verdict as a practitioner would say it: a question, an answer, what would settle it."""

from __future__ import annotations

from dataclasses import dataclass

from synthlift.core.results import Lift, Report
from synthlift.core.text import count
from synthlift.report.words import (
    BASELINE,
    SMALL_LIFT,
    level_text,
    lift_text,
    metric_words,
    plain,
    score_number,
    score_text,
    verdict_sentence,
    verdict_words,
)

QUESTIONS = {
    ("real_synthetic", "real"): "Does adding synthetic samples to the real ones help?",
    (
        "augmented_synthetic",
        "augmented",
    ): "Do they still help on top of classical augmentation?",
}
ONLY_HERE = "on this training set"  # how the statistics restrict a verdict
SIGNS = {"helps": "▲", "hurts": "▼", "no difference": "=", "undecided": "?"}


@dataclass(frozen=True)
class Answer:
    """A primary question answered. tone: `helps`, `hurts` or `open`, for colour and shape.

    settle: what would settle it. visible: the smallest lift that the study sees. about: which arms,
    repeats and classifier. Empty if unknown.
    """

    lift: Lift
    question: str
    tag: str
    sign: str
    tone: str
    text: str
    settle: str
    visible: str
    about: str


def answers(report: Report, classifier: str) -> list[Answer]:
    """The primary questions of a classifier, in the order of the study."""
    return [answer(report, lift) for lift in report.primary if lift.classifier == classifier]


def answer(report: Report, lift: Lift) -> Answer:
    """The answer that a lift gives."""
    verdict = lift.verdict or "no interval"
    return Answer(
        lift,
        question(lift),
        verdict_words(lift) or "no verdict",
        SIGNS.get(verdict, "\N{EN DASH}"),
        verdict if verdict in ("helps", "hurts") else "open",
        _text(report, lift, verdict),
        as_sentence(lift.settle),
        visible_text(lift),
        _about(lift),
    )


def _about(lift: Lift) -> str:
    """What was compared; without an interval the sentence of the statistics, which says why."""
    if lift.low is None or lift.high is None:
        return verdict_sentence(lift)
    scope = f" {ONLY_HERE}" if ONLY_HERE in lift.sentence else ""
    repeats = count(lift.n, "repeat")
    return plain(f"{lift.arm} against {lift.baseline}{scope}: {repeats}, {lift.classifier}.")


def visible_text(lift: Lift) -> str:
    """The smallest true lift that this design sees 4 times in 5; empty where there is none."""
    size = visible_size(lift)
    if not size:
        return ""
    return f"{size}. A true lift of this size is found 4 times in 5, a smaller one less often."


def visible_size(lift: Lift) -> str:
    """'2.1 pt', the smallest lift that is seen; empty where there is none."""
    number = score_number(lift.metric, lift.visible)
    unit = metric_words(lift.metric).unit.replace("%", "pt")
    return f"{number} {unit}".rstrip() if number else ""


def as_sentence(text: str) -> str:
    """Visible text that begins with a capital, or with a name as it is, and ends with a stop.

    Empty stays empty.

    >>> as_sentence("about 12 more repeats")
    'About 12 more repeats.'
    """
    shown = plain(text).strip()
    if not shown:
        return ""
    first = shown[0] if "_" in shown.split()[0] else shown[0].upper()  # an arm such as more_real
    return first + shown[1:] + ("" if shown[-1] in ".!?" else ".")


def question(lift: Lift) -> str:
    """What was asked, in words for the usual arms, by name for others."""
    known = QUESTIONS.get((lift.arm, lift.baseline))
    if known:
        return known
    over = "real rows alone" if lift.baseline == BASELINE else plain(lift.baseline)
    return f"Does {plain(lift.arm)} beat {over}?"


def _text(report: Report, lift: Lift, verdict: str) -> str:
    metric = metric_words(lift.metric)
    name, change = metric.title.lower(), lift_text(lift)
    before, after = _before_after(report, lift)
    scores = f" from {before} to {after}" if before and after else ""
    if verdict == "helps":
        small = lift.high is not None and lift.high < SMALL_LIFT and metric.unit == "%"
        extent = ", by less than 1 pt" if small else ""
        return f"Yes{extent}: {name} rises{scores} ({change}), more than chance explains."
    if verdict == "hurts":
        return f"No, they do harm: {name} falls{scores} ({change}), more than chance explains."
    if verdict == "no difference":
        return (
            f"No difference that matters: {name} goes{scores} ({change}), and the "
            f"{level_text(lift.level)} interval stays within ±1 pt."
        )
    if lift.low is None or lift.high is None:
        return (
            f"No verdict: {name} goes{scores} ({change}), but without an interval nobody can tell "
            "this from chance."
        )
    low, high = (score_number(lift.metric, x, sign="+") for x in (lift.low, lift.high))
    unit = metric.unit.replace("%", "pt")
    reach = f"from {low} to {high} {unit}".rstrip()
    text = (
        f"This study can't tell: {name} goes{scores} ({change}), but the true change may be "
        f"anything {reach}."
    )
    return text if lift.settle else f"{text} More repeats and more test rows narrow that."


def _before_after(report: Report, lift: Lift) -> tuple[str, str]:
    arms = report.by_classifier.get(lift.classifier, {})
    found = (arms[a].scores.get(lift.metric) for a in (lift.baseline, lift.arm) if a in arms)
    shown = [score_text(lift.metric, score.mean) for score in found if score]
    return (shown[0], shown[1]) if len(shown) == 2 else ("", "")
