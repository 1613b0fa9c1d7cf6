"""The small convolutional pair of the tutorials.

Layers as in TensorFlow's "Deep Convolutional Generative Adversarial Network": dense, then 5x5
transposed convolutions with batch norm, against a critic of 5x5 convolutions with dropout (after
Radford et al. 2016, arXiv 1511.06434). The label is embedded beside z and is a channel of what the
critic sees, as in Mirza and Osindero 2014, arXiv 1411.1784.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthlift.core.schema import Code, Schema
from synthlift.generators.images import check_counts, check_dropout, refuse_tables

if TYPE_CHECKING:
    from torch import nn

    from synthlift.generators.critic import Critic

SLOPE = 0.3  # of LeakyReLU below 0


@dataclass(frozen=True)
class Conv:
    """Draws squares of `sizes` pixels by two doublings.

    latent_dim: of z ~ N(0, 1). embedding_dim: of the label beside z. channels: of the widest map
    (64: the generator has 256-128-64, the critic 64-128). dropout: after each layer of the critic.
    """

    latent_dim: int
    embedding_dim: int
    channels: int
    dropout: float
    sizes: ClassVar[tuple[int, ...]] = tuple(range(8, 65, 4))
    critic_norm: ClassVar[str] = "none"

    def __post_init__(self) -> None:
        check_counts(
            latent_dim=self.latent_dim, embedding_dim=self.embedding_dim, channels=self.channels
        )
        check_dropout(self.dropout)

    def check(self, schema: Schema) -> str | None:
        return refuse_tables(schema)

    def noise_dim(self, code: Code) -> int:
        return self.latent_dim

    def generator(self, code: Code, n_classes: int) -> nn.Module:
        """(z `(n, latent_dim)`, labels `(n,)`) to codes in [-1, 1]."""
        from torch import nn

        from synthlift.generators.stacks import LabelledGenerator, spread_evenly

        side, c = code.shape[1] // 4, self.channels
        wide = 4 * c * side * side
        n_in = self.latent_dim + self.embedding_dim
        body = nn.Sequential(
            nn.Linear(n_in, wide, bias=False),
            nn.BatchNorm1d(wide),
            nn.LeakyReLU(SLOPE),
            nn.Unflatten(1, (4 * c, side, side)),
            nn.ConvTranspose2d(4 * c, 2 * c, 5, padding=2, bias=False),
            nn.BatchNorm2d(2 * c),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(2 * c, c, 5, 2, padding=2, output_padding=1, bias=False),
            nn.BatchNorm2d(c),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(c, code.shape[0], 5, 2, padding=2, output_padding=1, bias=False),
            nn.Tanh(),
        )
        return LabelledGenerator(n_classes, self.embedding_dim, spread_evenly(body))

    def critic(self, code: Code, n_classes: int, n_rows: int) -> Critic:
        """(codes, labels) to scores `(n,)`."""
        from torch import nn

        from synthlift.generators.stacks import LabelMapCritic, spread_evenly

        channels, side, _ = code.shape
        c = self.channels
        body = nn.Sequential(
            nn.Conv2d(channels + 1, c, 5, 2, padding=2),
            nn.LeakyReLU(SLOPE),
            nn.Dropout(self.dropout),
            nn.Conv2d(c, 2 * c, 5, 2, padding=2),
            nn.LeakyReLU(SLOPE),
            nn.Dropout(self.dropout),
            nn.Flatten(),
            nn.Linear(2 * c * (side // 4) ** 2, 1),
        )
        return LabelMapCritic(n_classes, side, spread_evenly(body))
