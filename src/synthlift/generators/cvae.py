"""The dense pair of a conditional variational autoencoder, for tables and images.

Kingma and Welling 2014, arXiv 1312.6114; Sohn et al. 2015 for the condition; spans of tables as in
TVAE (Xu et al. 2019, arXiv 1907.00503, section 4.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from synthlift.core.schema import Code, Schema
from synthlift.generators.trained import head_noise

if TYPE_CHECKING:
    from synthlift.generators.dense import Decoder, Encoder


@dataclass(frozen=True)
class Cvae:
    """latent_dim: of z. embedding_dim: of the condition. widths: of the encoder's layers.

    The decoder has the same layers in the other order. tau: temperature of the gumbel-softmax by
    which categories are drawn.
    """

    latent_dim: int
    embedding_dim: int
    widths: tuple[int, ...]
    tau: float
    sizes: ClassVar[tuple[int, ...]] = tuple(range(1, 65))

    def __post_init__(self) -> None:
        if min(self.latent_dim, self.embedding_dim, *self.widths) < 1:
            raise ValueError("generator.network: dimensions and widths are at least 1")
        if self.tau <= 0:
            raise ValueError(f"generator.network.tau is above 0, not {self.tau}")

    def check(self, schema: Schema) -> str | None:
        return None

    def noise_dim(self, code: Code) -> int:
        scalars = [span for span in code.spans if span.activation != "softmax"]
        is_table = len(code.shape) == 1
        noisy = sum(span.stop - span.start for span in scalars) if is_table else 0
        return self.latent_dim + head_noise(code) + noisy

    def generator(self, code: Code, n_classes: int) -> Decoder:
        from synthlift.generators.dense import ConditionEmbedding, Decoder, relu_body
        from synthlift.generators.layers import Unconditional

        embedding = ConditionEmbedding(n_classes, code, self.embedding_dim)
        body, width = relu_body(self.latent_dim + self.embedding_dim, self.widths[::-1])
        plain = Unconditional(body)
        return Decoder(self.latent_dim, embedding, plain, width, code, self.tau)

    def encoder(self, code: Code, n_classes: int) -> Encoder:
        """(codes, condition) to mean and log variance of z."""
        from synthlift.generators.dense import ConditionEmbedding, Encoder, relu_body

        embedding = ConditionEmbedding(n_classes, code, self.embedding_dim)
        body, width = relu_body(prod(code.shape) + self.embedding_dim, self.widths)
        return Encoder(embedding, body, width, self.latent_dim)
