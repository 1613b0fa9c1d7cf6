"""Networks of dense layers over flat codes; the condition is shown in every row.

A condition is int64 `(n,)`, labels, or `(n, 2)`, label and level (conditioning.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from synthlift.core.schema import Code
from synthlift.generators.critic import Critic
from synthlift.generators.layers import ConditionalSequential, LabelEmbedding
from synthlift.generators.spans import SpanHead


class ConditionEmbedding(nn.Module):
    """A condition as a row of numbers `(n, width)`: that of the label, and of the level if any."""

    def __init__(self, n_classes: int, code: Code, width: int) -> None:
        super().__init__()
        n_levels = sum(s.stop - s.start for s in code.spans if s.discrete)
        self.label = LabelEmbedding(n_classes, width)
        self.level = LabelEmbedding(n_levels + 1, width) if n_levels else None

    def forward(self, condition: Tensor) -> Tensor:
        if condition.dim() == 1:
            labels: Tensor = self.label(condition)
            return labels
        shown: Tensor = self.label(condition[:, 0])
        return shown if self.level is None else shown + self.level(condition[:, 1])


class ConditionalNorm(nn.Module):
    """Batch norm of features `(n, width)` whose scale and shift belong to the condition."""

    def __init__(self, width: int, n_classes: int, code: Code) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(width, affine=False)
        self.scale = ConditionEmbedding(n_classes, code, width)
        self.shift = ConditionEmbedding(n_classes, code, width)
        for weight in (*self.scale.parameters(), *self.shift.parameters()):
            nn.init.zeros_(weight)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return torch.addcmul(self.shift(condition), self.norm(x), 1 + self.scale(condition))


class Residual(nn.Module):
    """Puts relu(norm(dense(x))) before x, as in the generator of CTGAN (arXiv 1907.00503)."""

    def __init__(self, n_in: int, width: int, n_classes: int, code: Code) -> None:
        super().__init__()
        self.dense, self.norm = nn.Linear(n_in, width), ConditionalNorm(width, n_classes, code)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return torch.cat([self.norm(self.dense(x), condition).relu(), x], 1)


def residual_body(
    n_in: int, width: int, depth: int, n_classes: int, code: Code
) -> tuple[nn.Module, int]:
    """Residual blocks, and how many features leave them."""
    blocks = [Residual(n_in + i * width, width, n_classes, code) for i in range(depth)]
    return ConditionalSequential(*blocks), n_in + depth * width


def leaky_body(n_in: int, widths: Sequence[int], dropout: float = 0.0) -> tuple[nn.Sequential, int]:
    """Dense layers with LeakyReLU .2 and dropout, and how many features leave them."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(n_in, width), nn.LeakyReLU(0.2)]
        if dropout:
            layers.append(nn.Dropout(dropout))
        n_in = width
    return nn.Sequential(*layers), n_in


def relu_body(n_in: int, widths: Sequence[int]) -> tuple[nn.Sequential, int]:
    """Dense layers with ReLU, and how many features leave them."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(n_in, width), nn.ReLU()]
        n_in = width
    return nn.Sequential(*layers), n_in


class DenseGenerator(nn.Module):
    """(z `(n, latent_dim + n_noise)`, condition) to codes: condition beside z, body, span head.

    body: called with (features, condition). The last n_noise numbers of z are the head's noise.
    """

    def __init__(
        self,
        latent_dim: int,
        embedding: ConditionEmbedding,
        body: nn.Module,
        width: int,
        code: Code,
        tau: float,
    ) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.condition, self.body = embedding, body
        self.out = nn.Linear(width, prod(code.shape))
        self.head = SpanHead(code, tau)

    def raw(self, latent: Tensor, condition: Tensor) -> Tensor:
        """Codes before their activations, `(n, prod(code.shape))`, of z without its noise."""
        joined = torch.cat([latent, self.condition(condition)], 1)
        features: Tensor = self.out(self.body(joined, condition))
        return features

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        latent, noise = z[:, : self.latent_dim], z[:, self.latent_dim :]
        codes: Tensor = self.head(self.raw(latent, condition), noise, condition)
        return codes


class DenseCritic(Critic):
    """(codes, condition) to scores `(n / pack,)`.

    The condition stands beside each code. pack: rows that are judged together, as in PacGAN (Lin et
    al. 2018, arXiv 1712.04086); n is a multiple of it.
    """

    def __init__(
        self, embedding: ConditionEmbedding, body: nn.Module, width: int, pack: int
    ) -> None:
        super().__init__()
        self.pack = pack
        self.condition, self.body = embedding, body
        self.score = nn.Linear(width, 1)

    def features(self, codes: Tensor, condition: Tensor) -> Tensor:
        """The last features of each pack, `(n / pack, width)`."""
        joined = torch.cat([codes.flatten(1), self.condition(condition)], 1)
        features: Tensor = self.body(joined.reshape(len(joined) // self.pack, -1))
        return features

    def forward(self, codes: Tensor, condition: Tensor) -> Tensor:
        scores: Tensor = self.score(self.features(codes, condition)).squeeze(1)
        return scores


class PackCritic(DenseCritic):
    """The same, its dense layers under spectral norm; the last features meet the conditions too.

    Score = linear(h) + <sum of the embeddings of the pack, h>: Miyato and Koyama 2018, arXiv
    1802.05637.
    """

    def __init__(
        self,
        embedding: ConditionEmbedding,
        body: nn.Module,
        width: int,
        pack: int,
        projection: ConditionEmbedding,
    ) -> None:
        super().__init__(embedding, body, width, pack)
        self.projection = projection
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                spectral_norm(layer)

    def forward(self, codes: Tensor, condition: Tensor) -> Tensor:
        h = self.features(codes, condition)
        asked = self.projection(condition).view(len(h), self.pack, -1).sum(1)
        scores: Tensor = self.score(h).squeeze(1) + (asked * h).sum(1)
        return scores


class Decoder(DenseGenerator):
    """The generator of a variational autoencoder, with a learnt scale per scalar.

    Rows of a table are drawn with that much noise on their scalars, for which z has numbers at its
    end; images are drawn as means, since noise on each pixel would be grain.
    """

    def __init__(
        self,
        latent_dim: int,
        embedding: ConditionEmbedding,
        body: nn.Module,
        width: int,
        code: Code,
        tau: float,
    ) -> None:
        super().__init__(latent_dim, embedding, body, width, code, tau)
        self.log_scale = nn.Parameter(torch.full((self.head.n_scalars,), -1.0))
        self.draws_noise = len(code.shape) == 1

    def scale(self) -> Tensor:
        """Standard deviations `(n_scalars,)`, at least .01 and at most 1."""
        return self.log_scale.exp().clamp(0.01, 1.0)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        codes = super().forward(z[:, : self.latent_dim + self.head.n_noise], condition)
        if not self.draws_noise:
            return codes
        noise = z[:, self.latent_dim + self.head.n_noise :] * self.scale()
        return self.head.bound(codes.index_add(1, self.head.scalars, noise.to(codes.dtype)))


class Encoder(nn.Module):
    """(codes, condition) to mean and log variance of z, each `(n, latent_dim)`."""

    def __init__(
        self, embedding: ConditionEmbedding, body: nn.Module, width: int, latent_dim: int
    ) -> None:
        super().__init__()
        self.condition, self.body = embedding, body
        self.mean, self.log_variance = nn.Linear(width, latent_dim), nn.Linear(width, latent_dim)

    def forward(self, codes: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        joined = torch.cat([codes.flatten(1), self.condition(condition)], 1)
        features = self.body(joined)
        return self.mean(features), self.log_variance(features)
