"""Images and labels as a Python user holds them, and samples of ours: one into the other and back.

Images: (n, H, W), (n, H, W, C) or (n, C, H, W) with C = 1 or 3, or rows of pixels; uint8, or floats
in 0..1.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema

COLOURS = (1, 3)
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class GivenRows:
    """Samples from memory as an input of a stage; their key is what they hold."""

    samples: SampleSet = field(metadata={"key": False})

    def fingerprint(self) -> str:
        facts = json.dumps(asdict(self.samples.schema)).encode()
        held = self.samples.images.tobytes() + self.samples.labels.tobytes()
        return hashlib.sha256(facts + held).hexdigest()

    def read(self) -> SampleSet:
        return self.samples


@dataclass(frozen=True, eq=False)
class Form:
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

    def images(self, X: Any) -> Pixels:
        """The images as uint8 (n, C, H, W)."""
        array = np.asarray(X)
        shaped = array.reshape(len(array), *self.shape)
        if self.channel_axis is None:
            shaped = shaped[:, None]
        else:
            shaped = np.moveaxis(shaped, self.channel_axis + 1, 1)
        bytes_ = shaped if self.dtype == np.uint8 else np.rint(shaped * 255).astype(np.uint8)
        return np.array(bytes_, order="C")

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


def read_form(X: Any, image_shape: Sequence[int] | None) -> Form:
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
        shape = _shape_of_rows(array.shape[1], image_shape)
    else:
        shape = tuple(array.shape[1:])
        if image_shape is not None and tuple(image_shape) != shape:
            raise DataError(f"image_shape is {tuple(image_shape)}, but X holds images of {shape}")
    axis = _channel_axis(shape)
    return Form(shape, axis, array.ndim == 2, array.dtype, columns)


def _shape_of_rows(n_pixels: int, image_shape: Sequence[int] | None) -> tuple[int, ...]:
    if image_shape is None:
        raise DataError(
            f"X has rows of {n_pixels} pixels; say what shape they are, as in image_shape=(8, 8)"
        )
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


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels as they were given: any values that can be sorted.

    classes: the different ones, sorted. numbers: int64 (n,), position of each label in them.
    """

    classes: npt.NDArray[Any]
    numbers: npt.NDArray[np.int64]
    series: bool
    name: Any

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(str(value) for value in self.classes)

    def given(self, numbers: npt.NDArray[np.int64]) -> Any:
        """Labels of ours in the form of what was given."""
        values = self.classes[numbers]
        if not self.series:
            return values
        import pandas as pd

        return pd.Series(values, name=self.name)


def read_labels(y: Any, n: int) -> Labels:
    """The n labels of y; a DataError for what can't be labels."""
    array = np.asarray(y)
    if array.ndim != 1:
        raise DataError(f"y has the shape {array.shape}; give a label for each image: (n,)")
    if len(array) != n:
        raise DataError(f"X holds {n} images, and y {len(array)} labels")
    if any(value is None or value != value for value in array.tolist()):
        raise DataError("y holds missing labels; leave these images out")
    try:
        classes, numbers = np.unique(array, return_inverse=True)
    except TypeError as error:
        raise DataError(f"y holds labels of several types ({error}); make them all text") from error
    labels = Labels(classes, numbers.astype(np.int64), hasattr(y, "iloc"), getattr(y, "name", None))
    if len(set(labels.names)) < len(labels.names):
        raise DataError("two labels of y read alike as text; rename one")
    return labels


def given_rows(form: Form, labels: Labels, X: Any, flip_keeps_label: bool) -> GivenRows:
    """The images and labels as the train rows of a generator."""
    images = form.images(X)
    schema = ImageSchema(
        images.shape[1], images.shape[2], images.shape[3], labels.names, flip_keeps_label
    )
    origin = np.arange(len(images), dtype=np.int64)
    return GivenRows(SampleSet(schema, images, labels.numbers, origin))


def appended(real: Any, synthetic: Any) -> Any:
    """Real ones, unchanged, then synthetic ones; both arrays, or both of pandas."""
    if hasattr(real, "iloc"):
        import pandas as pd

        return pd.concat([real, synthetic], ignore_index=True)
    real = np.asarray(real)
    return np.concatenate([real, synthetic.astype(real.dtype, copy=False)])
