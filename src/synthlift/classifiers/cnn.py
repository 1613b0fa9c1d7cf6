"""A small convolutional network whose sizes come from the images.

RECIPES: 3x3 conv 16-32, pool, dropout, 128.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthlift.classifiers.net import NetClassifier
from synthlift.core.schema import Schema

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Cnn(NetClassifier):
    """Two convolutions and a dense layer.

    channels: of the first convolution, the second has twice as many. hidden: width of the dense
    layer.
    """

    channels: int
    hidden: int

    def check(self, schema: Schema) -> str | None:
        if schema.modality != "image":
            return f"it takes images, but the dataset is {schema}"
        return None

    def network(self, shape: tuple[int, ...], n_classes: int) -> nn.Module:
        """Below 16 pixels a 3x3 stem at full size, above it a 5x5 stem with stride 2."""
        from torch import nn

        channels, height, width = shape
        c = self.channels
        if min(height, width) < 16:
            stem = nn.Conv2d(channels, c, 3, padding=1)
        else:
            stem = nn.Conv2d(channels, c, 5, stride=2, padding=2)
            height, width = (height + 1) // 2, (width + 1) // 2
        middle: list[nn.Module] = []
        while (
            min(height, width) > 14
        ):  # larger images: halve until the dense layer is of the usual size
            middle += [nn.Conv2d(c, c, 3, stride=2, padding=1), nn.ReLU()]
            height, width = (height + 1) // 2, (width + 1) // 2
        return nn.Sequential(
            stem,
            nn.ReLU(),
            *middle,
            nn.Conv2d(c, 2 * c, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(self.dropout),
            nn.Linear(2 * c * (height // 2) * (width // 2), self.hidden),
            nn.ReLU(),
            nn.Dropout(self.dropout),
            nn.Linear(self.hidden, n_classes),
        )
