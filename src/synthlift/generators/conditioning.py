"""What a generator is asked for in training and in drawing: a class, or a class and a level.

A condition is int64 `(n,)`, the labels, or `(n, 2)`, label and level: the level's place among those
of all discrete spans of the code, one after another, and their number for "no level". The recipes
are here, what draws is in `conditions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from synthlift.core.schema import Code, Schema

if TYPE_CHECKING:
    from torch import Tensor

    from synthlift.generators.conditions import Ask, Conditions

FILE = "conditions.safetensors"


class Conditioning(Protocol):
    """Makes what draws real rows and conditions."""

    def check(self, schema: Schema) -> str | None:
        """Why it can't draw from such samples, with the remedy; None if it can."""
        ...

    def over(self, data: Tensor, counts: Tensor, code: Code) -> Conditions:
        """data: encoded rows `(n, *code.shape)` sorted by class; counts: rows per class."""
        ...

    def load(self, folder: Path) -> Ask:
        """What turns labels into conditions when samples are drawn, as training left it."""
        ...


@dataclass(frozen=True)
class ByLabel:
    """A uniform class, then a uniform row of it; fake samples have uniform classes of their own."""

    def check(self, schema: Schema) -> str | None:
        return None

    def over(self, data: Tensor, counts: Tensor, code: Code) -> Conditions:
        from synthlift.generators.conditions import ClassConditions

        return ClassConditions(counts)

    def load(self, folder: Path) -> Ask:
        from synthlift.generators.conditions import ask_by_label

        return ask_by_label


@dataclass(frozen=True)
class ByLabelAndLevel:
    """Training by sampling within each class (Xu et al. 2019, arXiv 1907.00503, section 4.3).

    A uniform class, a uniform discrete column, one of its levels by log frequency among the rows of
    the class, then a uniform row of that class with that level; fake samples have the conditions of
    the real ones. When samples are drawn, a level comes up as often as in the train rows of the
    class. Where there is no discrete column, rows are drawn by class alone.
    """

    def check(self, schema: Schema) -> str | None:
        if schema.modality == "table":
            return None
        return (
            f"its conditioning draws rows by their levels, but the dataset is {schema}; use "
            "generator.conditioning._target_=synthlift.generators.conditioning.ByLabel"
        )

    def over(self, data: Tensor, counts: Tensor, code: Code) -> Conditions:
        from synthlift.generators.conditions import LevelConditions

        return LevelConditions(data, counts, code)

    def load(self, folder: Path) -> Ask:
        from safetensors.torch import load_file

        from synthlift.generators.conditions import AskLevels

        return AskLevels(load_file(folder / FILE)["p_level"])
