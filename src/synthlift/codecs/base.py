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

FILE = "codec.json"


def fit_codec(train: SampleSet, sizes: Sequence[int]) -> Codec:
    """The codec of these train rows for a generator that draws squares of these sizes."""
    return ImageCodec.fit(train, sizes)


def save_codec(codec: Codec, folder: Path) -> None:
    """Write the codec into the folder."""
    (folder / FILE).write_text(json.dumps(codec.to_json()))


def load_codec(folder: Path) -> Codec:
    """The codec that `save_codec` wrote into the folder."""
    return ImageCodec.from_json(json.loads((folder / FILE).read_text()))
