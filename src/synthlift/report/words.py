"""Numbers and outcomes in plain words, the same in the browser, in Markdown and in the terminal.

Scores are percent, lifts are percentage points ("pt"), log-loss is in nats. What is absent is the
empty string: no reader ever meets a None or a nan.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from synthlift.core.results import ArmResult, Lift, Report, Score

BASELINE = "real"
SMALL_LIFT = 0.01
JOINERS = "\u200c\u200d"  # not printable on their own, but part of emoji and of several scripts


@dataclass(frozen=True)
class MetricWords:
    """How a metric is named and written; `unit` "%" means a fraction of 1."""

    title: str
    unit: str = ""
    lower_is_better: bool = False


METRICS = {
    "accuracy": MetricWords("Accuracy", "%"),
    "balanced_accuracy": MetricWords("Balanced accuracy", "%"),
    "macro_f1": MetricWords("Macro-F1", "%"),
    "log_loss": MetricWords("Log-loss", "nats", lower_is_better=True),
    "calibration_error": MetricWords("Calibration error", "%", lower_is_better=True),
}
KINDS = {
    "real": "real rows only",
    "synthetic": "uses synthetic samples",
    "control": "control",
    "ceiling": "ceiling: more real labels",
    "curve": "real rows only, fewer of them: a point of the learning curve",
}
REGIMES = {
    "fixed_test": "fixed test set",
    "small_pool": "small pool, divided anew in every repeat",
}
MADE = "rival without a generator"  # rows made by a rule, such as SMOTE


def metric_words(metric: str) -> MetricWords:
    """The words for a metric, also for one that a user brought.

    >>> metric_words("top_5").title
    'Top 5'
    """
    return METRICS.get(metric) or MetricWords(plain(metric.replace("_", " ").capitalize()))


def kind_words(result: ArmResult) -> str:
    """What an arm trains on."""
    return MADE if result.kind == "real" and result.n_synthetic else KINDS[result.kind]


def plain(text: object) -> str:
    r"""One visible line: control characters, line breaks and text reversals are spelt out.

    >>> plain("a\nb")
    'a\\nb'
    """
    return "".join(c if c.isprintable() or c in JOINERS else _spelt(c) for c in str(text))


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def score_number(metric: str, value: float | None, *, sign: str = "") -> str:
    """A score or a difference without its unit.

    >>> score_number("accuracy", 0.9312), score_number("log_loss", 0.25)
    ('93.1', '0.250')
    >>> score_number("accuracy", 0.0004, sign="+"), score_number("accuracy", -1e-9, sign="+")
    ('+0.04', '0.0')
    """
    if value is None or not math.isfinite(value):
        return ""
    percent = metric_words(metric).unit == "%"
    scaled, digits = (100 * value, 1) if percent else (value, 3)
    if round(scaled, digits) == 0:
        digits += 1  # a small lift must not read as none
    if round(scaled, digits) == 0:
        return f"{0:.{digits - 1}f}"
    return f"{scaled:{sign}.{digits}f}"


def score_text(metric: str, value: float | None) -> str:
    """A score with its unit: '93.1 %', '0.250 nats'."""
    number = score_number(metric, value)
    return f"{number} {metric_words(metric).unit}".rstrip() if number else ""


def lift_text(lift: Lift) -> str:
    """A lift with its unit: '+1.2 pt'."""
    unit = metric_words(lift.metric).unit.replace("%", "pt")
    return f"{score_number(lift.metric, lift.mean, sign='+')} {unit}".rstrip()


def points(value: float | None) -> str:
    """A difference of fractions in points: '+1.2 pt'; empty for none."""
    number = score_number("accuracy", value, sign="+")
    return f"{number} pt" if number else ""


def interval(metric: str, of: Score | Lift) -> str:
    """'[92.0, 94.2]', with signs for a lift; empty where there is none."""
    sign = "+" if isinstance(of, Lift) else ""
    low, high = (score_number(metric, value, sign=sign) for value in (of.low, of.high))
    return f"[{low}, {high}]" if low and high else ""


def p_value(p: float | None) -> str:
    """A p as people write it.

    >>> p_value(0.04), p_value(1e-9), p_value(None)
    ('0.040', '< 0.001', '')
    """
    if p is None or not math.isfinite(p):
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def level_text(level: float) -> str:
    """A confidence level: '95 %', '99.17 %'."""
    return f"{100 * level:.4g} %"


def verdict_words(lift: Lift) -> str:
    """The verdict as a reader says it; empty for a lift that has none."""
    if lift.verdict == "helps" and lift.high is not None and lift.high < SMALL_LIFT:
        return "helps, by less than 1 pt"
    if lift.verdict == "no difference":
        return "no difference beyond ±1 pt"
    return lift.verdict or ""


def verdict_sentence(lift: Lift) -> str:
    """The sentence that the statistics wrote, or one in its manner."""
    if lift.sentence:
        return plain(lift.sentence)
    found = f"{lift_text(lift)} {interval(lift.metric, lift)}".rstrip()
    outcome = verdict_words(lift) or "no verdict"
    return plain(
        f"{lift.arm} against {lift.baseline} with {lift.classifier}: {outcome} "
        f"({metric_words(lift.metric).title.lower()} {found}, {lift.n} repeats)."
    )


def _verdict_line(lifts: list[Lift]) -> str:
    """The verdicts under one classifier: 'with svm: real_synthetic over real -1.0 pt, hurts'."""
    found = [
        f"{x.arm} over {x.baseline} {lift_text(x)} {interval(x.metric, x)}".rstrip()
        + f", {verdict_words(x) or 'no verdict'}"
        for x in lifts
    ]
    return plain(f"with {lifts[0].classifier}: {'; '.join(found)}")


def verdict_sentences(report: Report) -> list[str]:
    """What the study found, in plain text.

    A sentence for each primary question under the first classifier, a line for each other one.
    """
    if report.primary:
        asked: dict[str, list[Lift]] = {}
        for lift in report.primary:
            asked.setdefault(lift.classifier, []).append(lift)
        first, *others = asked.values()
        return [*map(verdict_sentence, first), *map(_verdict_line, others)]
    if report.failed:
        return [
            "No verdict: of every pair of arms that answers whether synthetic data help, an arm "
            "failed or is not there; see what failed."
        ]
    if not report.by_classifier:
        return [
            "This is a generation-only study: no arm was compared, so it says what the "
            "synthetic data look like, not whether they help."
        ]
    return [
        "No verdict: the study has no pair of arms that answers whether synthetic data help; "
        "give arm=[real,real_synthetic] at least."
    ]


def regime_name(report: Report) -> str:
    """Where the test rows come from, in a few words."""
    return REGIMES.get(report.regime) or plain(report.regime)


def interval_note(report: Report) -> str:
    """What the brackets are, and under which regime."""
    if report.n_repeats < 3:
        return "With fewer than 3 repeats there are no intervals."
    note = f"Brackets: 95 % intervals ({regime_name(report)})"
    levels = {lift.level for lift in report.primary}
    if levels - {0.95}:
        note += (
            f", of the primary questions {level_text(min(levels))}, so that all share 5 % of error"
        )
    return f"{note}; a number without brackets has no interval in this design."
