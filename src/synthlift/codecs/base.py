"""Which codec fits.

It is chosen from the schema and from what the generator draws, and is no option of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from synthlift.codecs.image import ImageCodec
from synthlift.core.codec import Codec
from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema

FILE = "codec.json"


def fit_codec(train: SampleSet, sizes: Sequence[int]) -> Codec:
    """The codec of these train rows; sizes: of the squares that the generator draws, of images."""
    if isinstance(train.schema, ImageSchema):
        return ImageCodec.fit(train, sizes)
    from synthlift.codecs.table import TableCodec  # pandas: most of a second, and images need none

    return TableCodec.fit(train)


def save_codec(codec: Codec, folder: Path) -> None:
    """Write the codec into the folder."""
    (folder / FILE).write_text(json.dumps(codec.to_json()))


def load_codec(folder: Path) -> Codec:
    """The codec that `save_codec` wrote into the folder."""
    fields = json.loads((folder / FILE).read_text())
    if "columns" not in fields:
        return ImageCodec.from_json(fields)
    from synthlift.codecs.table import TableCodec

    return TableCodec.from_json(fields)
