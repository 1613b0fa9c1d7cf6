"""A part of a study that can't take its dataset, and what could take it instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthlift.core.errors import ConfigError
from synthlift.core.schema import Schema


class MisfitError(ConfigError):
    """A part that can't take the dataset.

    group: where another one is to be chosen, as in `generator`. schema: what the dataset is. Both
    survive the way out of a worker process.
    """

    def __init__(self, message: str, group: str, schema: Schema) -> None:
        super().__init__(message, group, schema)
        self.message, self.group, self.schema = message, group, schema

    def __str__(self) -> str:
        return self.message


def with_remedy(misfit: MisfitError, recipes: Mapping[str, Any]) -> str:
    """The refusal, and those recipes that take the dataset.

    recipes: by the setting that chooses each, as in `generator=cgan`; one without a check is no
    candidate.
    """
    checks = {setting: getattr(recipe, "check", None) for setting, recipe in recipes.items()}
    fits = [setting for setting, check in checks.items() if check and not check(misfit.schema)]
    if not fits:
        return f"{misfit}; no {misfit.group} that there is fits it"
    return f"{misfit}; what fits: {', '.join(fits)}"
