"""What to try against a training that went wrong, as settings that can be typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Recipe = Mapping[str, Any]  # as the store records it; empty where it is not known


def hold_back_critic(recipe: Recipe, modality: str) -> list[str]:
    """Against a critic that is never wrong.

    >>> hold_back_critic({"critic_optimizer": {"rate": 0.0004}}, "table")
    ['generator/penalty=r1_strong', 'generator.critic_optimizer.rate=0.0002']
    """
    found = []
    if modality == "image" and _part(recipe, "augmentation") != "DiffAugment":
        found.append("generator/augmentation=diffaugment")
    if _part(recipe, "penalty") in ("", "NoPenalty"):
        found.append(f"generator/penalty={_penalty(recipe, modality)}")
    return found + _rates(recipe, 0.5, "critic_optimizer")


def help_critic(recipe: Recipe) -> list[str]:
    """Against a critic that can't follow the generator.

    >>> help_critic({"n_critic": 1, "critic_optimizer": {"rate": 0.0002}})
    ['generator.n_critic=2', 'generator.critic_optimizer.rate=0.0004']
    """
    more = f"generator.n_critic={recipe.get('n_critic', 1) + 1}"
    return [more, *_rates(recipe, 2.0, "critic_optimizer")]


def calm_down(recipe: Recipe) -> list[str]:
    """Against a training that diverged: a tenth of every rate."""
    return _rates(recipe, 0.1, *(key for key in recipe if key.endswith("optimizer")))


def widen(recipe: Recipe, modality: str) -> list[str]:
    """Against a generator that draws nearly the same sample again and again."""
    found = hold_back_critic(recipe, modality)[:1]
    if _part(recipe, "label_ramp") == "FromTheStart" and modality == "image":
        found.append("generator/label_ramp=transitional")
    if recipe.get("steps", 0) > 1:
        found.append(f"generator.steps={recipe['steps'] // 2}")
    return found


def is_bounded(recipe: Recipe) -> bool:
    """Whether the loss is one whose critic is trained as far as it goes, its slope bounded.

    Arjovsky et al. 2017, arXiv 1701.07875, section 3.
    """
    return _part(recipe, "loss") == "Wasserstein"


def _penalty(recipe: Recipe, modality: str) -> str:
    """One that suits the critic: batch norm allows no bound of its slope."""
    if recipe.get("network", {}).get("critic_norm") == "batch":
        return "lecam"
    return "r1" if modality == "image" else "r1_strong"


def _part(recipe: Recipe, key: str) -> str:
    """The class of a part; empty where it is not known."""
    return str((recipe.get(key) or {}).get("class", "")).rpartition(".")[2]


def _rates(recipe: Recipe, factor: float, *keys: str) -> list[str]:
    rates = {key: (recipe.get(key) or {}).get("rate") for key in keys}
    return [f"generator.{key}.rate={factor * rate:g}" for key, rate in rates.items() if rate]
