"""The last layer of a dense generator: each span of the code under its own activation.

A categorical span is a gumbel-softmax (Jang et al. 2017, arXiv 1611.01144), whose noise is made
from a part of z: so the same z gives the same row wherever it is drawn, and a smaller scale of z
gives more typical levels.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import torch
from torch import Tensor, nn

from synthlift.core.schema import Code, Span


class SpanHead(nn.Module):
    """Turns features `(n, width)` into codes `(n, *code.shape)`.

    tau: temperature of the softmax. With a condition `(n, 2)` the column of the level that was
    asked for is given, not drawn.
    """

    order: Tensor
    back: Tensor
    scalars: Tensor
    column_of: Tensor
    level_place: Tensor
    level_column: Tensor

    def __init__(self, code: Code, tau: float) -> None:
        super().__init__()
        self.shape, self.tau = code.shape, tau
        tanh = _positions(s for s in code.spans if s.activation == "tanh")
        linear = _positions(s for s in code.spans if s.activation == "linear")
        softmax = sorted((s for s in code.spans if s.activation == "softmax"), key=_size)
        self.n_noise = sum(map(_size, softmax))
        self.sizes = [(size, len(list(same))) for size, same in groupby(map(_size, softmax))]
        order = [*linear, *tanh, *_positions(softmax)]
        self.n_linear, self.n_tanh = len(linear), len(tanh)
        self.n_scalars = self.n_linear + self.n_tanh
        self.is_ordered = order == list(range(len(order)))
        self._keep("order", order)
        self._keep("scalars", order[: self.n_scalars])
        self._keep("back", torch.tensor(order, dtype=torch.long).argsort().tolist())
        discrete = [s for s in code.spans if s.discrete]
        column_of = torch.full((len(order),), -1)
        for column, span in enumerate(discrete):
            column_of[span.start : span.stop] = column
        places = _positions(discrete)
        self._keep("column_of", column_of.tolist())
        self._keep("level_place", [*places, -1])  # the last one is "no level"
        self._keep("level_column", [*column_of[places].tolist(), -2])

    def _keep(self, name: str, values: list[int]) -> None:
        self.register_buffer(name, torch.tensor(values, dtype=torch.long), persistent=False)

    def forward(self, features: Tensor, noise: Tensor, condition: Tensor) -> Tensor:
        """noise: standard normal `(n, n_noise)`."""
        scalars, groups = self.split(features.float())
        if not groups and self.is_ordered:
            return scalars.view(-1, *self.shape)
        parts, start = [scalars], 0
        for logits in groups:
            stop = start + logits[0].numel()
            perturbed = logits + gumbel(noise[:, start:stop]).view_as(logits)
            parts.append((perturbed / self.tau).softmax(2).flatten(1))
            start = stop
        out = torch.cat(parts, 1).index_select(1, self.back)
        return self._give(out, condition).view(-1, *self.shape)

    def split(self, features: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scalars `(n, n_scalars)` after tanh, and logits `(n, spans, entries)` by their number."""
        scalars, groups = self.arrange(features)
        linear, tanh = torch.split(scalars, [self.n_linear, self.n_tanh], 1)
        return torch.cat([linear, tanh.tanh()], 1) if self.n_linear else tanh.tanh(), groups

    def arrange(self, codes: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scalars and categories of `(n, width)` as `split` gives them, without any activation."""
        x = codes if self.is_ordered else codes.index_select(1, self.order)
        groups, start = [], self.n_scalars
        for size, many in self.sizes:
            groups.append(x[:, start : start + size * many].reshape(len(x), many, size))
            start += size * many
        return x[:, : self.n_scalars], groups

    def bound(self, codes: Tensor) -> Tensor:
        """The same with the scalars of tanh spans in [-1, 1]; `(n, width)`."""
        bounded = self.scalars[self.n_linear :]
        inside = codes.index_select(1, bounded).clamp(-1, 1)
        return codes.index_copy(1, bounded, inside)

    def _give(self, codes: Tensor, condition: Tensor) -> Tensor:
        if condition.dim() == 1:
            return codes
        level = condition[:, 1]
        asked = self.column_of == self.level_column[level].unsqueeze(1)  # (n, width)
        places = torch.arange(codes.shape[1], device=codes.device)
        given = (places == self.level_place[level].unsqueeze(1)).to(codes.dtype)
        out: Tensor = torch.where(asked, given, codes)
        return out


def gumbel(noise: Tensor) -> Tensor:
    """Gumbel noise from standard normal noise, by the probability integral transform."""
    log_uniform: Tensor = torch.special.log_ndtr(noise.float())
    return -(-log_uniform).log()


def harden(codes: Tensor, spans: tuple[Span, ...]) -> Tensor:
    """The same with 1 at the largest entry of each softmax span and 0 beside it; `(n, width)`."""
    hard = codes.clone()
    for span in spans:
        if span.activation == "softmax":
            part = codes[:, span.start : span.stop]
            hard[:, span.start : span.stop] = torch.zeros_like(part).scatter_(
                1, part.argmax(1, keepdim=True), 1.0
            )
    return hard


def _size(span: Span) -> int:
    return span.stop - span.start


def _positions(spans: Iterable[Span]) -> list[int]:
    return [i for span in spans for i in range(span.start, span.stop)]
