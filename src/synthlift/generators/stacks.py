"""Plain strided stacks, and labels that enter them beside what they are given.

The stacks are those of Radford et al. 2016 (arXiv 1511.06434): 4x4 convolutions that double or
halve the side, weights from N(0, .02), scales of batch norm from N(1, .02). No bias where a norm
with a shift of its own follows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from synthlift.generators.critic import BatchNormCritic
from synthlift.generators.layers import LabelEmbedding

SPREAD = 0.02  # standard deviation of the weights


class LabelledGenerator(nn.Module):
    """(z `(n, latent_dim)`, labels `(n,)`) to codes: the label is embedded beside z.

    body: of plain layers, from `(n, latent_dim + embedding_dim)`. The embedding starts as small as
    any weight: one as loud as z teaches the generator to draw one picture per class.
    """

    def __init__(self, n_classes: int, embedding_dim: int, body: nn.Module) -> None:
        super().__init__()
        self.embedding = LabelEmbedding(n_classes, embedding_dim)
        nn.init.normal_(self.embedding.weight, 0.0, SPREAD)
        self.body = body

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        codes: Tensor = self.body(torch.cat([z, self.embedding(labels)], 1))
        return codes


class LabelMapCritic(BatchNormCritic):
    """(codes `(n, C, side, side)`, labels `(n,)`) to scores: a learnt map per class is a channel.

    body: of plain layers, from `(n, C + 1, side, side)` to one number each. Real and fake samples
    are judged apart, which is right with every norm.
    """

    def __init__(self, n_classes: int, side: int, body: nn.Module) -> None:
        super().__init__()
        self.map = LabelEmbedding(n_classes, side * side)
        self.body = body

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        shown = self.map(labels).view(-1, 1, *x.shape[2:])
        scores: Tensor = self.body(torch.cat([x, shown], 1)).flatten()
        return scores


def rising(n_in: int, side: int, width: int, depth: int, channels: int) -> nn.Sequential:
    """Numbers `(n, n_in)` to images in [-1, 1], `(n, channels, side << depth, side << depth)`.

    side: of the first map; depth: doublings after it. width: of the last map before the image,
    doubled towards the first.
    """
    wide = width << (depth - 1)
    first = nn.ConvTranspose2d(n_in, wide, side, bias=False)  # of one pixel: a dense layer
    layers: list[nn.Module] = [nn.Unflatten(1, (n_in, 1, 1)), scatter(first)]
    for _ in range(depth - 1):
        double = nn.ConvTranspose2d(wide, wide // 2, 4, stride=2, padding=1, bias=False)
        layers += [batch_norm(wide), nn.ReLU(), scatter(double)]
        wide //= 2
    last = nn.ConvTranspose2d(wide, channels, 4, stride=2, padding=1, bias=False)
    layers += [batch_norm(wide), nn.ReLU(), scatter(last), nn.Tanh()]
    return nn.Sequential(*layers)


def falling(n_in: int, width: int, depth: int, norm: str, dropout: float = 0.0) -> nn.Sequential:
    """Images `(n, n_in, side, side)` to `(n, width << (depth - 1), side >> depth, side >> depth)`.

    width: of the first map, doubled from each to the next. norm: of every map but the first, or
    spectral, of every layer. LeakyReLU .2, then dropout.
    """
    layers: list[nn.Module] = []
    for i in range(depth):
        wide = width << i
        layers.append(strided(n_in, wide, 4, norm, stride=2, padding=1))
        if i and norm in ("batch", "layer"):
            layers.append(batch_norm(wide) if norm == "batch" else nn.GroupNorm(1, wide))
        layers.append(nn.LeakyReLU(0.2))
        if dropout:
            layers.append(nn.Dropout(dropout))
        n_in = wide
    return nn.Sequential(*layers)


def strided(
    n_in: int, n_out: int, kernel: int, norm: str, stride: int = 1, padding: int = 0
) -> nn.Module:
    """A convolution of a critic; it has a bias where no norm with a shift is about."""
    bias = norm not in ("batch", "layer")
    layer = scatter(nn.Conv2d(n_in, n_out, kernel, stride, padding, bias=bias))
    return spectral_norm(layer) if norm == "spectral" else layer


def scatter(layer: nn.Conv2d | nn.ConvTranspose2d | nn.Linear) -> nn.Module:
    """The layer, its weights drawn from N(0, .02), its bias 0."""
    nn.init.normal_(layer.weight, 0.0, SPREAD)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def batch_norm(width: int) -> nn.BatchNorm2d:
    """Batch norm of maps, its scales drawn from N(1, .02)."""
    norm = nn.BatchNorm2d(width)
    nn.init.normal_(norm.weight, 1.0, SPREAD)
    return norm


def spread_evenly(layers: nn.Sequential) -> nn.Sequential:
    """The layers, their weights uniform in +-sqrt(6 / (fan in + fan out)), their biases 0.

    Glorot and Bengio 2010, the standard of Keras.
    """
    for layer in layers:
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return layers
