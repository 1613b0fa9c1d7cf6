"""The default pair of generator and critic.

Conditional batch norm in the generator, spectral norm and projection in the critic: the strongest
of the classical recipes (StudioGAN's CIFAR-10 table; Miyato and Koyama 2018, arXiv 1802.05637),
small enough for a CPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthlift.core.schema import Code, Schema
from synthlift.generators.images import refuse_tables

if TYPE_CHECKING:
    from torch import nn

    from synthlift.generators.critic import Critic


@dataclass(frozen=True)
class Cgan:
    """Draws squares of `sizes` pixels; two doublings below 32 pixels, three from there.

    latent_dim: of z ~ N(0, 1), and of the class embedding. channels: of the widest image; doubled
    at each halving.
    """

    latent_dim: int
    channels: int
    sizes: ClassVar[tuple[int, ...]] = (8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64)
    critic_norm: ClassVar[str] = "spectral"

    def __post_init__(self) -> None:
        if self.latent_dim < 1 or self.channels < 1:
            raise ValueError("generator.network: latent_dim and channels are at least 1")

    def check(self, schema: Schema) -> str | None:
        return refuse_tables(schema)

    def noise_dim(self, code: Code) -> int:
        return self.latent_dim

    @staticmethod
    def _halvings(code: Code) -> int:
        return 2 if code.shape[1] < 32 else 3

    def generator(self, code: Code, n_classes: int) -> nn.Module:
        """(z `(n, latent_dim)`, labels `(n,)`) to codes in [-1, 1]."""
        from torch import nn

        from synthlift.generators.layers import (
            ConditionalBatchNorm,
            ConditionalSequential,
            LatentAndLabel,
            Unconditional,
        )

        depth = self._halvings(code)
        side, width = code.shape[1] >> depth, self.channels << depth
        blocks: list[nn.Module] = [LatentAndLabel(self.latent_dim, n_classes, (width, side, side))]
        for _ in range(depth):
            blocks += [
                ConditionalBatchNorm(width, n_classes),
                Unconditional(nn.ReLU()),
                Unconditional(nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1)),
            ]
            width //= 2
        blocks += [
            ConditionalBatchNorm(width, n_classes),
            Unconditional(nn.ReLU()),
            Unconditional(nn.Conv2d(width, code.shape[0], 3, padding=1)),
            Unconditional(nn.Tanh()),
        ]
        return ConditionalSequential(*blocks)

    def critic(self, code: Code, n_classes: int, n_rows: int) -> Critic:
        """(codes, labels) to scores `(n,)`.

        The first convolution keeps the size at 8 pixels, halves it above.
        """
        from torch import nn

        from synthlift.generators.layers import ProjectionCritic, sn_conv

        channels, side, _ = code.shape
        width = self.channels
        first = sn_conv(channels, width, 3, 1) if side < 16 else sn_conv(channels, width, 4, 2)
        side = side if side < 16 else side // 2
        layers = [first, nn.LeakyReLU(0.2)]
        while side >= 4 and width < 4 * self.channels:
            layers += [sn_conv(width, 2 * width, 4, 2), nn.LeakyReLU(0.2)]
            side, width = side // 2, 2 * width
        return ProjectionCritic(nn.Sequential(*layers), width * side * side, n_classes)
