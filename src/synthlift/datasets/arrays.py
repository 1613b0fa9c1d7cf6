"""Arrays as people save them to images `(n, C, H, W)` of uint8 and labels 0..K-1.

What is the same question for every array of a file (which axis is the channel, whether white is 1
or 255) is decided once, over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints
from synthlift.core.text import several
from synthlift.datasets.pictures import Pixels

Arrays = Mapping[str, npt.NDArray[Any]]

CHUNK = 1024  # images converted at a time: their copies as floats need not fit into memory
ROUNDING = 1e-6  # by how much a float image may exceed 1 and still be meant as 0..1
DARK = 32  # of 255: images that stay below were probably meant to be scaled


def as_images(arrays: Arrays) -> tuple[dict[str, Pixels], list[str]]:
    """Every array as uint8 `(n, C, H, W)`, C in 1, 3; and notes on what was decided.

    A DataError names the array, and where it can the row, that is none or holds no images.
    """
    axes, notes = _channel_axis(arrays)
    largest = max(_largest(name, array) for name, array in arrays.items())
    scale, about_scale = _scale(arrays, largest)
    images = {}
    for name, array in arrays.items():
        whole = array[..., None] if axes is None else array
        images[name] = np.ascontiguousarray(
            _to_bytes(whole if axes == 1 else np.moveaxis(whole, -1, 1), scale)
        )
    return images, [*notes, *about_scale]


def _channel_axis(arrays: Arrays) -> tuple[int | None, list[str]]:
    """Which axis holds the channels: 1, 3, or None where there is none."""
    name, first = next(iter(arrays.items()))
    for other, array in arrays.items():
        if array.shape[1:] != first.shape[1:]:
            raise DataError(
                f"{name} are of shape {first.shape}, {other} of {array.shape}: every image of the "
                "file has to be of one size and have the same channels"
            )
        if not array.size:
            raise DataError(f"{other} is empty: its shape is {array.shape}")
    if first.ndim == 3:
        return None, []
    if first.ndim == 4:
        last, second = first.shape[3] in (1, 3), first.shape[1] in (1, 3)
        if last and second:
            how = f"{name} are {first.shape}: channels taken to be the last axis"
            return 3, [how]
        if last or second:
            return (3 if last else 1), []
    raise DataError(
        f"{name} are of shape {first.shape}; images are (n, H, W), (n, H, W, C) or (n, C, H, W) "
        "with C = 1 (grey) or 3 (RGB)"
    )


def _largest(name: str, array: npt.NDArray[Any]) -> float:
    """The largest value; a DataError for what is no number, not finite, or outside of 0..255."""
    if array.dtype.kind not in "buif":
        raise DataError(f"{name} are of type {array.dtype}; pixels are numbers")
    if array.dtype.kind == "b":
        return 255.0
    largest = 0.0
    for start in range(0, len(array), CHUNK):
        rows = array[start : start + CHUNK].reshape(-1, int(np.prod(array.shape[1:])))
        low, high = rows.min(axis=1), rows.max(axis=1)
        wrong = ~(np.isfinite(low) & np.isfinite(high) & (low >= 0) & (high <= 255))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise DataError(_out_of_range(f"{name}, row {start + row}", low[row], high[row]))
        largest = max(largest, float(high.max()))
    return largest


def _out_of_range(where: str, low: Any, high: Any) -> str:
    if not (np.isfinite(low) and np.isfinite(high)):
        return f"{where} has pixels that are NaN or infinite; mend or remove the image"
    return (
        f"{where} has pixels from {low:g} to {high:g}; scale all images to 0..1 or to 0..255 "
        "before (by one rule for the whole file)"
    )


def _scale(arrays: Arrays, largest: float) -> tuple[float, list[str]]:
    """What a value of 1 becomes (1 or 255), and a note on why."""
    kinds = {array.dtype.kind for array in arrays.values()}
    if len(kinds - {"u", "i"}) and len(kinds) > 1:
        names = ", ".join(f"{name} {array.dtype}" for name, array in arrays.items())
        raise DataError(f"the images are of different types ({names}); save all of them as one")
    if kinds == {"b"}:
        return 255, ["images of true and false: true is white"]
    if kinds == {"f"} and largest <= 1 + ROUNDING:
        return 255, ["pixels from 0 to 1, as floats: 1 is white"]
    if kinds == {"f"} and largest < 2:
        raise DataError(
            f"the largest pixel of the images is {largest:g}: neither 0..1 nor 0..255; scale the "
            "images to one of these"
        )
    notes = ["pixels from 0 to 255, as floats: rounded"] if kinds == {"f"} else []
    if largest < DARK:
        notes.append(f"the images are almost black: their brightest pixel is {largest:g} of 255")
    return 1, notes


def _to_bytes(images: npt.NDArray[Any], scale: float) -> Pixels:
    if images.dtype == np.uint8:
        return images
    scaled = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), CHUNK):
        rows = slice(start, start + CHUNK)
        values = np.multiply(images[rows], scale, dtype=np.float32)
        scaled[rows] = np.rint(values).clip(0, 255)
    return scaled


def as_labels(
    arrays: Arrays, class_names: npt.NDArray[Any] | None
) -> tuple[dict[str, Ints], tuple[str, ...]]:
    """Every array as labels int64 `(n,)` in 0..K-1, and the names of the K classes.

    class_names: the name of each label, or None to name the classes by what stands in the arrays.
    """
    flat = {name: _flat(name, array) for name, array in arrays.items()}
    kinds = {"text" if array.dtype.kind == "U" else "numbers" for array in flat.values()}
    if len(kinds) > 1:
        raise DataError(f"{' and '.join(flat)} mix numbers and text; save all labels as one")
    if class_names is None:
        values = np.unique(np.concatenate(list(flat.values())))
        labels = {name: np.searchsorted(values, array) for name, array in flat.items()}
        return {name: array.astype(np.int64) for name, array in labels.items()}, tuple(
            str(value) for value in values
        )
    names = _names(class_names)
    if kinds == {"text"}:
        place = {name: label for label, name in enumerate(names)}
        flat = {
            name: np.array([place.get(str(v), len(names)) for v in array], np.int64)
            for name, array in flat.items()
        }
    for name, array in flat.items():
        wrong = np.flatnonzero(array >= len(names))
        if len(wrong):
            raise DataError(
                f"{name}, row {wrong[0]}, is {arrays[name].reshape(-1)[wrong[0]]}, but class_names "
                f"has {len(names)} names: {several(names, 5)}"
            )
    return {name: array.astype(np.int64) for name, array in flat.items()}, names


def _flat(name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Labels as whole numbers or text `(n,)`."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2:
        raise DataError(
            f"{name} are of shape {array.shape}, one-hot or several labels per image; a study has "
            "one class per image: save labels.argmax(axis=1) if exactly one is set in each row"
        )
    if array.ndim != 1 or array.dtype.kind not in "buiSU":
        raise DataError(
            f"{name} are {array.dtype} of shape {array.shape}; labels are whole numbers or text, "
            "one for each image"
        )
    if array.dtype.kind == "S":
        try:
            array = np.char.decode(array, "utf-8")
        except UnicodeDecodeError as error:
            raise DataError(f"{name} are bytes, but no text in UTF-8; save them as text") from error
    if array.dtype.kind == "U" and (np.char.strip(array) == "").any():
        raise DataError(f"{name}, row {int(np.argmax(np.char.strip(array) == ''))}, is blank")
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    if array.dtype.kind in "ui" and len(array) and array.min() < 0:
        row = int(np.argmax(array < 0))
        raise DataError(f"{name}, row {row}, is {array[row]}; labels are at least 0")
    if array.dtype.kind == "u" and len(array) and array.max() > np.iinfo(np.int64).max:
        raise DataError(f"{name} has labels up to {array.max()}, more than a class can be")
    return array


def _names(class_names: npt.NDArray[Any]) -> tuple[str, ...]:
    if class_names.ndim != 1 or class_names.dtype.kind not in "SU":
        raise DataError(
            f"class_names is {class_names.dtype} of shape {class_names.shape}; it is a list of "
            "text, one name for each label"
        )
    names = tuple(map(str, _flat("class_names", class_names)))
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise DataError(f"class_names has {twice[0]!r} twice")
    return names


def as_groups(arrays: Arrays) -> Ints:
    """All groups, numbered together, int64 `(n,)` over the arrays in their order."""
    flat = [_flat(name, array) for name, array in arrays.items()]
    kinds = {array.dtype.kind == "U" for array in flat}
    if len(kinds) > 1:
        raise DataError(f"{' and '.join(arrays)} mix numbers and text; save all groups as one")
    _, groups = np.unique(np.concatenate(flat), return_inverse=True)
    return groups.astype(np.int64)
