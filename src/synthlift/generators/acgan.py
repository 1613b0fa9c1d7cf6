"""The auxiliary-classifier pair: the critic is shown no label, it names the class instead.

Odena et al. 2017, arXiv 1610.09585: a second head of the critic learns the classes of real samples,
and the generator lowers its cross-entropy on fake ones. The stacks are those of dcgan.py, for more
sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthlift.core.schema import Code, Schema
from synthlift.generators.images import (
    check_counts,
    check_critic_norm,
    check_dropout,
    refuse_tables,
)

if TYPE_CHECKING:
    from torch import nn

    from synthlift.generators.critic import Critic


@dataclass(frozen=True)
class Acgan:
    """Draws squares of `sizes` pixels; two doublings below 32 pixels, three from there.

    latent_dim: of z ~ N(0, 1). embedding_dim: of the label beside z. channels: of the widest map;
    doubled at each halving. critic_norm: of the critic's maps: batch, layer, spectral or none.
    dropout: after each of its layers. class_weight: of the cross-entropy of the class beside the
    adversarial loss, in both networks.
    """

    latent_dim: int
    embedding_dim: int
    channels: int
    critic_norm: str
    dropout: float
    class_weight: float
    sizes: ClassVar[tuple[int, ...]] = (8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64)

    def __post_init__(self) -> None:
        check_counts(
            latent_dim=self.latent_dim, embedding_dim=self.embedding_dim, channels=self.channels
        )
        check_critic_norm(self.critic_norm)
        check_dropout(self.dropout)
        if self.class_weight <= 0:
            raise ValueError(
                f"generator.network.class_weight is {self.class_weight}, but the class cost is the "
                "only way by which this critic learns of labels: it is above 0"
            )

    def check(self, schema: Schema) -> str | None:
        return refuse_tables(schema)

    def noise_dim(self, code: Code) -> int:
        return self.latent_dim

    @staticmethod
    def _doublings(code: Code) -> int:
        return 2 if code.shape[1] < 32 else 3

    def generator(self, code: Code, n_classes: int) -> nn.Module:
        """(z `(n, latent_dim)`, labels `(n,)`) to codes in [-1, 1]."""
        from synthlift.generators.stacks import LabelledGenerator, rising

        n_in, depth = self.latent_dim + self.embedding_dim, self._doublings(code)
        body = rising(n_in, code.shape[1] >> depth, self.channels, depth, code.shape[0])
        return LabelledGenerator(n_classes, self.embedding_dim, body)

    def critic(self, code: Code, n_classes: int, n_rows: int) -> Critic:
        """(codes, labels) to scores `(n,)`, which don't depend on the labels."""
        from synthlift.generators.auxiliary import AuxiliaryCritic
        from synthlift.generators.stacks import falling

        depth = self._doublings(code)
        features = falling(code.shape[0], self.channels, depth, self.critic_norm, self.dropout)
        width = (self.channels << (depth - 1)) * (code.shape[1] >> depth) ** 2
        return AuxiliaryCritic(features, width, n_classes, self.class_weight)
