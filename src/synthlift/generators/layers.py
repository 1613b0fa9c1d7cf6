"""Building blocks of conditional networks: every block is called with (features, labels)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from synthlift.generators.critic import Critic


class Unconditional(nn.Module):
    """An ordinary layer in a conditional network: it ignores the labels."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        out: Tensor = self.layer(x)
        return out


class LabelEmbedding(nn.Embedding):
    """A row of numbers per class; the way by which labels enter a network.

    neutral: what it says where labels are not shown (label_strength.py).
    """

    def __init__(self, n_classes: int, width: int, neutral: float = 0.0) -> None:
        super().__init__(n_classes, width)
        self.neutral = neutral


class ConditionalBatchNorm(nn.Module):
    """Batch norm whose scale and shift belong to the class.

    Dumoulin et al. 2017; Miyato and Koyama 2018.
    """

    def __init__(self, channels: int, n_classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale = LabelEmbedding(n_classes, channels, neutral=1.0)
        self.shift = LabelEmbedding(n_classes, channels)
        nn.init.ones_(self.scale.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        scale, shift = self.scale(labels), self.shift(labels)
        normed: Tensor = self.norm(x)
        return torch.addcmul(shift[..., None, None], normed, scale[..., None, None])


class LatentAndLabel(nn.Module):
    """The stem of a generator.

    Latent and class embedding, side by side, to the first feature map.
    """

    def __init__(self, latent_dim: int, n_classes: int, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.embedding = LabelEmbedding(n_classes, latent_dim)
        self.dense = nn.Linear(2 * latent_dim, shape[0] * shape[1] * shape[2])
        self.shape = shape

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        joined = torch.cat([z, self.embedding(labels)], dim=1)  # (n, 2 latent_dim)
        out: Tensor = self.dense(joined).view(-1, *self.shape)
        return out


class ConditionalSequential(nn.Module):
    """Conditional blocks, one after another."""

    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x, labels)
        return x


class ProjectionCritic(Critic):
    """Score = linear(h) + <embedding(y), h> over the features h(x).

    Miyato and Koyama 2018, arXiv 1802.05637. No spectral norm bounds these two last layers.
    """

    def __init__(self, features: nn.Module, width: int, n_classes: int) -> None:
        super().__init__()
        self.features = features
        self.score = nn.Linear(width, 1)
        self.embedding = LabelEmbedding(n_classes, width)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        h = self.features(x).flatten(1)  # (n, width)
        out: Tensor = self.score(h).squeeze(1) + (self.embedding(labels) * h).sum(1)
        return out


def sn_conv(n_in: int, n_out: int, kernel: int, stride: int) -> nn.Module:
    """A convolution under spectral norm that keeps the size, or halves it with stride 2."""
    padding = 1 if kernel == 4 else kernel // 2
    return spectral_norm(nn.Conv2d(n_in, n_out, kernel, stride, padding))
