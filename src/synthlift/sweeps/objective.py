"""What a search climbs: the validation lift of one arm over its baseline, and what that took.

No test row has a say: the lift is that of `choosing.judge_valid`, by which the sweep's report shows
its candidates, and a study that could stop early, which its test rows decide, is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synthlift.core.errors import ConfigError
from synthlift.core.text import several
from synthlift.experiment import Experiment, Repeat
from synthlift.sweeps.choosing import judge_valid
from synthlift.sweeps.costs import cost_arms
from synthlift.sweeps.studies import said_of_valid

DIRECTIONS = {"lift": "maximize", "seconds": "minimize"}


@dataclass(frozen=True)
class Objective:
    """What a search asks of each study.

    arm: the one whose lift over its baseline counts, under the first classifier. values: `lift`, of
    the first metric on validation rows; `seconds`, what the arm took in a repeat (costs.py).
    """

    arm: str
    values: tuple[str, ...] = ("lift",)

    def __post_init__(self) -> None:
        wrong = [value for value in self.values if value not in DIRECTIONS]
        if wrong or not self.values or len(set(self.values)) < len(self.values):
            raise ValueError(
                f"objective.values is {list(self.values)}; give [lift], [seconds] or "
                "[lift, seconds]"
            )

    @property
    def directions(self) -> list[str]:
        """Whether more or less of each value is better, as `hydra.sweeper.direction` says it."""
        return [DIRECTIONS[value] for value in self.values]

    def check(self, study: Experiment) -> None:
        """A ConfigError, before any training, for a study that can't be asked this."""
        arm = study.arms.get(self.arm)
        using = [name for name, own in study.arms.items() if "synthetic" in own.needs]
        choose = f"choose one that does: {several(using)}" if using else "choose another arm"
        if arm is None:
            raise ConfigError(
                f"objective.arm is {self.arm!r}, which is not among the arms; add it to arm=[...], "
                f"or {choose.replace('does', 'is and uses synthetic samples')}"
            )
        if "synthetic" not in arm.needs:
            raise ConfigError(
                f"objective.arm is {self.arm!r}, which uses no synthetic samples; {choose}"
            )
        if arm.baseline not in study.arms:
            raise ConfigError(
                f"objective.arm is {self.arm!r}, and its lift is over {arm.baseline}, which is not "
                f"among the arms; add {arm.baseline} to arm=[...]"
            )
        if study.until_decided is not None:
            raise ConfigError(
                "until_decided ends a study where its test rows say so, and a search chooses on "
                "validation rows alone; give n_repeats=N instead"
            )

    def check_directions(self, given: str | Sequence[str]) -> None:
        """A ConfigError for a sweeper that would climb what is to fall, or has other values."""
        asked = [given] if isinstance(given, str) else [*given]
        if asked != self.directions:
            raise ConfigError(
                f"hydra.sweeper.direction is {several(asked)}, but objective.values are "
                f"{several(self.values)}; give hydra.sweeper.direction={_written(self.directions)}"
            )


def judge_study(
    study: Experiment, repeats: Sequence[Repeat], root: Path, wanted: Objective
) -> tuple[float, ...] | None:
    """The wanted values of a study that has run, in their order; None where one of them is unknown.

    root: of the store. None: the arm or its baseline failed in a repeat, or there are no validation
    rows. It is no NaN, which Optuna's sweeper ends at.
    """
    classifier = next(iter(study.classifiers))
    baselines = {name: arm.baseline for name, arm in study.arms.items()}
    scores = judge_valid(said_of_valid(repeats), study.scores, baselines)
    own = (score for score in scores if (score.arm, score.classifier) == (wanted.arm, classifier))
    lift = next((score.lift for score in own), None)
    seconds = cost_arms(repeats, study.arms, root).get((wanted.arm, classifier))
    known = {"lift": lift, "seconds": seconds}
    found = [value for name in wanted.values if (value := known[name]) is not None]
    return tuple(found) if len(found) == len(wanted.values) and lift is not None else None


def _written(directions: Sequence[str]) -> str:
    return directions[0] if len(directions) == 1 else f"'[{','.join(directions)}]'"
