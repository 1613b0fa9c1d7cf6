"""Samples along the way: a picture of images, a folder of rows of a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from synthlift.core.codec import Codec
from synthlift.core.samples import SYNTHETIC, SampleSet
from synthlift.core.schema import ImageSchema, Schema

GRID_CLASSES, GRID_COLUMNS = 10, 10
ROWS_PER_CLASS, MOST_ROWS = 200, 2000


def snapshot_labels(schema: Schema) -> Tensor:
    """Labels of a snapshot, int64, sorted: ten images of at most ten classes, or 2,000 rows."""
    if isinstance(schema, ImageSchema):
        return torch.arange(min(schema.n_classes, GRID_CLASSES)).repeat_interleave(GRID_COLUMNS)
    n = min(ROWS_PER_CLASS, max(MOST_ROWS // schema.n_classes, 1))
    return torch.arange(min(schema.n_classes, MOST_ROWS)).repeat_interleave(n)


def save_snapshot(folder: Path, step: int, codec: Codec, codes: Tensor, labels: Tensor) -> None:
    """Write `step_0000100.png`, a row per class, or of a table the SampleSet `step_0000100/`."""
    path = folder / f"step_{step:07d}"
    folder.mkdir(exist_ok=True)
    drawn = codec.decode(codes.cpu().numpy())
    if isinstance(drawn, np.ndarray):
        picture = tile(drawn, GRID_COLUMNS)
        Image.fromarray(picture).save(path.with_suffix(".png"))
    else:
        origin = np.full(len(labels), SYNTHETIC, np.int64)
        SampleSet(codec.schema, drawn, labels.cpu().numpy(), origin).save(path)


def tile(images: npt.NDArray[np.uint8], columns: int) -> npt.NDArray[np.uint8]:
    """Images `(rows * columns, C, H, W)` as one picture `(height, width)`, or `(.., .., 3)`."""
    n, channels, height, width = images.shape
    rows = n // columns
    tiles = images.reshape(rows, columns, channels, height, width).transpose(0, 3, 1, 4, 2)
    picture = tiles.reshape(rows * height, columns * width, channels)
    return picture.squeeze(2) if channels == 1 else picture
