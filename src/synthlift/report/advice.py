"""What to do, and what the synthetic samples were worth: the lines right below the answers."""

from __future__ import annotations

from dataclasses import dataclass

from synthlift.core.findings import Policy
from synthlift.core.results import Report
from synthlift.report.answers import as_sentence
from synthlift.report.facts import asked_arms
from synthlift.report.words import BASELINE, metric_words, plain, score_number

CEILING = "more_real"


@dataclass(frozen=True)
class Advice:
    """A policy as the page shows it. lift: to expect, empty where it is 0 by construction.

    caveat: why not to rely on it, if there is something. sentence: all of it in plain text.
    """

    classifier: str
    advice: str
    lift: str
    interval: str
    caveat: str
    sentence: str


def advise(report: Report, classifier: str) -> Advice | None:
    """What to do with a classifier; None where the study has no valid rows to choose on."""
    found = next((x for x in report.policies if x.classifier == classifier), None)
    if found is None:
        return None
    low, high = (score_number(found.metric, x, sign="+") for x in (found.low, found.high))
    unit = metric_words(found.metric).unit.replace("%", "pt")
    lift = f"{score_number(found.metric, found.mean, sign='+')} {unit}".rstrip()
    is_baseline = found.mean == found.low == found.high == 0
    return Advice(
        plain(classifier),
        as_sentence(found.advice),
        "" if is_baseline else lift,
        f"[{low}, {high}]" if low and high else "",
        _caveat(found),
        plain(found.sentence),
    )


def _caveat(policy: Policy) -> str:
    if policy.arm == BASELINE:
        return "No other arm scored higher on validation rows."
    if policy.low is None or policy.high is None:
        return "Without an interval nobody can tell this from chance."
    if policy.high < 0:
        return "On test rows this choice was worse than real rows alone."
    return ""


def worth_lines(report: Report, classifier: str) -> list[str]:
    """Sample equivalence and gap closed of the arms that were asked about, a sentence each.

    Of several ceilings `more_real` serves, else the first; the others stand with the curve.
    """
    baselines = (x.baseline for x in report.primary if x.classifier == classifier)
    asked = list(dict.fromkeys((*asked_arms(report, classifier), *baselines)))
    worths = [x for x in report.worths if x.classifier == classifier and x.arm in asked]
    gaps = [x for x in report.gaps if x.classifier == classifier and x.arm in asked]
    ceilings = [x.ceiling for x in gaps]
    ceiling = CEILING if CEILING in ceilings else next(iter(ceilings), "")
    found = [x.sentence for x in worths]
    found += [x.sentence for x in gaps if x.ceiling == ceiling]
    return list(dict.fromkeys(map(plain, found)))


def finding_sentences(report: Report) -> list[str]:
    """What stands below the verdicts in plain text: what to do, worth, what would settle it.

    The worth is that of the first classifier; a classifier is named where there are several.
    """
    several = len(report.by_classifier) > 1
    lines = []
    for classifier in report.by_classifier:
        advice = advise(report, classifier)
        if advice:
            name = f"what to do with {plain(classifier)}" if several else "what to do"
            lines.append(f"{name}: {advice.sentence or advice.advice}")
    first = next(iter(report.by_classifier), "")
    lines += worth_lines(report, first)
    for lift in report.primary:
        if lift.classifier == first and lift.settle and lift.settle not in lift.sentence:
            lines.append(as_sentence(lift.settle))
    return lines
