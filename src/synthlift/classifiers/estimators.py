"""How an estimator of scikit-learn is fitted, and how it answers with probabilities.

On one thread, since sums of several come in another order; without the random state of numpy.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import has_fit_parameter
from threadpoolctl import threadpool_limits

from synthlift.classifiers.calibration import fit_temperature, soften
from synthlift.classifiers.rows import Weights, as_repeats, gather
from synthlift.classifiers.vectoriser import Vectoriser, vectors_of
from synthlift.core.columns import Floats
from synthlift.core.errors import TrainingError
from synthlift.core.samples import Ints, SampleSet, TrainingSet
from synthlift.core.schema import TableSchema
from synthlift.core.seeds import derive

if TYPE_CHECKING:
    from synthlift.classifiers.base import Probabilities
    from synthlift.classifiers.sklearn import Sklearn


@dataclass(frozen=True, eq=False)
class FittedEstimator:
    """A fitted estimator over all classes of the schema.

    vectoriser: None for images. estimator: None where the training set has one class only, which
    is then certain. classes: those of the training set. temperature: of the softmax over decision
    values; None where the estimator has probabilities itself.
    """

    vectoriser: Vectoriser | None
    estimator: Any
    classes: Ints
    temperature: float | None
    name: str

    def predict(self, samples: SampleSet) -> Probabilities:
        """Class probabilities, float32 `(n, n_classes)`; a TrainingError if they are not finite."""
        p = np.zeros((len(samples), samples.schema.n_classes))
        if len(samples):
            p[:, self.classes] = self._known(vectors_of([samples], self.vectoriser))
        total = p.sum(1, keepdims=True)
        if not (np.isfinite(total).all() and (total > 0).all()):
            raise TrainingError(f"{self.name} answers with NaN; choose other parameters")
        return np.asarray(p / total, dtype=np.float32)

    def _known(self, x: Floats) -> Floats:
        """Probabilities of the classes of the training set, `(n, n_known)`."""
        if self.estimator is None:
            return np.ones((len(x), 1))
        with _alone(self.name):
            if self.temperature is None:
                return np.asarray(self.estimator.predict_proba(x))
            return soften(self.estimator.decision_function(x), self.temperature)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One thread, no advice on the terminal, errors in the user's words."""
    with threadpool_limits(1), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            yield
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            said = " ".join(str(error).split())
            raise TrainingError(f"{name} can't be fitted to these rows: {said}") from error


def fit_estimator(recipe: Sklearn, training: TrainingSet, seed: int) -> FittedEstimator:
    """Fit on the weighted rows; a TrainingError in scikit-learn's own words if it can't be."""
    rows = gather(training, seed)
    vectoriser = None
    if isinstance(training.schema, TableSchema):
        vectoriser = Vectoriser.fit(training.main)
    x = vectors_of([rows.samples], vectoriser)
    y, weight, origin = rows.samples.labels, rows.weight, rows.samples.origin
    classes = np.unique(y)
    if len(classes) == 1:
        return FittedEstimator(vectoriser, None, classes, None, recipe.name)
    if not has_fit_parameter(recipe.maker, "sample_weight"):
        drawn = as_repeats(y, weight, rows.full)
        x, y, origin, weight = x[drawn], y[drawn], origin[drawn], np.ones(len(drawn))
    fitting = _Fitting(recipe, len(training.main), derive(seed, "estimator") % 2**32)
    with _alone(recipe.name):
        estimator, temperature = fitting.fit(x, y, weight), None
        if not hasattr(estimator, "predict_proba"):
            temperature = fit_temperature(
                fitting.fit, x, y, weight, origin, derive(seed, "calibration")
            )
    return FittedEstimator(vectoriser, estimator, classes, temperature, recipe.name)


@dataclass(frozen=True)
class _Fitting:
    """Makes and fits the estimator of a recipe; n_main: rows that a bootstrap draws."""

    recipe: Sklearn
    n_main: int
    seed: int

    def fit(self, x: Floats, y: Ints, weight: Weights) -> Any:
        estimator = self.recipe.maker(**dict(self.recipe.parameters))
        estimator.set_params(**self._settings(estimator.get_params(), len(x)))
        if has_fit_parameter(estimator, "sample_weight"):
            return estimator.fit(x, y, sample_weight=weight)
        return estimator.fit(x, y)

    def _settings(self, given: dict[str, Any], n_rows: int) -> dict[str, Any]:
        """What follows from the rows and the seed, as far as the estimator has it."""
        found: dict[str, Any] = {"n_jobs": 1, "random_state": self.seed}
        if given.get("n_neighbors"):
            found["n_neighbors"] = min(given["n_neighbors"], n_rows)
        if given.get("bootstrap") and given.get("max_samples") is None:
            found["max_samples"] = min(self.n_main, n_rows)  # trees as varied in every arm
        return {name: value for name, value in found.items() if name in given}
