"""Cells of the calibration table: many studies of one kind, what `compare` said of them, and rates.

A study is decided by the seed, the cell and its number alone: neither more studies nor more
processes change it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import Any, TypeVar

import numpy as np
from calibrate_population import OWN_STRENGTH, Population, plant
from calibrate_studies import ARM, BASELINE, CLASSIFIER, NULLS, Design, Rows, as_trials

from synthlift.core.results import Floats, Lift, Report, Trial
from synthlift.core.schema import Schema
from synthlift.core.seeds import derive
from synthlift.core.splits import SplitFacts
from synthlift.metrics.accuracy import Accuracy
from synthlift.metrics.base import correct
from synthlift.stages.compare import Question, compare
from synthlift.statistics.proportion import wilson
from synthlift.statistics.verdict import SMALL

QUESTION = Question(ARM, BASELINE, primary=True)
SPEAKS = ("helps", "hurts")
CHUNK = 10  # studies that a process takes at a time
T = TypeVar("T")
Record = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """A kind of study. effect: true lift in points, planted on the exchangeable design."""

    null: str
    effect: float
    regime: str
    n: int
    generator: str
    seed: int

    @property
    def design(self) -> Design:
        return Design(self.regime, self.n)

    @property
    def name(self) -> str:
        """Names the cell in a file name, and the stream of its seeds."""
        kind = f"effect_{self.effect:g}" if self.effect else self.null
        return f"{self.regime}-{kind}-{self.generator}-{self.n}"

    def study_seed(self, number: int) -> int:
        return derive(self.seed, self.name, "study", number)

    def population(self) -> Population:
        """Learners as strong as each other, or the second one stronger by the effect."""
        if self.effect:
            return plant(self.effect / 100, self.design.n_train)
        return Population((OWN_STRENGTH,) * NULLS[self.null][1])


@dataclass(frozen=True)
class Outcome:
    """What one study said of its primary question, and how its arms did; fractions of 1.

    agreement: share of test rows on which both arms are right, or both wrong.
    """

    lift: Lift
    scores: tuple[float, float]
    agreement: float


def judge_study(cell: Cell, population: Population, number: int) -> Outcome:
    """Draw a study and let the package decide."""
    seed, repeats = cell.study_seed(number), range(cell.design.n_repeats)
    if cell.generator == "cgan":
        from calibrate_cgan import draw_gan_study  # it imports torch, which costs seconds

        return judge(*draw_gan_study(cell.design, seed, repeats))
    learners, _ = NULLS[cell.null]
    rows = Rows.draw(cell.design, population, seed, repeats)
    return judge(as_trials(rows, learners(rows)), rows.facts, rows.schema)


def judge(trials: Sequence[Trial], facts: Sequence[SplitFacts], schema: Schema) -> Outcome:
    """The package's own comparison of two arms."""
    report = report_on(trials, facts, schema)
    arms = report.by_classifier[CLASSIFIER]
    scores = (arms[BASELINE].scores["accuracy"].mean, arms[ARM].scores["accuracy"].mean)
    said = {(t.arm, t.repeat): correct(t.test.p, t.test.labels) for t in trials}
    same = [said[BASELINE, r] == right for (arm, r), right in said.items() if arm == ARM]
    return Outcome(report.primary[0], scores, float(np.mean(same)))


def report_on(
    trials: Sequence[Trial],
    facts: Sequence[SplitFacts],
    schema: Schema,
    alpha: float = 0.05,
) -> Report:
    """What synthlift reports on these trials; alpha: as in `compare`."""
    return compare(
        trials,
        facts,
        [{}] * len(facts),
        (Accuracy(),),
        (QUESTION,),
        dataset="calibration",
        schema=schema,
        alpha=alpha,
    )


def run_cell(cell: Cell, studies: int, workers: int) -> Record:
    """All studies of a cell and what came of them."""
    population = cell.population()
    outcomes = run_all(judge_study, (cell, population), studies, workers)
    return summarise(cell, outcomes)


def run_all(study: Callable[..., T], given: tuple[Any, ...], studies: int, workers: int) -> list[T]:
    """study(*given, number) for every number, in their order, one thread to a process."""
    chunks = [range(i, min(i + CHUNK, studies)) for i in range(0, studies, CHUNK)]
    jobs = [(study, given, chunk) for chunk in chunks]
    if workers == 1:
        return [outcome for job in jobs for outcome in _run_chunk(job)]
    with get_context("spawn").Pool(workers) as pool:
        return [outcome for chunk in pool.imap(_run_chunk, jobs) for outcome in chunk]


def _run_chunk(job: tuple[Callable[..., T], tuple[Any, ...], Iterable[int]]) -> list[T]:
    from threadpoolctl import threadpool_limits

    study, given, numbers = job
    with threadpool_limits(1):
        return [study(*given, number) for number in numbers]


def summarise(cell: Cell, outcomes: Sequence[Outcome]) -> Record:
    """Rates with Wilson intervals, lifts in points. None where a rate has no meaning.

    A false verdict: one that speaks where the true lift is 0; else one for the wrong side, or "no
    difference" where there is one of 1 pt or more.
    """
    true_lift = cell.effect / 100
    lifts = [outcome.lift for outcome in outcomes]
    said = Counter(str(lift.verdict) for lift in lifts)
    spoke = sum(said[word] for word in SPEAKS)
    right = "helps" if cell.effect > 0 else "hurts"
    wrong = "hurts" if cell.effect > 0 else "helps"
    missed = said["no difference"] if abs(true_lift) >= SMALL else 0
    ends = [
        (lift.low, lift.high) for lift in lifts if lift.low is not None and lift.high is not None
    ]
    covered = sum(low <= true_lift <= high for low, high in ends)
    visible = [lift.visible for lift in lifts if lift.visible is not None]
    first = lifts[0]
    return {
        **asdict(cell),
        "studies": len(outcomes),
        "n_repeats": first.n,
        "n_train": cell.design.n_train,
        "false_positive_rate": None if cell.effect else rate(spoke, len(lifts)),
        "coverage": rate(covered, len(ends)),
        "power": rate(said[right], len(lifts)) if cell.effect else None,
        "false_verdicts": rate(said[wrong] + missed if cell.effect else spoke, len(lifts)),
        "verdicts": {word: round(k / len(lifts), 6) for word, k in sorted(said.items())},
        "true_lift_pt": cell.effect,
        "mean_lift_pt": describe_mean(np.array([lift.mean for lift in lifts])),
        "mean_half_width_pt": points(np.mean([h - low for low, h in ends]) / 2) if ends else None,
        "mean_visible_pt": points(np.mean(visible)) if visible else None,
        "accuracy": {
            arm: round(float(np.mean([outcome.scores[i] for outcome in outcomes])), 6)
            for i, arm in enumerate((BASELINE, ARM))
        },
        "agreement": round(float(np.mean([outcome.agreement for outcome in outcomes])), 6),
    }


def rate(k: int, n: int) -> Record | None:
    """The share k of n with its Wilson interval at 95 %; None of no cases."""
    if not n:
        return None
    low, high = wilson(k, n)
    return {"value": round(k / n, 6), "low": round(low, 6), "high": round(high, 6), "n": n}


def describe_mean(values: Floats) -> Record:
    """Mean and standard error in points; no error of a single study."""
    error = values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else None
    return {
        "mean": points(values.mean()),
        "standard_error": None if error is None else points(error),
    }


def points(fraction: float | np.floating[Any]) -> float:
    """A fraction of 1 in points."""
    return round(100 * float(fraction), 6)
