"""Train a generator on the train rows; valid rows at most choose among its states."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from synthlift.codecs.base import fit_codec, load_codec, save_codec
from synthlift.core.errors import ConfigError
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.store import Artifact, Place, stage
from synthlift.generators.base import FittedGenerator, Generator
from synthlift.stages.compute import Compute
from synthlift.stages.together import fit_together

LEARNT_FROM = "learnt_from"


def _read(
    folder: Path,
    train: Artifact[SampleSet],
    valid: Artifact[SampleSet] | None,
    generator: Generator,
    seed: int,
) -> FittedGenerator:
    return generator.load(folder, load_codec(folder))


@stage(version=2, read=_read)
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

    valid: None unless the generator needs it, so that it stands in the key of no other. A
    generator with `check_devices` is trained on as many devices as `compute` says, any other one on
    one. A ConfigError where they can't share out its batches.
    """
    check = getattr(generator, "check_devices", None) if compute.devices > 1 else None
    if check is not None and (why := check(len(train), compute.devices)):
        raise ConfigError(why)
    codec = fit_codec(train, generator.sizes)
    save_codec(codec, place.folder)
    place = replace(place, loggers=lambda: compute.open_loggers("generator"))
    if check is not None:
        with compute.use_all() as devices:
            fit_together(generator, train, valid, seed, place, devices, compute.threads)
    else:
        with compute.use() as device:
            generator.fit(train, valid, codec, seed, place, device)
    (place.folder / LEARNT_FROM).mkdir()
    sets = [train] if valid is None else [train, valid]
    seen = np.unique(np.concatenate([rows.origin for rows in sets]))
    np.save(place.folder / LEARNT_FROM / "origin.npy", seen, allow_pickle=False)


def learnt_from(generator: Artifact[FittedGenerator]) -> Artifact[Ints]:
    """Origins of the rows that a generator was fitted on or chosen by."""
    return generator.part(LEARNT_FROM, lambda f: np.load(f / "origin.npy", allow_pickle=False))
