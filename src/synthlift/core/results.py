"""What a study found: trials (stored), lifts and the report (derived, never stored by a stage)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from synthlift.core.findings import (
    FailedArm,
    GapClosed,
    LearningCurve,
    Policy,
    Reliability,
    Tuning,
    Worth,
)
from synthlift.core.findings import Score as Score
from synthlift.core.records import rebuild
from synthlift.core.samples import Ints

Floats = npt.NDArray[np.float64]
FINDINGS = {
    "curves": LearningCurve,
    "worths": Worth,
    "gaps": GapClosed,
    "policies": Policy,
    "tunings": Tuning,
    "reliability": Reliability,
    "failed": FailedArm,
}
ArmKind = Literal["real", "synthetic", "control", "ceiling", "curve"]
Verdict = Literal["helps", "hurts", "no difference", "undecided", "no interval"]


@dataclass(frozen=True, eq=False)
class Predictions:
    """Probabilities for held-out rows: p float32 `(n, K)`; labels, origin, group int64 `(n,)`."""

    p: npt.NDArray[np.float32]
    labels: Ints
    origin: Ints
    group: Ints | None = None


@dataclass(frozen=True, eq=False)
class Trial:
    """One trained classifier, judged: what it said of every valid and test row.

    settings: what the arm was trained with, by name. tuned: names of those that were chosen, on
    valid rows, among n_options trainings, of which n_failed went wrong. made_of: the key of its
    predictions in the store.
    """

    arm: str
    classifier: str
    repeat: int
    kind: ArmKind
    n_real: int
    n_synthetic: int
    valid: Predictions
    test: Predictions
    settings: tuple[tuple[str, float | None], ...] = ()
    tuned: tuple[str, ...] = ()
    n_options: int = 1
    n_failed: int = 0
    made_of: str = ""


@dataclass(frozen=True)
class Failure:
    """A trial that there is not, because a training went wrong; reason: in words."""

    arm: str
    classifier: str
    repeat: int
    reason: str


@dataclass(frozen=True)
class ArmResult:
    """One arm under one classifier: label counts (means over repeats) and a score per metric."""

    kind: ArmKind
    n_real: int
    n_synthetic: int
    scores: dict[str, Score]


@dataclass(frozen=True)
class Lift:
    """Paired difference, arm minus baseline, as a fraction of 1 (for losses in their own unit).

    visible: of a primary question, the smallest true lift that this design sees 4 times in 5.
    settle: what would settle it, in words, where it is undecided.
    """

    arm: str
    baseline: str
    classifier: str
    metric: str
    mean: float
    low: float | None
    high: float | None
    p: float | None
    n: int
    level: float = 0.95
    primary: bool = False
    verdict: Verdict | None = None
    sentence: str = ""
    visible: float | None = None
    settle: str = ""


@dataclass(frozen=True)
class ClassLift:
    """Recall of a class in one arm, and its change against the baseline with a Holm-adjusted p."""

    name: str
    arm: str
    classifier: str
    recall: float
    lift: float
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class Report:
    """The record of a study: JSON in, JSON out (DESIGN section 7).

    warnings: what speaks against relying on it. notes: what is merely good to know.
    """

    dataset: str
    modality: str
    classes: tuple[str, ...]
    n_repeats: int
    n_train: int
    n_valid: int
    n_test: int
    regime: str
    by_classifier: dict[str, dict[str, ArmResult]]
    lifts: tuple[Lift, ...]
    per_class: tuple[ClassLift, ...]
    fidelity: dict[str, float | None]
    fidelity_by_repeat: tuple[dict[str, float | None], ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()
    curves: tuple[LearningCurve, ...] = ()
    worths: tuple[Worth, ...] = ()
    gaps: tuple[GapClosed, ...] = ()
    policies: tuple[Policy, ...] = ()
    tunings: tuple[Tuning, ...] = ()
    reliability: tuple[Reliability, ...] = ()
    failed: tuple[FailedArm, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def primary(self) -> tuple[Lift, ...]:
        return tuple(lift for lift in self.lifts if lift.primary)

    def to_json(self) -> dict[str, Any]:
        """The contract of report.json, version 1; None where there is no number, never NaN."""
        fields = asdict(self)
        tables = {name: _arms_to_json(arms) for name, arms in self.by_classifier.items()}
        per_class = [{"class": c.pop("name"), **c} for c in fields["per_class"]]
        return {
            "schema": 1,
            **fields,
            "n_classes": len(self.classes),
            "arms": next(iter(tables.values()), {}),
            "by_classifier": tables,
            "per_class": per_class,
        }

    @staticmethod
    def from_json(fields: dict[str, Any]) -> Report:
        fields = {**fields}
        if fields.pop("schema") != 1:
            raise ValueError("this report.json was written by another version of synthlift")
        for derived in ("arms", "n_classes"):
            fields.pop(derived)
        fields["by_classifier"] = {
            name: {arm: _arm_from_json(facts) for arm, facts in arms.items()}
            for name, arms in fields["by_classifier"].items()
        }
        fields["lifts"] = tuple(Lift(**lift) for lift in fields["lifts"])
        fields["per_class"] = tuple(
            ClassLift(name=c["class"], **{k: v for k, v in c.items() if k != "class"})
            for c in fields["per_class"]
        )
        for name in ("classes", "warnings", "notes", "fidelity_by_repeat"):
            fields[name] = tuple(fields.get(name, ()))
        for name, kind in FINDINGS.items():
            fields[name] = tuple(rebuild(kind, found) for found in fields.get(name, ()))
        return Report(**fields)


def _arms_to_json(arms: dict[str, ArmResult]) -> dict[str, Any]:
    table = {}
    for name, arm in arms.items():
        facts = asdict(arm)
        table[name] = {**facts.pop("scores"), **facts}
    return table


def _arm_from_json(facts: dict[str, Any]) -> ArmResult:
    scores = {name: Score(**value) for name, value in facts.items() if isinstance(value, dict)}
    return ArmResult(facts["kind"], facts["n_real"], facts["n_synthetic"], scores)
