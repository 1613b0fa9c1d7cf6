"""sweep.csv: a row per condition, candidate, classifier and arm, tidy enough for a data frame."""

from __future__ import annotations

from synthlift.report import facts
from synthlift.report.tables import TrialRow
from synthlift.sweeps.results import Candidate, Condition, SweepReport


def csv_rows(report: SweepReport) -> list[TrialRow]:
    """A row per condition, candidate, classifier and arm; a candidate without scores has one."""
    return [
        row
        for condition in report.conditions
        for number, candidate in enumerate(condition.candidates)
        for row in _candidate_rows(condition, number, candidate, report.metric)
    ]


def _candidate_rows(
    condition: Condition, number: int, candidate: Candidate, metric: str
) -> list[TrialRow]:
    start = {
        "condition": condition.name,
        "dataset": condition.dataset,
        "candidate": " ".join(candidate.overrides),
        "jobs": " ".join(map(str, candidate.jobs)),
        "state": candidate.state,
        "reason": candidate.reason or (condition.reason if condition.report is None else ""),
    }
    if not candidate.scores:
        return [start]
    return [
        {
            **start,
            "classifier": score.classifier,
            "arm": score.arm,
            "n_repeats": candidate.n_repeats,
            **{f"{m}_valid": _cell(value) for m, value in score.valid.items()},
            "lift_valid": _cell(score.lift),
            "seconds": _cell(score.seconds),
            **_result(condition, number, score.arm, score.classifier, metric),
        }
        for score in candidate.scores
    ]


def _result(
    condition: Condition, number: int, arm: str, classifier: str, metric: str
) -> dict[str, float | int | str]:
    """What was found on test, for the chosen candidate of an arm alone."""
    taken = {(c.arm, c.classifier): c.candidate for c in condition.chosen}
    chosen = taken.get((arm, classifier), number) == number
    if condition.report is None or not chosen:
        return {"chosen": "no"}
    result = condition.report.by_classifier.get(classifier, {}).get(arm)
    if result is None:  # it failed where it was judged
        return {"chosen": "yes"}
    rows = facts.arm_rows(condition.report, classifier)
    row = next((row for row in rows if row.name == arm), None)  # none on the learning curve
    score, primary = result.scores.get(metric), row.primary if row else None
    lift = primary or (row.lift if row else None)
    return {
        "chosen": "yes",
        f"{metric}_test": _cell(score.mean if score else None),
        f"{metric}_test_low": _cell(score.low if score else None),
        f"{metric}_test_high": _cell(score.high if score else None),
        "lift": _cell(lift.mean if lift else None),
        "lift_low": _cell(lift.low if lift else None),
        "lift_high": _cell(lift.high if lift else None),
        "lift_over": lift.baseline if lift else "",
        "verdict": (primary.verdict or "") if primary else "",
    }


def _cell(value: float | None) -> float | str:
    return "" if value is None else value
