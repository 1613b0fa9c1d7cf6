"""The textbook strided pair, of powers of two.

Radford et al. 2016, arXiv 1511.06434: transposed convolutions with batch norm and ReLU against
strided ones with batch norm and LeakyReLU .2. The label is embedded beside z and is a channel of
what the critic sees, as in Mirza and Osindero 2014, arXiv 1411.1784.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthlift.core.schema import Code, Schema
from synthlift.generators.images import check_counts, check_critic_norm, refuse_tables

if TYPE_CHECKING:
    from torch import nn

    from synthlift.generators.critic import Critic

FIRST_SIDE = 4  # of the first map of the generator and the last one of the critic, in pixels


@dataclass(frozen=True)
class Dcgan:
    """Draws squares of `sizes` pixels; from 4x4 on, every doubling of the side is a layer.

    latent_dim: of z ~ N(0, 1). embedding_dim: of the label beside z. channels: of the widest map;
    doubled at each halving (64 at 64 pixels: 512-256-128-64). critic_norm: of the critic's maps:
    batch, layer, spectral or none; a penalty on its slope needs another than batch.
    """

    latent_dim: int
    embedding_dim: int
    channels: int
    critic_norm: str
    sizes: ClassVar[tuple[int, ...]] = (16, 32, 64, 128)

    def __post_init__(self) -> None:
        check_counts(
            latent_dim=self.latent_dim, embedding_dim=self.embedding_dim, channels=self.channels
        )
        check_critic_norm(self.critic_norm)

    def check(self, schema: Schema) -> str | None:
        return refuse_tables(schema)

    def noise_dim(self, code: Code) -> int:
        return self.latent_dim

    @staticmethod
    def _doublings(code: Code) -> int:
        return (code.shape[1] // FIRST_SIDE).bit_length() - 1

    def generator(self, code: Code, n_classes: int) -> nn.Module:
        """(z `(n, latent_dim)`, labels `(n,)`) to codes in [-1, 1]."""
        from synthlift.generators.stacks import LabelledGenerator, rising

        n_in, depth = self.latent_dim + self.embedding_dim, self._doublings(code)
        body = rising(n_in, FIRST_SIDE, self.channels, depth, code.shape[0])
        return LabelledGenerator(n_classes, self.embedding_dim, body)

    def critic(self, code: Code, n_classes: int, n_rows: int) -> Critic:
        """(codes, labels) to scores `(n,)`."""
        from torch import nn

        from synthlift.generators.stacks import LabelMapCritic, falling, strided

        depth, norm = self._doublings(code), self.critic_norm
        body = falling(code.shape[0] + 1, self.channels, depth, norm)
        score = strided(self.channels << (depth - 1), 1, FIRST_SIDE, norm)
        return LabelMapCritic(n_classes, code.shape[1], nn.Sequential(body, score))
