"""Images as squares of a size that the network can draw.

They are scaled to [-1, 1] and padded, and cropped back when decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import ConfigError
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Code, ImageSchema, Span, schema_from_json


@dataclass(frozen=True)
class ImageCodec:
    """Pads with edge pixels up to `size` x `size`; `decode` crops and rounds back to uint8."""

    schema: ImageSchema
    size: int

    @staticmethod
    def fit(train: SampleSet, sizes: Sequence[int]) -> ImageCodec:
        """The codec for the smallest drawable size that holds the images.

        A ConfigError if none does.
        """
        schema = train.schema
        assert isinstance(schema, ImageSchema)
        side = max(schema.height, schema.width)
        fitting = [size for size in sorted(sizes) if size >= side]
        if not fitting:
            raise ConfigError(
                f"the generator draws images up to {max(sizes)} pixels, the dataset has {schema}; "
                "choose a larger network or smaller images"
            )
        return ImageCodec(schema, fitting[0])

    @property
    def code(self) -> Code:
        shape = (self.schema.channels, self.size, self.size)
        return Code(shape, (Span(0, prod(shape), "tanh"),))

    @property
    def _margins(self) -> tuple[int, int]:
        return (self.size - self.schema.height) // 2, (self.size - self.schema.width) // 2

    def encode(self, samples: SampleSet) -> npt.NDArray[np.float32]:
        top, left = self._margins
        height, width = self.schema.height, self.schema.width
        around = (
            (0, 0),
            (0, 0),
            (top, self.size - height - top),
            (left, self.size - width - left),
        )
        return np.pad(samples.images.astype(np.float32) / 127.5 - 1, around, mode="edge")

    def decode(self, encoded: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        top, left = self._margins
        inside = encoded[..., top : top + self.schema.height, left : left + self.schema.width]
        pixels = np.clip(np.rint((inside + 1) * 127.5), 0, 255)
        return np.asarray(pixels, dtype=np.uint8)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(fields: dict[str, Any]) -> ImageCodec:
        schema = schema_from_json(fields["schema"])
        assert isinstance(schema, ImageSchema)
        return ImageCodec(schema, fields["size"])
