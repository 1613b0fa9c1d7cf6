"""Choosing before judging, and looking more than once: sweeps and looks on null data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from calibrate_cells import SPEAKS, Cell, Record, describe_mean, rate, report_on, run_all
from calibrate_population import OWN_STRENGTH, Population
from calibrate_studies import ARM, BASELINE, CLASSIFIER, NULLS, Rows, as_trials, learn_block

from synthlift.core.errors import ConfigError
from synthlift.core.results import Lift, Trial
from synthlift.metrics.accuracy import Accuracy
from synthlift.stages.compare import ALPHA
from synthlift.statistics.sequential import look_alpha, look_sizes
from synthlift.sweeps.by_row import Judges, choose_by_row, judge_trial
from synthlift.sweeps.choosing import choose, judge_valid, score_repeats

UNPLANNED = (6, 12)


@dataclass(frozen=True)
class Swept:
    """The lift of what was chosen on valid rows, and that of the candidate best on test rows.

    true: what the chosen one gains in the population, given the rows that there were; a good choice
    gains a little even among candidates that do not differ on average over datasets.
    """

    chosen: Lift
    naive: Lift
    true: float


def run_sweep(cell: Cell, n_candidates: int, studies: int, workers: int) -> Record:
    """Sweeps over candidates none of which is better than the baseline in the population."""
    if n_candidates < 2:
        raise ConfigError(f"--sweep={n_candidates}: a choice takes 2 candidates at least")
    if cell.null != "exchangeable" or cell.effect:
        raise ConfigError(
            "--sweep chooses among exchangeable candidates without a true lift; leave --null and "
            "--effect away"
        )
    swept = run_all(sweep_study, (cell, n_candidates), studies, workers)
    true = np.array([s.true for s in swept])
    luck = np.array([s.chosen.mean for s in swept]) - true
    return {
        **asdict(cell),
        "candidates": n_candidates,
        "studies": studies,
        "chosen": _describe([s.chosen for s in swept]),
        "naive": _describe([s.naive for s in swept]),
        "true_lift_of_chosen_pt": describe_mean(true),
        "luck_of_chosen_pt": describe_mean(luck),
    }


def sweep_study(cell: Cell, n_candidates: int, number: int) -> Swept:
    """Choose on valid rows and judge as a sweep does, by the regime (sweeps/contest.py)."""
    design = cell.design
    population = Population((OWN_STRENGTH,) * (1 + n_candidates))
    n_repeats = design.n_repeats * (2 if design.fixed else 1)
    rows = Rows.draw(design, population, cell.study_seed(number), range(n_repeats))
    said = [learn_block(rows, block) for block in range(1 + n_candidates)]
    real = as_trials(rows, {BASELINE: said[0]})
    others = [as_trials(rows, {ARM: of_block}) for of_block in said[1:]]
    true = np.stack([s.accuracy for s in said[1:]]) - said[0].accuracy  # (candidates, R)
    first, fresh = slice(design.n_repeats), slice(design.n_repeats, None)

    def judged(trials: Sequence[Trial], part: slice) -> Lift:
        report = report_on([*real[part], *trials], rows.facts[part], rows.schema)
        return report.primary[0]

    naive = judged(max(others, key=lambda trials: _mean(trials[first]))[first], first)
    if design.fixed:
        chosen = choose_candidate(real[first], [trials[first] for trials in others])
        lift = judged(others[chosen][fresh], fresh)
        return Swept(lift, naive, float(true[chosen, fresh].mean()))
    trials, judges = judge_rows(others)
    gains = [true[judge, repeat].mean() for repeat, judge in enumerate(judges.test)]
    return Swept(judged(trials, first), naive, float(np.mean(gains)))


def choose_candidate(real: Sequence[Trial], others: Sequence[Sequence[Trial]]) -> int:
    """The candidate that is best on the valid rows of all these repeats."""
    valid = {
        number: judge_valid(
            {(trials[0].arm, CLASSIFIER): [t.valid for t in trials] for trials in (real, other)},
            (Accuracy(),),
            {ARM: "real"},
        )
        for number, other in enumerate(others)
    }
    return next(c.candidate for c in choose(valid, Accuracy.name) if c.arm == ARM)


def judge_rows(others: Sequence[Sequence[Trial]]) -> tuple[list[Trial], Judges]:
    """Every test row judged by the candidate that its own repeats' valid rows choose."""
    scores = {n: score_repeats([t.valid for t in own], Accuracy()) for n, own in enumerate(others)}
    judges = choose_by_row(scores, [trial.test.origin for trial in others[0]])
    trials = [
        judge_trial(shown, {n: own[at] for n, own in enumerate(others)}, judges, at)
        for at, shown in enumerate(others[0])
    ]
    return trials, judges


def _mean(trials: Sequence[Trial]) -> float:
    return float(np.mean([Accuracy().score(t.test.p, t.test.labels) for t in trials]))


def _describe(lifts: Sequence[Lift]) -> Record:
    return {
        "mean_lift_pt": describe_mean(np.array([lift.mean for lift in lifts])),
        "false_positive_rate": rate(sum(lift.verdict in SPEAKS for lift in lifts), len(lifts)),
        "false_help_rate": rate(sum(lift.verdict == "helps" for lift in lifts), len(lifts)),
    }


@dataclass(frozen=True)
class Looked:
    """Which look spoke first, from 0, or None: of the planned looks, and of unplanned ones."""

    planned: int | None
    unplanned: int | None


def run_looks(cell: Cell, cap: int, studies: int, workers: int) -> Record:
    """Studies of a null that stop at the first look with a verdict."""
    if cell.regime != "fixed_test" or cell.effect or cell.generator == "cgan":
        raise ConfigError(
            "--looks needs --regime=fixed_test and a null of the fast learners: a small pool has "
            "no planned looks"
        )
    sizes = look_sizes(cap)
    looked = run_all(look_study, (cell, cap), studies, workers)
    return {
        **asdict(cell),
        "cap": cap,
        "studies": studies,
        "planned": {
            "repeats": list(sizes),
            "false_positive_rate": rate(sum(s.planned is not None for s in looked), studies),
            "by_look": [sum(s.planned == i for s in looked) for i in range(len(sizes))],
        },
        "unplanned": {
            "repeats": list(UNPLANNED),
            "false_positive_rate": rate(sum(s.unplanned is not None for s in looked), studies),
            "by_look": [sum(s.unplanned == i for s in looked) for i in range(len(UNPLANNED))],
        },
    }


def look_study(cell: Cell, cap: int, number: int) -> Looked:
    """One study, judged as it grows."""
    learners, n_blocks = NULLS[cell.null]
    population = Population((OWN_STRENGTH,) * n_blocks)
    n_repeats = max(cap, *UNPLANNED)
    rows = Rows.draw(cell.design, population, cell.study_seed(number), range(n_repeats))
    trials = as_trials(rows, learners(rows))

    def speaks(n: int, alpha: float) -> bool:
        so_far = [trial for trial in trials if trial.repeat < n]
        report = report_on(so_far, rows.facts[:n], rows.schema, alpha)
        return report.primary[0].verdict in SPEAKS

    def first(looks: Sequence[tuple[int, float]]) -> int | None:
        return next((i for i, (n, alpha) in enumerate(looks) if speaks(n, alpha)), None)

    planned = [(n, look_alpha(i)) for i, n in enumerate(look_sizes(cap))]
    return Looked(first(planned), first([(n, ALPHA) for n in UNPLANNED]))
