"""Images as a Python user holds them, and images of ours: one into the other and back.

(n, H, W), (n, H, W, C) or (n, C, H, W) with C = 1 or 3, or rows of pixels; uint8, or floats in
0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import DataError
from synthlift.core.schema import ImageSchema

COLOURS = (1, 3)
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ImageForm:
    """How images were given.

    shape: of one image as it was given, or of what its row of pixels was made from. channel_axis:
    of that shape, None for grey without one. flat: whether each is a row of pixels. columns: names
    of the pixels, if it was a DataFrame.
    """

    shape: tuple[int, ...]
    channel_axis: int | None
    flat: bool
    dtype: np.dtype[Any]
    columns: Sequence[Any] | None

    def features(self, X: Any) -> Pixels:
        """The images as uint8 (n, C, H, W)."""
        array = np.asarray(X)
        shaped = array.reshape(len(array), *self.shape)
        if self.channel_axis is None:
            shaped = shaped[:, None]
        else:
            shaped = np.moveaxis(shaped, self.channel_axis + 1, 1)
        bytes_ = shaped if self.dtype == np.uint8 else np.rint(shaped * 255).astype(np.uint8)
        return np.array(bytes_, order="C")

    def schema(self, features: Pixels, classes: tuple[str, ...], flips: bool) -> ImageSchema:
        _, channels, height, width = features.shape
        return ImageSchema(channels, height, width, classes, flips)

    def given(self, images: Pixels) -> Any:
        """uint8 (n, C, H, W) in the form of what was given."""
        if self.channel_axis is None:
            shaped = images[:, 0]
        else:
            shaped = np.moveaxis(images, 1, self.channel_axis + 1)
        array = shaped.reshape(len(images), -1) if self.flat else shaped
        if self.dtype != np.uint8:
            array = (array / 255).astype(self.dtype)
        if self.columns is None:
            return array
        import pandas as pd

        return pd.DataFrame(np.asarray(array), columns=list(self.columns))


def read_images(X: Any, image_shape: Sequence[int] | None) -> ImageForm:
    """How X holds images; a DataError for what holds none, or values that are no pixels.

    image_shape: of one image, needed where X is (n, pixels).
    """
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise DataError(f"X holds images of several shapes ({error}); make them alike") from error
    _check_values(array)
    columns = X.columns if hasattr(X, "columns") else None
    if array.ndim == 2:
        assert image_shape is not None  # rows without a shape are a table
        shape = _shape_of_rows(array.shape[1], image_shape)
    else:
        shape = tuple(array.shape[1:])
        if image_shape is not None and tuple(image_shape) != shape:
            raise DataError(f"image_shape is {tuple(image_shape)}, but X holds images of {shape}")
    axis = _channel_axis(shape)
    return ImageForm(shape, axis, array.ndim == 2, array.dtype, columns)


def _shape_of_rows(n_pixels: int, image_shape: Sequence[int]) -> tuple[int, ...]:
    shape = tuple(int(side) for side in image_shape)
    if prod(shape) != n_pixels:
        raise DataError(
            f"image_shape {shape} is {prod(shape)} pixels, but the rows of X have {n_pixels}"
        )
    return shape


def _channel_axis(shape: tuple[int, ...]) -> int | None:
    if len(shape) == 2:
        return None
    if len(shape) == 3 and (shape[2] in COLOURS or shape[0] in COLOURS):
        return 2 if shape[2] in COLOURS else 0
    raise DataError(
        f"an image of X has the shape {shape}; give (H, W), (H, W, C) or (C, H, W) with C = 1 "
        "(grey) or 3 (RGB)"
    )


def _check_values(array: npt.NDArray[Any]) -> None:
    if array.size == 0:
        raise DataError(f"X is empty: its shape is {array.shape}")
    if array.dtype == np.uint8:
        return
    if not np.issubdtype(array.dtype, np.floating):
        raise DataError(
            f"X is of type {array.dtype}; give pixels as uint8 (0..255), as in X.astype('uint8'), "
            "or as floats in 0..1"
        )
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise DataError("X holds NaN or infinite pixels; leave these images out, or fill them in")
    if low < 0 or high > 1:
        raise DataError(
            f"X holds floats from {low:g} to {high:g}; give pixels as floats in 0..1 (divide by "
            "their largest possible value), or as uint8"
        )
