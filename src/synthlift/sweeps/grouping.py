"""Which jobs of a sweep are repeats, which are candidates for a choice, which are conditions.

`seed` pools as repeats. Among settings of generator, generation, arm and classifier one is chosen.
Everything else (dataset, split, n_repeats, ...) is a condition: a question of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from synthlift.sweeps.records import Job

CHOSEN = ("generator", "generation", "arm", "classifier")
Role = Literal["repeat", "candidate", "condition"]


@dataclass(frozen=True)
class JobGroup:
    """The jobs of one candidate, a job per seed; overrides: what sets it apart from the others."""

    overrides: tuple[str, ...]
    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class ConditionGroup:
    """The candidates of one condition; overrides: what sets it apart from the others."""

    overrides: tuple[str, ...]
    candidates: tuple[JobGroup, ...]


def role(override: str) -> Role:
    """What an override does in a sweep, by the first part of its key.

    >>> role("seed=3"), role("+generator.steps=100"), role("split.n_per_class=5")
    ('repeat', 'candidate', 'condition')
    """
    key = re.split(r"[=.@/]", override.lstrip("+~"), maxsplit=1)[0]
    if key == "seed":
        return "repeat"
    return "candidate" if key in CHOSEN else "condition"


def group_jobs(jobs: Sequence[Job]) -> tuple[ConditionGroup, ...]:
    """Conditions, and in each its candidates, in the order in which the sweep has them."""
    shared = set.intersection(*(set(job.overrides) for job in jobs)) if jobs else set()
    found: dict[tuple[str, ...], dict[tuple[str, ...], list[Job]]] = {}
    for job in jobs:
        own = [override for override in job.overrides if override not in shared]
        condition, candidate = (
            tuple(override for override in own if role(override) == wanted)
            for wanted in ("condition", "candidate")
        )
        found.setdefault(condition, {}).setdefault(candidate, []).append(job)
    return tuple(
        ConditionGroup(
            condition, tuple(JobGroup(name, tuple(own)) for name, own in candidates.items())
        )
        for condition, candidates in found.items()
    )
