"""Classifiers of scikit-learn, by name: the recipe, and the estimators that may be named.

Tables are vectorised with statistics of the main rows, images are pixels in [0, 1]. A fitted
estimator could be kept only as a pickle, so none is: it is fitted again from its training set.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthlift.core.samples import SampleSet, TrainingSet
from synthlift.core.schema import Schema

if TYPE_CHECKING:
    import torch

    from synthlift.classifiers.base import Probabilities
    from synthlift.classifiers.estimators import FittedEstimator

ALLOWED = (
    "sklearn.discriminant_analysis.LinearDiscriminantAnalysis",
    "sklearn.ensemble.AdaBoostClassifier",
    "sklearn.ensemble.BaggingClassifier",
    "sklearn.ensemble.ExtraTreesClassifier",
    "sklearn.ensemble.GradientBoostingClassifier",
    "sklearn.ensemble.HistGradientBoostingClassifier",
    "sklearn.ensemble.RandomForestClassifier",
    "sklearn.gaussian_process.GaussianProcessClassifier",
    "sklearn.linear_model.LogisticRegression",
    "sklearn.linear_model.Perceptron",
    "sklearn.linear_model.RidgeClassifier",
    "sklearn.linear_model.SGDClassifier",
    "sklearn.naive_bayes.BernoulliNB",
    "sklearn.naive_bayes.GaussianNB",
    "sklearn.neighbors.KNeighborsClassifier",
    "sklearn.neural_network.MLPClassifier",
    "sklearn.svm.LinearSVC",
    "sklearn.svm.SVC",
    "sklearn.tree.DecisionTreeClassifier",
    "sklearn.tree.ExtraTreeClassifier",
)
OURS = ("n_jobs", "random_state", "verbose", "warm_start")  # set here, or no part of a recipe


@dataclass(frozen=True)
class Sklearn:
    """An estimator of scikit-learn with its parameters.

    estimator: a dotted name of ALLOWED. parameters: arguments of its constructor, plain values;
    the others keep scikit-learn's defaults. Main and slot rows weigh (1 - w) and w, and all rows
    together as much as the main ones; an estimator that takes no weights sees rows repeated or
    left out in these shares. One that gives no probabilities gets them from its decision values.
    """

    estimator: str
    parameters: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.estimator not in ALLOWED:
            known = ", ".join(name.rpartition(".")[2] for name in ALLOWED)
            raise ValueError(
                f"estimator is {self.estimator!r}, which is outside the allowlist; choose one of "
                f"{known}, by its full name, as in {ALLOWED[0]}"
            )
        plain = dict(self.parameters or {})
        object.__setattr__(self, "parameters", tuple(sorted(plain.items())))  # has a key
        self._check(plain)

    def _check(self, parameters: Mapping[str, Any]) -> None:
        """Refuse what the constructor would not take, or what is not the recipe's to say."""
        possible = sorted(set(self.maker().get_params()) - set(OURS))
        if fixed := set(parameters) & set(OURS):
            raise ValueError(f"parameters has {', '.join(sorted(fixed))}, which synthlift sets")
        if unknown := set(parameters) - set(possible):
            raise ValueError(
                f"parameters has no {', '.join(sorted(unknown))}; {self.name} takes "
                f"{', '.join(possible)}"
            )
        for name, value in parameters.items():
            if not _is_plain(value):
                raise ValueError(
                    f"parameters.{name} is a number, a text, true, false, null or a list of "
                    f"numbers, not {value!r}"
                )
        self.maker(**parameters)._validate_params()  # a ValueError that names the parameter

    @property
    def name(self) -> str:
        """The class's own name."""
        return self.estimator.rpartition(".")[2]

    @property
    def maker(self) -> Any:
        """The class."""
        module, _, name = self.estimator.rpartition(".")
        return getattr(importlib.import_module(module), name)

    def check(self, schema: Schema) -> str | None:
        return None

    def fit(
        self,
        training: TrainingSet,
        seed: int,
        device: torch.device,
        progress: Callable[[int, int], None],
    ) -> FittedWhenAsked:
        return FittedWhenAsked(self, lambda: training, seed)

    def load(
        self, folder: Path, schema: Schema, training: Callable[[], TrainingSet], seed: int
    ) -> FittedWhenAsked:
        return FittedWhenAsked(self, training, seed)


@dataclass(frozen=True, eq=False)
class FittedWhenAsked:
    """An estimator that is fitted at the first prediction, to the same bytes every time."""

    recipe: Sklearn
    training: Callable[[], TrainingSet]
    seed: int

    @cached_property
    def fitted(self) -> FittedEstimator:
        from synthlift.classifiers.estimators import fit_estimator

        return fit_estimator(self.recipe, self.training(), self.seed)

    def predict(self, samples: SampleSet) -> Probabilities:
        return self.fitted.predict(samples)

    def save(self, folder: Path) -> None:
        """Write nothing."""


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(type(item) in (int, float) for item in value)
    return value is None or type(value) in (bool, int, float, str)
