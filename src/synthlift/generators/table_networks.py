"""The pair for tables: after CTGAN (Xu et al. 2019, arXiv 1907.00503), changed by measurement.

The condition stands in every row of both networks, scales the batch norm of the generator, and
projects the features of the critic. Rows are drawn in evaluation mode: in training mode a constant
condition would be normalised away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthlift.core.schema import Code, Schema
from synthlift.generators.trained import head_noise

if TYPE_CHECKING:
    from torch import nn

    from synthlift.generators.critic import Critic

FEW_ROWS = 500  # below it packs say more about the few rows than about the distribution
DEPTH = 2


@dataclass(frozen=True)
class TableNetworks:
    """Two residual blocks against two dense layers.

    latent_dim: of z ~ N(0, 1). embedding_dim: of label and level. width: of a block or layer.
    dropout: in the critic. pack: rows that the critic judges together (PacGAN), one below 500 train
    rows. tau: temperature of the gumbel-softmax.
    """

    latent_dim: int
    embedding_dim: int
    width: int
    dropout: float
    pack: int
    tau: float
    sizes: ClassVar[tuple[int, ...]] = ()
    critic_norm: ClassVar[str] = "spectral"

    def __post_init__(self) -> None:
        if min(self.latent_dim, self.embedding_dim, self.width, self.pack) < 1:
            raise ValueError(
                "generator.network: latent_dim, embedding_dim, width and pack are at least 1"
            )
        if not 0 <= self.dropout < 1 or self.tau <= 0:
            raise ValueError("generator.network: dropout lies in [0, 1), tau is above 0")

    def check(self, schema: Schema) -> str | None:
        if schema.modality != "table":
            return f"it draws tables, but the dataset has {schema}; try generator=cgan"
        return None

    def noise_dim(self, code: Code) -> int:
        return self.latent_dim + head_noise(code)

    def generator(self, code: Code, n_classes: int) -> nn.Module:
        from synthlift.generators.dense import ConditionEmbedding, DenseGenerator, residual_body

        embedding = ConditionEmbedding(n_classes, code, self.embedding_dim)
        shown = self.latent_dim + self.embedding_dim
        body, width = residual_body(shown, self.width, DEPTH, n_classes, code)
        return DenseGenerator(self.latent_dim, embedding, body, width, code, self.tau)

    def critic(self, code: Code, n_classes: int, n_rows: int) -> Critic:
        from synthlift.generators.dense import ConditionEmbedding, PackCritic, leaky_body

        pack = self.pack if n_rows >= FEW_ROWS else 1
        embedding = ConditionEmbedding(n_classes, code, self.embedding_dim)
        shown = pack * (code.shape[0] + self.embedding_dim)
        body, width = leaky_body(shown, [self.width] * DEPTH, self.dropout)
        projection = ConditionEmbedding(n_classes, code, width)
        return PackCritic(embedding, body, width, pack, projection)
