"""The studies behind a candidate: read from a job's folder, run per seed, pooled as repeats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthlift.configure import experiment
from synthlift.core.results import Failure, Predictions, Report
from synthlift.core.samples import Ints
from synthlift.core.store import Store
from synthlift.experiment import Experiment, Repeat
from synthlift.stages.compute import Compute
from synthlift.stored import read_config
from synthlift.sweeps.results import Choice

Runner = Callable[[Experiment, Path, Compute], tuple[Report, list[Repeat], Store]]
Cell = tuple[str, str]  # an arm under a classifier


@dataclass(frozen=True)
class Ready:
    """The study of one job: what it was, what it ran on, and its store."""

    study: Experiment
    compute: Compute
    root: Path


def read_job(folder: Path) -> Ready:
    """The study of the job in this folder; a ConfigError if its config.yaml can't be read."""
    config = read_config(folder)
    study, compute = experiment(config)
    alone = replace(compute, jobs=1, rotation=0)  # no other job runs beside what reads it
    return Ready(study, alone, Path(config["store"]))


def run_seeds(studies: Sequence[Ready], run: Runner) -> list[list[Repeat]]:
    """The repeats of every study, seed by seed."""
    return [run(ready.study, ready.root, ready.compute)[1] for ready in studies]


def pool(seeds: Sequence[Sequence[Repeat]]) -> list[Repeat]:
    """The repeats of all seeds as those of one study; numbered anew where there are several."""
    if len(seeds) == 1:
        return list(seeds[0])
    return [
        _numbered(repeat, number)
        for number, repeat in enumerate(repeat for repeats in seeds for repeat in repeats)
    ]


def _numbered(repeat: Repeat, number: int) -> Repeat:
    trials = tuple(replace(trial, repeat=number) for trial in repeat.trials)
    failures = tuple(replace(failure, repeat=number) for failure in repeat.failures)
    return replace(repeat, number=number, trials=trials, failures=failures)


def rename(repeats: Sequence[Repeat], names: Mapping[str, str]) -> list[Repeat]:
    """The same with every classifier under the name it competes by."""
    return [
        replace(
            repeat,
            trials=tuple(
                replace(trial, classifier=names[trial.classifier]) for trial in repeat.trials
            ),
            failures=tuple(replace(f, classifier=names[f.classifier]) for f in repeat.failures),
        )
        for repeat in repeats
    ]


def said_of_valid(repeats: Sequence[Repeat]) -> dict[Cell, list[Predictions]]:
    """What every arm under every classifier said of the valid rows, repeat by repeat.

    An arm that failed in any repeat is left out: those that ran would flatter it.
    """
    failed, said = failures_of(repeats), dict[Cell, list[Predictions]]()
    for trial in (trial for repeat in repeats for trial in repeat.trials):
        if (trial.arm, trial.classifier) not in failed:
            said.setdefault((trial.arm, trial.classifier), []).append(trial.valid)
    return said


def tested_rows(repeats: Sequence[Repeat]) -> list[Ints]:
    """Origins of the test rows of every repeat; none of a study in which a repeat has no trial."""
    if not all(repeat.trials for repeat in repeats):
        return []
    return [repeat.trials[0].test.origin for repeat in repeats]


def failures_of(repeats: Sequence[Repeat]) -> dict[Cell, list[Failure]]:
    """The failures of every arm under every classifier that has any."""
    found: dict[Cell, list[Failure]] = {}
    for failure in (failure for repeat in repeats for failure in repeat.failures):
        found.setdefault((failure.arm, failure.classifier), []).append(failure)
    return found


def narrow(ready: Ready, arms: set[str], n_repeats: int, skip: int) -> Ready:
    """The study with these arms (and real, which all are measured against) from `skip` on.

    It has so many repeats whatever they say: a plan of looks ends with the choice.
    """
    study = ready.study
    kept = {name: arm for name, arm in study.arms.items() if name in arms or name == "real"}
    first = study.first_repeat + skip
    fixed = replace(study, arms=kept, n_repeats=n_repeats, until_decided=None, first_repeat=first)
    return replace(ready, study=fixed)


def combine(
    parts: Mapping[int, Sequence[Repeat]], chosen: Sequence[Choice], lead: int
) -> list[Repeat]:
    """One study of the chosen: every arm from its candidate, data and samples shown of `lead`.

    parts: the pooled repeats of the candidates that were chosen, the same seeds and numbers each.
    """
    place = {(choice.arm, choice.classifier): n for n, choice in enumerate(chosen)}
    taken = {(choice.arm, choice.classifier): choice.candidate for choice in chosen}
    combined = []
    for same in zip(*parts.values(), strict=True):
        by_candidate = dict(zip(parts, same, strict=True))
        trials = [
            trial
            for candidate, repeat in by_candidate.items()
            for trial in repeat.trials
            if taken.get((trial.arm, trial.classifier)) == candidate
        ]
        trials.sort(key=lambda trial: place[trial.arm, trial.classifier])
        failures = tuple(
            failure
            for candidate, repeat in by_candidate.items()
            for failure in repeat.failures
            if taken.get((failure.arm, failure.classifier)) == candidate
        )
        shown = by_candidate[lead]
        combined.append(replace(shown, trials=tuple(trials), failures=failures))
    return combined
