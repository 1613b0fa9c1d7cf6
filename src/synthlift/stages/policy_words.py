"""A recommended arm in the words of somebody who is told what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from synthlift.core.results import Trial
from synthlift.core.text import count
from synthlift.statistics.verdict import points

PLAIN, AUGMENTED = "use no synthetic data", "classical augmentation only"
RIVALS = {
    "real": PLAIN,
    "augmented": AUGMENTED,
    "ensemble": "average several classifiers on augmented real rows, without synthetic data",
    "balanced": "weight rare classes up, without synthetic data",
    "oversampled": "repeat rows of rare classes, without synthetic data",
    "smote": "add rows made by SMOTE, without a generator",
}


def advise(trials: Sequence[Trial]) -> str:
    """What to do, with the settings that most repeats chose, the earliest of equals.

    trials: of one arm under one classifier. An arm that this package does not know goes by its
    name.
    """
    usual, _ = Counter(t.settings for t in trials).most_common(1)[0]
    alike = [t for t in trials if t.settings == usual]
    settings, trial = dict(usual), trials[0]
    is_augmented = "augmented" in trial.arm and settings.get("strength") != 0
    strength = _strength(settings.get("strength")) if is_augmented else ""
    alone = AUGMENTED + strength if is_augmented else PLAIN
    if settings.get("weight") == 0 or trial.arm == "augmented":
        return alone
    if trial.kind != "synthetic":
        return RIVALS.get(trial.arm, f"use the arm {trial.arm}")
    n_real, n_synthetic = (
        float(np.mean([getattr(t, name) for t in alike])) for name in ("n_real", "n_synthetic")
    )
    if not n_synthetic:
        return alone
    before = f"classical augmentation{strength}, and " if is_augmented else ""
    how = _weight(settings.get("weight")) + _threshold(settings.get("threshold"))
    if not n_real:
        return f"{before}train on synthetic samples alone{how}"
    return f"{before}add {_short(n_synthetic / n_real)}x synthetic{how}"


def say_policy(
    advice: str,
    arm: str,
    classifier: str,
    mean: float,
    low: float | None,
    high: float | None,
    n_repeats: int,
) -> str:
    """One sentence: the advice, and the lift over `real` to expect of a choice made like this.

    >>> print(say_policy("classical augmentation only", "augmented", "cnn", 0.02, 0.01, 0.03, 6))
    classical augmentation only: +2.0 pt over real rows alone (95 % interval +1.0 to +3.0 pt, 6 \
repeats; augmented, cnn).
    """
    source = f"{count(n_repeats, 'repeat')}; {arm}, {classifier}"
    if arm == "real" and mean == low == high == 0:
        return f"{advice}: no other arm scored higher on valid rows ({source})."
    if low is None or high is None:
        return f"{advice}: {points(mean)} pt over real rows alone, without an interval ({source})."
    interval = f"(95 % interval {points(low)} to {points(high)} pt, {source})"
    if arm == "real":
        choice = f"choosing between arms like this brings {points(mean)} pt"
        return f"{advice}: no other arm scored higher on valid rows; {choice} {interval}."
    if low > 0:
        return f"{advice}: {points(mean)} pt over real rows alone {interval}."
    shown = ", worse than real rows alone on test" if high < 0 else " to expect"
    return f"{advice}: {points(mean)} pt{shown} {interval}."


def qualify(advice: str, arm: str, low: float | None) -> str:
    """The advice, with what speaks against it first where its lift is not shown.

    >>> print(qualify("add 2x synthetic", "real_synthetic", -0.01))
    nothing is shown to beat real rows alone; validation rows prefer: add 2x synthetic
    """
    if arm == "real" or (low is not None and low > 0):
        return advice
    return f"nothing is shown to beat real rows alone; validation rows prefer: {advice}"


def _weight(weight: float | None) -> str:
    return "" if weight is None else f" at weight {weight:g}"


def _threshold(threshold: float | None) -> str:
    return f", kept from a filter threshold of {threshold:g}" if threshold else ""


def _strength(strength: float | None) -> str:
    return "" if strength in (None, 1) else f" at {strength:g} times its strength"


def _short(ratio: float) -> str:
    """Two digits that count.

    >>> _short(5.02), _short(0.333), _short(1234.0)
    ('5', '0.33', '1200')
    """
    return f"{float(f'{ratio:.2g}'):g}"
