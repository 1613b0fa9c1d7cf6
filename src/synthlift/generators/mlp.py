"""The textbook dense pair, for points, tables and small images, which it takes as rows of pixels.

Widths 256-512-1024 against 512-256, LeakyReLU .2, the label as an embedding beside z and beside the
sample (Mirza and Osindero 2014, arXiv 1411.1784).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from synthlift.core.schema import Code, Schema
from synthlift.generators.trained import head_noise

if TYPE_CHECKING:
    from torch import nn

    from synthlift.generators.critic import Critic


@dataclass(frozen=True)
class Mlp:
    """latent_dim: of z ~ N(0, 1). embedding_dim: of the label. widths: of the generator's layers.

    critic_widths: of the critic's layers. tau: temperature of the gumbel-softmax of categories.
    """

    latent_dim: int
    embedding_dim: int
    widths: tuple[int, ...]
    critic_widths: tuple[int, ...]
    tau: float
    sizes: ClassVar[tuple[int, ...]] = tuple(range(1, 65))
    critic_norm: ClassVar[str] = "none"

    def __post_init__(self) -> None:
        if min(self.latent_dim, self.embedding_dim, *self.widths, *self.critic_widths) < 1:
            raise ValueError("generator.network: dimensions and widths are at least 1")
        if self.tau <= 0:
            raise ValueError(f"generator.network.tau is above 0, not {self.tau}")

    def check(self, schema: Schema) -> str | None:
        return None

    def noise_dim(self, code: Code) -> int:
        return self.latent_dim + head_noise(code)

    def generator(self, code: Code, n_classes: int) -> nn.Module:
        from synthlift.generators.dense import ConditionEmbedding, DenseGenerator, leaky_body
        from synthlift.generators.layers import Unconditional

        embedding = ConditionEmbedding(n_classes, code, self.embedding_dim)
        body, width = leaky_body(self.latent_dim + self.embedding_dim, self.widths)
        plain = Unconditional(body)
        return DenseGenerator(self.latent_dim, embedding, plain, width, code, self.tau)

    def critic(self, code: Code, n_classes: int, n_rows: int) -> Critic:
        from synthlift.generators.dense import ConditionEmbedding, DenseCritic, leaky_body

        embedding = ConditionEmbedding(n_classes, code, self.embedding_dim)
        body, width = leaky_body(prod(code.shape) + self.embedding_dim, self.critic_widths)
        return DenseCritic(embedding, body, width, 1)
