"""Synthetic samples for a training set in memory, in the manner of imbalanced-learn.

The same stages, store and recipes as on the command line; no second pipeline.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from synthlift.core.errors import ConfigError
from synthlift.core.samples import Ints, concatenate
from synthlift.core.seeds import derive
from synthlift.core.store import Artifact, Store
from synthlift.given import Form, GivenRows, Labels, appended, given_rows, read_form, read_labels
from synthlift.given_images import ImageForm
from synthlift.how_many import Counts, root_seed, wanted_counts
from synthlift.metrics.copies import Copies
from synthlift.metrics.diversity import Diversity
from synthlift.recipe import GENERATORS, Recipe, read_recipe
from synthlift.stages.fit_generator import fit_generator, learnt_from
from synthlift.stages.generate import generate, stream
from synthlift.stages.measure import measure

if TYPE_CHECKING:
    from synthlift.generators.base import FittedGenerator


@dataclass(frozen=True, eq=False)
class Task:
    """What was given, read and found to fit; wanted: synthetic samples of each class."""

    form: Form
    labels: Labels
    rows: GivenRows
    recipe: Recipe
    wanted: Ints


class Augmenter(BaseEstimator):  # type: ignore[misc]
    """Train a conditional GAN on labelled images or rows and add samples that it draws to them.

    X is images, or a table: a DataFrame, whose dtypes say the kinds of its columns (numbers, whole
    numbers, text, categories, booleans, dates, missing cells in any of them), or an array
    (n, columns).

    generator: a recipe by its name on the command line, as in generator=cgan; None is cgan for
    images and table_gan for a table. All of X trains it; none is held back to choose a state by.

    sampling_strategy: how many are added. "auto": as many of every class as bring it up to the
    largest. A whole number: so many of every class. A float: so many times the given samples in
    all, the same of every class. A dict {label: number}: as in imbalanced-learn the number of
    samples that a class has afterwards, real and synthetic; a class that is not in it gets none.

    overrides: settings as on the command line, as in ("generator.steps=2000",
    "generator/loss=hinge"); those of `generator`, `compute`, `dataset.augmentation` (of all that
    the critic sees) and `generation.latent_scale`.

    image_shape: (H, W), (H, W, C) or (C, H, W) of an image, where X has rows of pixels; without it
    rows are a table.

    random_state: a whole number gives the same bytes each time; None another draw each time; or a
    numpy RandomState or Generator.

    store: a folder in which trained generators are kept; the same samples, settings and
    random_state train only once. None: a temporary one.

    After fit: `classes_` (the labels, sorted), `generator_` (draws samples; a VirtualDataset takes
    it), `n_features_in_`, and after fit_resample `sampling_strategy_` (label: number of synthetic
    samples) and `fidelity_`: `copies`, the share nearer to a given sample than 99 % of these are to
    one another (a diagnostic of copying, not a privacy proof), and `diversity`, about 1 where
    samples of a class differ as much as the given ones do. Whether more of them make a classifier
    better is the question of a study: `synthlift dataset=npz dataset.path=FILE`
    for images, `synthlift dataset=csv dataset.path=FILE dataset.target=COLUMN` for a table.

    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from synthlift import Augmenter
    >>> digits = load_digits()
    >>> X, y = digits.images[:100] / 16, digits.target[:100]
    >>> tiny = ("generator.steps=2", "generator.network.channels=4")  # of 4,000 and 16
    >>> augmenter = Augmenter(sampling_strategy=5, overrides=tiny, random_state=0)
    >>> X_more, y_more = augmenter.fit_resample(X, y)
    >>> X_more.shape, bool((X_more[:100] == X).all()), np.bincount(y_more[100:]).tolist()
    ((150, 8, 8), True, [5, 5, 5, 5, 5, 5, 5, 5, 5, 5])
    """

    def __init__(
        self,
        generator: str | None = None,
        *,
        sampling_strategy: str | int | float | Mapping[Any, int] = "auto",
        overrides: Sequence[str] = (),
        image_shape: Sequence[int] | None = None,
        random_state: Any = None,
        store: str | os.PathLike[str] | None = None,
    ) -> None:
        self.generator = generator
        self.sampling_strategy = sampling_strategy
        self.overrides = overrides
        self.image_shape = image_shape
        self.random_state = random_state
        self.store = store

    def fit(self, X: Any, y: Any) -> Augmenter:
        """Train the generator.

        X: images (n, H, W), (n, H, W, C), (n, C, H, W) or rows of pixels, uint8 or floats in 0..1;
        or a table of n rows. y: (n,), labels of any kind. A DataError for data that are none of
        this, a ConfigError for settings that can't be.
        """
        task = self._read(X, y)
        with _opened(self.store) as store:
            self._train(store, task)
        return self

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Train the generator and return X and y with its samples after the real ones.

        Both come back in the form in which they were given. Arguments and errors as in `fit`.
        """
        task = self._read(X, y)
        wanted, how = task.wanted, {"compute": task.recipe.compute}
        if not wanted.any():
            warnings.warn(
                "no synthetic samples are added: every class is as large as it should be; give "
                "sampling_strategy a number to add some of each",
                stacklevel=2,
            )
        with _opened(self.store) as store:
            artifact = self._train(store, task)
            names = self.classes_.tolist()
            self.sampling_strategy_ = dict(zip(names, wanted.tolist(), strict=True))
            self.fidelity_: dict[str, float | None] = {}
            if not wanted.any():
                return X, y
            counts = Counts(tuple(wanted.tolist()), self.latent_scale_)
            seed = derive(self.seed_, "draw")
            made_of = learnt_from(artifact)
            drawn = store.run(generate, artifact, made_of, task.rows, counts, seed, **how)
            judges, seed = (Copies(), Diversity()), derive(self.seed_, "measure")
            judged = store.run(measure, task.rows, None, drawn, None, judges, seed, **how)
            self.fidelity_ = judged.read().scores
            samples = drawn.read()
            return (
                appended(X, task.form.given(samples.features)),
                appended(y, task.labels.given(samples.labels)),
            )

    def sample(self, n_per_class: int, seed: int = 0) -> tuple[Any, Any]:
        """Draw synthetic samples alone, in the form of X and y; classes take turns.

        Fewer are the beginning of more. A NotFittedError before fit.
        """
        if not hasattr(self, "generator_"):
            raise NotFittedError("this Augmenter has trained no generator yet; call fit first")
        if n_per_class < 1:
            raise ConfigError(f"n_per_class is at least 1, not {n_per_class}")
        with _threads_kept():
            path = derive(self.seed_, "sample", seed)
            with self._compute.use() as device:
                blocks = stream(self.generator_, n_per_class, path, self.latent_scale_, device)
                samples = concatenate(list(blocks))
        return self._form.given(samples.features), self._labels.given(samples.labels)

    def _read(self, X: Any, y: Any) -> Task:
        """Refuse, before any training, what can't be."""
        form = read_form(X, self.image_shape)
        labels = read_labels(y, len(X))
        counts = np.bincount(labels.numbers)
        wanted = wanted_counts(self.sampling_strategy, counts, labels.classes.tolist())
        modality = "image" if isinstance(form, ImageForm) else "table"
        name = GENERATORS[modality] if self.generator is None else self.generator
        recipe = read_recipe(name, self.overrides, modality)
        rows = given_rows(form, labels, X, recipe.flip_keeps_label)
        if why := recipe.generator.check(rows.samples.schema):
            hint = " (rows of pixels are images with image_shape)" if modality == "table" else ""
            raise ConfigError(f"generator={name} does not fit X{hint}: {why}")
        if why := recipe.generator.check_rows(len(X)):
            raise ConfigError(f"generator={name} does not fit X: {why}")
        return Task(form, labels, rows, recipe, wanted)

    def _train(self, store: Store, task: Task) -> Artifact[FittedGenerator]:
        recipe, seed = task.recipe, derive(root_seed(self.random_state), "augmenter")
        own, how = derive(seed, "generator"), {"compute": recipe.compute}
        artifact = store.run(fit_generator, task.rows, None, recipe.generator, own, **how)
        self.generator_ = artifact.read()
        self.latent_scale_ = recipe.latent_scale
        self.classes_ = task.labels.classes
        self.n_features_in_ = int(np.prod(task.form.shape))
        self.seed_ = seed
        self._form, self._labels, self._compute = task.form, task.labels, recipe.compute
        return artifact


@contextlib.contextmanager
def _opened(folder: str | os.PathLike[str] | None) -> Iterator[Store]:
    """The user's store, or one that is gone afterwards."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(_threads_kept())
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="synthlift-"))
        yield Store(Path(folder))


@contextlib.contextmanager
def _threads_kept() -> Iterator[None]:
    """Leave torch's number of threads as it was: the session is the user's."""
    import torch

    n = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(n)
