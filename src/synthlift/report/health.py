"""How the training of the generator went, in plain sentences read off its curve.

Thresholds are rules of thumb, meant to send a reader to the right place, not to decide anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from synthlift.report.remedies import (
    Recipe,
    calm_down,
    help_critic,
    hold_back_critic,
    is_bounded,
    widen,
)

LOSSES = ("generator_loss", "critic_loss", "loss", "reconstruction", "divergence")
LAST_PART = 3  # the last third of the curve is judged
STRONG, WEAK = 0.95, 0.45
ALIKE, NARROW = 0.2, 0.5
NOTHING_KNOWN: Recipe = MappingProxyType({})
Level = Literal["good", "watch", "bad"]
LEVELS: tuple[Level, ...] = ("good", "watch", "bad")


@dataclass(frozen=True)
class Finding:
    """One observation: how serious it is, what was seen, what it means or what to do."""

    level: Level
    title: str
    text: str


def judge_training(
    curve: Sequence[Mapping[str, float]],
    fidelity: Mapping[str, float | None],
    recipe: Recipe = NOTHING_KNOWN,
    modality: str = "image",
) -> list[Finding]:
    """Findings on one repeat, the most serious first; none where nothing was recorded.

    recipe: what was trained, as the store records it; the settings to try are read off it.
    """
    found = [
        *_of_critic(curve, recipe, modality),
        *_of_losses(curve, recipe),
        *_of_variety(fidelity, recipe, modality),
    ]
    return sorted(found, key=lambda f: -LEVELS.index(f.level))


def _of_critic(
    curve: Sequence[Mapping[str, float]], recipe: Recipe, modality: str
) -> list[Finding]:
    real, fake = (_late_mean(curve, f"critic_accuracy_{kind}") for kind in ("real", "fake"))
    if real is None or fake is None:
        return []
    seen = (
        f"In the last third of the training the critic was right about {100 * real:.0f} % of the "
        f"real and {100 * fake:.0f} % of the synthetic samples."
    )
    if min(real, fake) >= STRONG and is_bounded(recipe):
        return [
            Finding(
                "good",
                "The critic leads, as it should under this loss",
                f"{seen} With the Wasserstein loss a strong critic still teaches; accuracy is "
                "counted at the middle of the two mean scores.",
            )
        ]
    if min(real, fake) >= STRONG:
        return [
            Finding(
                "bad",
                "The critic is too strong",
                f"{seen} A critic that is never wrong tells the generator little. Train longer if "
                "the synthetic samples still get better; else hold it back"
                f"{_as_one(hold_back_critic(recipe, modality))}.",
            )
        ]
    if fake < WEAK or real < WEAK:
        which = "synthetic" if fake <= real else "real"
        return [
            Finding(
                "watch",
                f"The critic is mostly wrong on {which} samples",
                f"{seen} It can't follow the generator: let it learn faster"
                f"{_as_one(help_critic(recipe))}.",
            )
        ]
    return [
        Finding(
            "good",
            "Critic and generator keep each other in balance",
            f"{seen} Guessing is 50 %, and a critic that is never wrong would be too strong.",
        )
    ]


def _of_losses(curve: Sequence[Mapping[str, float]], recipe: Recipe) -> list[Finding]:
    broken = [row for row in curve if not all(math.isfinite(row.get(name, 0)) for name in LOSSES)]
    if broken:
        step = f"{broken[0].get('step', 0):,.0f}"
        text = f"A loss is no number at step {step}. Lower the rates{_as_one(calm_down(recipe))}."
        return [Finding("bad", "The training diverged", text)]
    return []


def _of_variety(
    fidelity: Mapping[str, float | None], recipe: Recipe, modality: str
) -> list[Finding]:
    diversity = fidelity.get("diversity")
    if diversity is None or diversity >= NARROW:
        return []
    seen = f"The samples of a class differ {diversity:.2f} times as much as real ones do."
    if diversity < ALIKE:
        return [
            Finding(
                "bad",
                "The generator has collapsed",
                f"{seen} It draws nearly the same sample again and again; train it on more rows, "
                f"or with other settings{_as_one(widen(recipe, modality))}.",
            )
        ]
    return [
        Finding(
            "watch",
            "The samples are less varied than the real ones",
            f"{seen} Look at them above for repeats; a larger scale of z "
            "(generation.latent_scale) makes samples more varied.",
        )
    ]


def _as_one(settings: Sequence[str]) -> str:
    """': try one of a=1, b=2, c=3'; nothing where there are none."""
    one_of = "one of " if len(settings) > 1 else ""
    return f": try {one_of}{', '.join(settings)}" if settings else ""


def _late_mean(curve: Sequence[Mapping[str, float]], column: str) -> float | None:
    """The mean over the last third of the rows that have a number."""
    values = [v for row in curve if math.isfinite(v := row.get(column, math.nan))]
    late = values[-math.ceil(len(values) / LAST_PART) :] if values else []
    return sum(late) / len(late) if late else None
