"""The residual network of 18 layers, untrained: that of torchvision.

He et al. 2015, arXiv 1512.03385; small images meet the stem of its CIFAR-10 networks: 3x3, stride
1, no pooling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthlift.classifiers.net import NetClassifier
from synthlift.core.schema import Schema

if TYPE_CHECKING:
    from torch import nn

SMALL = 64  # pixels; below, the stem keeps the size


@dataclass(frozen=True)
class Resnet18(NetClassifier):
    """11 million weights, none of them downloaded: it learns from the rows of the arm alone.

    Its batch norm takes the statistics of a whole batch, real and synthetic halves together, and
    predicts with their moving averages: the synthetic rows of an arm act on it by these too,
    however small the weight of their loss.
    """

    def check(self, schema: Schema) -> str | None:
        if schema.modality != "image":
            return f"it takes images, but the dataset is {schema}; try classifier=[mlp]"
        return None

    def network(self, shape: tuple[int, ...], n_classes: int) -> nn.Module:
        """From 64 pixels on the 7x7 stem with stride 2 and max pooling, that of ImageNet."""
        from torch import nn
        from torchvision.models import resnet18

        channels, height, width = shape
        network: nn.Module = resnet18(weights=None)
        small = min(height, width) < SMALL
        kernel, stride = (3, 1) if small else (7, 2)
        stem = nn.Conv2d(channels, 64, kernel, stride, kernel // 2, bias=False)
        nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")
        network.conv1 = stem
        if small:
            network.maxpool = nn.Identity()
        network.fc = nn.Sequential(nn.Dropout(self.dropout), nn.Linear(512, n_classes))
        return network
