"""What an Augmenter trains: the recipe that the command line makes of the same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthlift.core.errors import ConfigError

if TYPE_CHECKING:
    from synthlift.generators.base import Generator
    from synthlift.stages.compute import Compute

GENERATORS = {"image": "cgan", "table": "table_gan"}  # where none is named
DATASETS = {"image": "npz", "table": "csv"}  # whose recipes these samples take
NO_VALID = "generator.selection"  # chooses by rows that are held back, and here none is
SETTINGS = (
    "generator.",
    "generator/",
    "generation.latent_scale",
    "compute.",
    "dataset.augmentation",
)


@dataclass(frozen=True)
class Recipe:
    """What decides what is trained and how it draws."""

    generator: Generator
    latent_scale: float
    flip_keeps_label: bool
    compute: Compute


def read_recipe(generator: str, overrides: Sequence[str], modality: str = "image") -> Recipe:
    """The recipe that the command line makes of these words; a ConfigError for wrong ones."""
    from synthlift.compose import compose
    from synthlift.configure import build

    if isinstance(overrides, str) or not all(isinstance(word, str) for word in overrides):
        raise ConfigError(
            "overrides is a list of settings, as in ('generator.steps=2000',), not "
            + repr(overrides)
        )
    for word in overrides:
        setting = word.lstrip("+~")
        if not setting.startswith(SETTINGS) or setting.startswith(NO_VALID):
            raise ConfigError(
                f"overrides: {word} changes nothing here; what does begins with "
                f"{', '.join(SETTINGS)}"
            )
    config = compose([f"dataset={DATASETS[modality]}", f"generator={generator}", *overrides])
    if "selection" in config["generator"]:
        config["generator"]["selection"] = None
    return Recipe(
        generator=build(config["generator"], "generator"),
        latent_scale=build(config["generation"], "generation").latent_scale,
        flip_keeps_label=config["dataset"].get("flip_keeps_label", False),
        compute=build(config["compute"], "compute"),
    )
