"""A torch dataset of synthetic samples with no file behind it: sample i is drawn when asked for."""

from __future__ import annotations

import contextlib
import copy
import operator
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset

from synthlift.core.errors import ConfigError
from synthlift.core.samples import SampleSet
from synthlift.core.seeds import derive
from synthlift.generators.base import FittedGenerator
from synthlift.stages.generate import draw_labels
from synthlift.stored import read_repeat

if TYPE_CHECKING:
    from synthlift.augmenter import Augmenter

CPU = torch.device("cpu")


class VirtualDataset(Dataset[tuple[Any, int]]):
    """Labelled synthetic samples, drawn on access on the CPU, each by itself.

    Sample i is the same for the same (seed, i, label), whatever the order, the batch, the worker
    and the number of threads: it costs a pass of the network for one sample, about a millisecond
    for small images. Map style, picklable for the workers of a DataLoader.

    source: the folder of a run (the generator of its repeat number `repeat`; None is the first), a
    fitted Augmenter, or a trained generator. n_per_class: samples of each class, classes taking
    turns; or labels: a label per sample, numbers in 0..n_classes-1. latent_scale: spread of what is
    drawn; None is that of the run, else 1. transform: applied to the features.

    Items are (features, label). Images are uint8 tensors (C, H, W). A row of a table is a dict
    {column: value} of floats, ints, text, bools and timestamps, None where a cell is missing; a
    DataLoader wants a transform that makes a tensor of it, or a collate_fn.

    >>> from sklearn.datasets import load_digits
    >>> from synthlift import Augmenter, VirtualDataset
    >>> digits = load_digits()
    >>> tiny = ("generator.steps=2", "generator.network.channels=4")
    >>> augmenter = Augmenter(overrides=tiny, random_state=0)
    >>> augmenter = augmenter.fit(digits.images[:100] / 16, digits.target[:100])
    >>> samples = VirtualDataset(augmenter, n_per_class=5, seed=1)
    >>> image, label = samples[12]
    >>> len(samples), image.shape, label
    (50, torch.Size([1, 8, 8]), 2)
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Augmenter | FittedGenerator,
        n_per_class: int | None = None,
        labels: Sequence[int] | npt.NDArray[Any] | None = None,
        *,
        seed: int = 0,
        repeat: int | None = None,
        latent_scale: float | None = None,
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        if latent_scale is not None and not latent_scale > 0:
            raise ConfigError(f"latent_scale is above 0, not {latent_scale}")
        self.generator, scale = _generator(source, repeat)
        self.schema = self.generator.schema
        self.labels = _labels(n_per_class, labels, self.schema.n_classes)
        self.seed = operator.index(seed)
        self.latent_scale = scale if latent_scale is None else latent_scale
        self.transform = transform

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, by label."""
        return self.schema.classes

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        i = range(len(self))[operator.index(index)]  # an IndexError beyond the end
        seed = derive(self.seed, "sample", i)
        with _one_thread():
            drawn = self.generator.sample(self.labels[i : i + 1], seed, self.latent_scale, CPU)
        features = _features(drawn)
        return self.transform(features) if self.transform else features, int(self.labels[i])


def _generator(source: Any, repeat: int | None) -> tuple[FittedGenerator, float]:
    """A generator of one's own on the CPU, and the latent scale that belongs to it."""
    if isinstance(source, str | os.PathLike):
        found = read_repeat(Path(source), repeat)
        return found.generator.read(), found.study.generation.latent_scale
    if repeat is not None:
        raise ConfigError("repeat is that of a run; it says nothing about a fitted generator")
    generator = getattr(source, "generator_", source)
    if not (hasattr(generator, "sample") and hasattr(generator, "schema")):
        raise ConfigError(
            f"a VirtualDataset draws from the folder of a run, a fitted Augmenter or a trained "
            f"generator, not from {type(source).__name__}"
            + ("; call its fit first" if hasattr(source, "fit") else "")
        )
    return copy.deepcopy(generator), getattr(source, "latent_scale_", 1.0)


def _labels(n_per_class: int | None, labels: Any, n_classes: int) -> npt.NDArray[np.int64]:
    """The label of each sample, int64 (n,)."""
    if (n_per_class is None) == (labels is None):
        raise ConfigError("give n_per_class or labels, and leave the other out")
    if n_per_class is not None:
        if n_per_class < 1:
            raise ConfigError(f"n_per_class is at least 1, not {n_per_class}")
        return draw_labels(np.full(n_classes, operator.index(n_per_class), np.int64))
    given = np.asarray(labels)
    if given.ndim != 1 or not (given.size == 0 or np.issubdtype(given.dtype, np.integer)):
        raise ConfigError(
            f"labels are whole numbers, one for each sample, not {given.dtype} {given.shape}"
        )
    if given.size and not (given.min() >= 0 and given.max() < n_classes):
        raise ConfigError(f"labels lie in 0..{n_classes - 1}, not in {given.min()}..{given.max()}")
    return given.astype(np.int64)


def _features(drawn: SampleSet) -> Any:
    """The features of the only sample: a tensor of an image, a dict of a row."""
    if isinstance(drawn.features, np.ndarray):
        return torch.from_numpy(drawn.images[0].copy())
    row = drawn.table.astype(object).iloc[0]
    return row.where(row.notna(), None).to_dict()


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Compute in one thread: another number would change the last bits of a sum."""
    n = torch.get_num_threads()
    if n == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n)
