"""Train a generator on the train rows; valid rows at most choose among its states."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from synthlift.codecs.base import fit_codec, load_codec, save_codec
from synthlift.core.samples import SampleSet
from synthlift.core.store import Artifact, Place, stage
from synthlift.generators.base import FittedGenerator, Generator
from synthlift.stages.compute import Compute


def _read(
    folder: Path,
    train: Artifact[SampleSet],
    valid: Artifact[SampleSet] | None,
    generator: Generator,
    seed: int,
) -> FittedGenerator:
    return generator.load(folder, load_codec(folder))


@stage(version=1, read=_read)
def fit_generator(
    train: SampleSet,
    valid: SampleSet | None,
    generator: Generator,
    seed: int,
    *,
    place: Place,
    compute: Compute,
) -> None:
    """Train with a seed of its own, derived from that of the repeat.

    valid: None unless the generator needs it, so that it stands in the key of no other.
    """
    codec = fit_codec(train, generator.sizes)
    save_codec(codec, place.folder)
    place = replace(place, loggers=lambda: compute.open_loggers("generator"))
    generator.fit(train, valid, codec, seed, place, compute.prepare())
