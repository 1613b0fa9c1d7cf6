"""The diagram of a generator and of what teaches it, a critic or an encoder, from network.json.

With the rows of its table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from synthlift.report.words import plain

ROW = 44.0  # height of a block with its arrow, in units of the drawing
NARROW, WIDE = 26.0, 104.0  # width of a bar for one pixel, and for the widest image
MOST_BLOCKS = 24
SAMPLE = {"image": "image", "table": "encoded row"}
NAME_LENGTH = 32
Shape = Sequence[int]


@dataclass(frozen=True)
class Block:
    """A bar of the diagram: what it is, the shape that leaves it, where it begins.

    kind: `end` for what goes in and comes out, `layer`, `light` for a layer without parameters,
    `gap` for layers left out. feeds: whether the next one takes what this one gives: the second
    head of a critic does not take the first one's.
    """

    kind: str
    title: str
    detail: str
    y: float
    width: float
    feeds: bool


@dataclass(frozen=True)
class LayerText:
    """A line of the text summary; indent: how deep a part lies in its block."""

    name: str
    type: str
    indent: int
    inputs: str
    output: str
    parameters: str


@dataclass(frozen=True)
class NetworkView:
    """One network to draw and to read."""

    title: str
    parameters: str
    blocks: tuple[Block, ...]
    height: float
    rows: tuple[LayerText, ...]

    @property
    def is_split(self) -> bool:
        """Whether some layer does not take what the one before it gives."""
        return not all(block.feeds for block in self.blocks)

    @property
    def alt(self) -> str:
        first, last = self.blocks[0], self.blocks[-1]
        return (
            f"{self.title}: from {first.title} ({first.detail}) to {last.title} ({last.detail}), "
            f"{self.parameters} parameters. The table below lists every layer."
        )


def draw_networks(networks: Mapping[str, Any], modality: str) -> list[NetworkView]:
    """All of a network.json: the generator, and a critic or an encoder."""
    sample = SAMPLE.get(modality, "sample")
    noise = f"noise z of {_size(networks['generator']['input'])}"
    names_class = networks.get("critic", {}).get("names_class", False)
    ends = {
        "generator": (f"{noise} and class", sample),
        "critic": (sample, "score and class") if names_class else (f"{sample} and class", "score"),
        "encoder": (f"{sample} and class", "where z lies"),
    }
    return [_view(name, one, *ends[name]) for name, one in networks.items() if name in ends]


def _view(name: str, network: Mapping[str, Any], first: str, last: str) -> NetworkView:
    layers = network["layers"]
    widest = max([_side(network["input"]), *(_side(row["output"]) for row in layers)])
    inner = _joined([row for row in layers if row["level"] == 0])
    count = f"{network['parameters']:,}"
    start = Drawn("end", first, shape_text(network["input"]), network["input"])
    end = Drawn("end", last, shape_text(network["output"]), network["output"])
    drawn = [start, *_capped(inner), end]
    blocks = tuple(
        Block(
            *(one.kind, one.title, one.detail, i * ROW, _width(one.shape, widest)), _feeds(drawn, i)
        )
        for i, one in enumerate(drawn)
    )
    height = ROW * len(blocks) - 12
    return NetworkView(name.capitalize(), count, blocks, height, tuple(map(_text, layers)))


@dataclass(frozen=True)
class Drawn:
    """A block before it has its place. given: the shape of what goes in, None if that is all."""

    kind: str
    title: str
    detail: str
    shape: Shape | None
    given: Shape | None = None

    @property
    def is_entry(self) -> bool:
        """Whether it turns the number of a class into features."""
        return self.given is not None and not self.given


def _feeds(drawn: Sequence[Drawn], i: int) -> bool:
    """Whether block i + 1 takes what block i gives, also flattened or beside other things."""
    if i in (0, len(drawn) - 1) or drawn[i].is_entry:
        return True
    given = drawn[i + 1].given
    if given is None:
        return True
    sizes = [math.prod(one.shape or ()) for one in drawn[: i + 1]]
    is_back = math.prod(given) in sizes[:-1]  # it takes what an earlier one gave
    return not drawn[i + 1].is_entry and (math.prod(given) == sizes[-1] or not is_back)


def _joined(rows: Sequence[Mapping[str, Any]]) -> list[Drawn]:
    """Blocks; a layer without parameters that keeps the shape joins the one before it."""
    drawn: list[Drawn] = []
    for row in rows:
        shape = row["output"]
        name, _, extra = plain(row["type"]).partition(", ")
        name = re.sub(r"(?<=[a-z])[123]d$", "", name)
        light = row["parameters"] == 0
        if drawn and light and shape == drawn[-1].shape:
            drawn[-1] = replace(drawn[-1], title=f"{drawn[-1].title} + {name}")
            continue
        facts = [shape_text(shape), "" if light else f"{row['parameters']:,}", extra]
        detail = " · ".join(fact for fact in facts if fact)
        given = row["inputs"][0] if row["inputs"] else None
        drawn.append(Drawn("light" if light else "layer", name, detail, shape, given))
    return [replace(one, title=_cut(one.title)) for one in drawn]


def _cut(title: str) -> str:
    return title if len(title) <= NAME_LENGTH else f"{title[: NAME_LENGTH - 1]}…"


def _capped(drawn: list[Drawn]) -> list[Drawn]:
    if len(drawn) <= MOST_BLOCKS:
        return drawn
    half = MOST_BLOCKS // 2
    left_out = f"{len(drawn) - 2 * half} more layers"
    gap = Drawn("gap", left_out, "in the table below", drawn[half].shape)
    return [*drawn[:half], gap, *drawn[-half:]]


def _text(row: Mapping[str, Any]) -> LayerText:
    inputs = ", ".join(shape_text(shape) for shape in row["inputs"])
    return LayerText(
        plain(row["name"]),
        plain(row["type"]),
        row["level"],
        inputs,
        shape_text(row["output"]),
        f"{row['parameters']:,}",
    )


def shape_text(shape: Sequence[int] | None) -> str:
    """A shape as people write it.

    >>> shape_text([16, 8, 8]), shape_text([]), shape_text(None)
    ('16 × 8 × 8', '1', '–')
    """
    if shape is None:
        return "\N{EN DASH}"
    return " \N{MULTIPLICATION SIGN} ".join(f"{n:,}" for n in shape) or "1"


def _size(shape: Sequence[int]) -> str:
    return f"{math.prod(shape):,} numbers"


def _side(shape: Sequence[int] | None) -> int:
    """The side of a feature map; 1 for what has none."""
    return shape[-1] if shape and len(shape) > 1 else 1


def _width(shape: Sequence[int] | None, widest: int) -> float:
    share = math.log2(_side(shape)) / math.log2(widest) if widest > 1 else 0.0
    return round(NARROW + share * (WIDE - NARROW), 1)
