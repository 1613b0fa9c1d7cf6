"""Draw real rows and conditions, on tensors: tables of row positions lie on the device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import torch
from safetensors.torch import save_file
from torch import Tensor

from synthlift.core.schema import Code
from synthlift.generators.conditioning import FILE

Ask = Callable[[Tensor, Tensor], Tensor]
"""(labels `(n,)`, uniform numbers `(n,)`) to conditions, when samples are drawn."""


def ask_by_label(labels: Tensor, u: Tensor) -> Tensor:
    """The labels are the conditions."""
    return labels


class Conditions(Protocol):
    """Draws for a training on rows that lie sorted by class."""

    def real(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Positions of n rows, int64 `(n,)`, and their conditions."""
        ...

    def fake(self, real: Tensor, rng: torch.Generator) -> Tensor:
        """Conditions of fake samples beside real ones of these conditions."""
        ...

    def ask(self, labels: Tensor, rng: torch.Generator) -> Tensor:
        """Conditions of samples to draw."""
        ...

    def save(self, folder: Path) -> None:
        """Write what drawing needs, if anything."""
        ...


class ClassConditions:
    """Class-balanced rows, uniform labels. counts: rows of each class, int64 `(n_classes,)`."""

    def __init__(self, counts: Tensor) -> None:
        self.counts, self.first = counts, counts.cumsum(0) - counts

    def real(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        labels = draw_labels(len(self.counts), n, rng)
        return self.first[labels] + _within(self.counts[labels], rng), labels

    def fake(self, real: Tensor, rng: torch.Generator) -> Tensor:
        return draw_labels(len(self.counts), len(real), rng)

    def ask(self, labels: Tensor, rng: torch.Generator) -> Tensor:
        return labels

    def save(self, folder: Path) -> None:
        pass


class LevelConditions:
    """Rows by class and level.

    data: encoded rows `(n, width)`, sorted by class, whose discrete spans are 1 at the level of the
    row and 0 elsewhere; a column whose span is 0 has no level there.
    """

    def __init__(self, data: Tensor, counts: Tensor, code: Code) -> None:
        self.counts, self.first = counts, counts.cumsum(0) - counts
        labels = torch.arange(len(counts), device=data.device).repeat_interleave(counts)
        spans = [span for span in code.spans if span.discrete]
        self.n_levels = sum(span.stop - span.start for span in spans)
        rows, cells, start = [], [], 0
        for span in spans:
            high, level = data[:, span.start : span.stop].max(1)
            (has,) = torch.where(high > 0.5)
            rows.append(has)
            cells.append(labels[has] * self.n_levels + start + level[has])
            start += span.stop - span.start
        empty = torch.empty(0, dtype=torch.long, device=data.device)
        cell = torch.cat([empty, *cells])
        self.rows = torch.cat([empty, *rows])[torch.argsort(cell, stable=True)]
        in_cell = torch.bincount(cell, minlength=len(counts) * self.n_levels)
        self.rows_in = in_cell.reshape(len(counts), self.n_levels)
        self.first_in = (in_cell.cumsum(0) - in_cell).reshape(len(counts), self.n_levels)
        sizes = [span.stop - span.start for span in spans]
        self.train = AskLevels(_chances(self.rows_in.double().log1p(), sizes))
        self.draw = AskLevels(_chances(self.rows_in.double(), sizes))

    def real(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        labels = draw_labels(len(self.counts), n, rng)
        u = torch.rand(n, generator=rng, device=rng.device)
        condition = self.train(labels, u)
        of_class = self.first[labels] + _within(self.counts[labels], rng)
        if not self.n_levels:
            return of_class, condition
        level = condition[:, 1]
        known = level.clamp(max=self.n_levels - 1)
        place = self.first_in[labels, known] + _within(self.rows_in[labels, known], rng)
        of_level = self.rows[place.clamp(0, len(self.rows) - 1)]
        return torch.where(level < self.n_levels, of_level, of_class), condition

    def fake(self, real: Tensor, rng: torch.Generator) -> Tensor:
        return real

    def ask(self, labels: Tensor, rng: torch.Generator) -> Tensor:
        return self.draw(labels, torch.rand(len(labels), generator=rng, device=rng.device))

    def save(self, folder: Path) -> None:
        save_file({"p_level": self.draw.p_level.cpu()}, folder / FILE)


class AskLevels:
    """Draws a level of the class beside each label.

    p_level: float64 `(n_classes, n_levels + 1)`, the chance of each level and of none.
    """

    def __init__(self, p_level: Tensor) -> None:
        self.p_level = p_level
        self.until = p_level.cumsum(1)

    def __call__(self, labels: Tensor, u: Tensor) -> Tensor:
        if self.until.device != labels.device:
            self.until = self.until.to(labels.device)
        until = self.until[labels]  # (n, n_levels + 1)
        at = (u.double() * until[:, -1]).unsqueeze(1)
        level = torch.searchsorted(until, at, right=True).squeeze(1)
        return torch.stack([labels, level.clamp(max=until.shape[1] - 1)], 1)


def draw_labels(n_classes: int, n: int, rng: torch.Generator) -> Tensor:
    """Uniform labels, int64 `(n,)`."""
    return torch.randint(n_classes, (n,), generator=rng, device=rng.device)


def _within(counts: Tensor, rng: torch.Generator) -> Tensor:
    """A uniform whole number below each count."""
    drawn = (torch.rand(len(counts), generator=rng, device=rng.device) * counts).long()
    return torch.minimum(drawn, counts - 1)


def _chances(weights: Tensor, sizes: list[int]) -> Tensor:
    """Columns alike, levels of each by weight, "no level" only where a class has none at all.

    weights: float64 `(n_classes, n_levels)`. sizes: levels of each column.
    """
    parts = [w / w.sum(1, keepdim=True).clamp(min=1e-300) for w in torch.split(weights, sizes, 1)]
    chances = torch.cat([weights[:, :0], *parts], 1)
    total = chances.sum(1, keepdim=True)
    chances = chances / total.clamp(min=1)
    return torch.cat([chances, (total == 0).double()], 1)
