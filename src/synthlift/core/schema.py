"""What one labelled sample is (Schema) and what a generator must emit (Code).

Sizes come from the data, once, and never from a yaml.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal


@dataclass(frozen=True)
class ImageSchema:
    """Images of one size with labels 0..n_classes-1; `flip_keeps_label` allows mirrored copies."""

    channels: int
    height: int
    width: int
    classes: tuple[str, ...]
    flip_keeps_label: bool = False
    modality: ClassVar[Literal["image"]] = "image"

    @property
    def n_classes(self) -> int:
        return len(self.classes)

    @property
    def shape(self) -> tuple[int, int, int]:
        return (self.channels, self.height, self.width)

    def __str__(self) -> str:
        colour = {1: "grey", 3: "RGB"}.get(self.channels, f"{self.channels}-channel")
        return f"{colour} images of {self.height}x{self.width}, {self.n_classes} classes"


Kind = Literal["numeric", "integer", "categorical", "ordinal", "boolean", "datetime"]


@dataclass(frozen=True)
class Column:
    """One table column: its kind (core.tables says how pandas holds it).

    levels: of a categorical or ordinal column, all that the dataset's files have, ordinal ones from
    low to high. They are names only: what a level means is learnt from train rows.
    """

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSchema:
    """Rows of typed columns with labels 0..n_classes-1."""

    columns: tuple[Column, ...]
    classes: tuple[str, ...]
    modality: ClassVar[Literal["table"]] = "table"

    @property
    def n_classes(self) -> int:
        return len(self.classes)

    @property
    def shape(self) -> tuple[int]:
        return (len(self.columns),)

    def __str__(self) -> str:
        return f"a table of {len(self.columns)} columns, {self.n_classes} classes"


Schema = ImageSchema | TableSchema


@dataclass(frozen=True)
class Span:
    """Positions [start, stop) of the flattened code, and the activation that they end with.

    discrete: whether a softmax stands for the levels of a column (not for the modes of a number),
    so that a generator may be asked for one of them.
    """

    start: int
    stop: int
    activation: Literal["tanh", "softmax", "linear"]
    discrete: bool = False


@dataclass(frozen=True)
class Code:
    """What a generator emits for one sample: its shape, and per span an activation."""

    shape: tuple[int, ...]
    spans: tuple[Span, ...]


def schema_from_json(fields: dict[str, Any]) -> Schema:
    """The schema that `dataclasses.asdict` wrote, after a trip through JSON."""
    classes = tuple(fields["classes"])
    if "columns" in fields:
        columns = (Column(c["name"], c["kind"], tuple(c["levels"])) for c in fields["columns"])
        return TableSchema(tuple(columns), classes)
    return ImageSchema(**{**fields, "classes": classes})
