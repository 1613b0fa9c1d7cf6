"""Residual blocks of the networks of SNGAN.

Miyato et al. 2018, arXiv 1802.05957, appendix B.4; weights are drawn by Glorot's uniform law. A 1x1
convolution and a change of size by two give the same in either order: shortcuts do the one that
computes less first.
"""

from __future__ import annotations

from math import sqrt
from typing import TypeVar

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from synthlift.generators.layers import (
    ConditionalBatchNorm,
    ConditionalSequential,
    LatentAndLabel,
    ProjectionCritic,
    Unconditional,
)

Layer = TypeVar("Layer", nn.Conv2d, nn.Linear)


class ResidualBlock(nn.Module):
    """main(x) + shortcut(x); labels, where there are any, are shown to both."""

    def __init__(self, main: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.main, self.shortcut = main, shortcut

    def forward(self, x: Tensor, *labels: Tensor) -> Tensor:
        out: Tensor = self.main(x, *labels) + self.shortcut(x, *labels)
        return out


class SumPool(nn.Module):
    """`(n, C, H, W)` to sums over the pixels, `(n, C)`."""

    def forward(self, x: Tensor) -> Tensor:
        return x.sum((2, 3))


def up_block(n_in: int, n_out: int, n_classes: int) -> ResidualBlock:
    """Twice the size: conditional batch norm, ReLU, nearest neighbours, 3x3, and once more."""
    return ResidualBlock(
        ConditionalSequential(
            ConditionalBatchNorm(n_in, n_classes),
            Unconditional(nn.ReLU()),
            Unconditional(nn.Upsample(scale_factor=2)),
            Unconditional(conv3(n_in, n_out)),
            ConditionalBatchNorm(n_out, n_classes),
            Unconditional(nn.ReLU()),
            Unconditional(conv3(n_out, n_out)),
        ),
        ConditionalSequential(
            Unconditional(conv1(n_in, n_out)), Unconditional(nn.Upsample(scale_factor=2))
        ),
    )


def first_block(n_in: int, n_out: int) -> ResidualBlock:
    """Of a critic, on pixels: no ReLU before the first convolution; half the size."""
    return ResidualBlock(
        nn.Sequential(
            spectral_norm(conv3(n_in, n_out)),
            nn.ReLU(),
            spectral_norm(conv3(n_out, n_out)),
            nn.AvgPool2d(2),
        ),
        nn.Sequential(nn.AvgPool2d(2), spectral_norm(conv1(n_in, n_out))),
    )


def down_block(n_in: int, n_out: int) -> ResidualBlock:
    """Of a critic: ReLU, 3x3, ReLU, 3x3; half the size."""
    return ResidualBlock(
        nn.Sequential(*_same_size(n_in, n_out), nn.AvgPool2d(2)),
        nn.Sequential(nn.AvgPool2d(2), spectral_norm(conv1(n_in, n_out))),
    )


def flat_block(n_in: int, n_out: int) -> ResidualBlock:
    """Of a critic: the same at the size that there is."""
    shortcut = nn.Identity() if n_in == n_out else spectral_norm(conv1(n_in, n_out))
    return ResidualBlock(nn.Sequential(*_same_size(n_in, n_out)), shortcut)


def bounded_projection(features: nn.Module, width: int, n_classes: int) -> ProjectionCritic:
    """A projection critic whose last two layers are under spectral norm too."""
    critic = ProjectionCritic(features, width, n_classes)
    nn.init.xavier_uniform_(critic.embedding.weight)
    spectral_norm(_glorot(critic.score))
    spectral_norm(critic.embedding)
    return critic


def stem(latent_dim: int, n_classes: int, shape: tuple[int, int, int]) -> LatentAndLabel:
    """Latent and class embedding, side by side, to the first feature map."""
    made = LatentAndLabel(latent_dim, n_classes, shape)
    _glorot(made.dense)
    return made


def conv3(n_in: int, n_out: int, gain: float = sqrt(2)) -> nn.Module:
    """3x3, the size stays; the default gain is that of convolutions within a block."""
    return _glorot(nn.Conv2d(n_in, n_out, 3, padding=1), gain)


def conv1(n_in: int, n_out: int) -> nn.Module:
    """1x1, of shortcuts."""
    return _glorot(nn.Conv2d(n_in, n_out, 1))


def _glorot(layer: Layer, gain: float = 1.0) -> Layer:
    """The layer with fresh weights of variance 2 gain^2 / (fan in + fan out), and no bias yet."""
    nn.init.xavier_uniform_(layer.weight, gain)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _same_size(n_in: int, n_out: int) -> list[nn.Module]:
    return [
        nn.ReLU(),
        spectral_norm(conv3(n_in, n_in)),
        nn.ReLU(),
        spectral_norm(conv3(n_in, n_out)),
    ]
