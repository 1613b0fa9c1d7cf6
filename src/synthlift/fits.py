"""A part of a study that can't take its dataset, and what could take it instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synthlift.core.errors import ConfigError
from synthlift.core.schema import Schema

if TYPE_CHECKING:
    from synthlift.core.splits import SplitFacts
    from synthlift.experiment import Experiment


class MisfitError(ConfigError):
    """A part that can't take the dataset.

    group: where another one is to be chosen, as in `generator`. schema: what the dataset is. Both
    survive the way out of a worker process.
    """

    def __init__(self, message: str, group: str, schema: Schema) -> None:
        super().__init__(message, group, schema)
        self.message, self.group, self.schema = message, group, schema

    def __str__(self) -> str:
        return self.message


def check_fit(study: Experiment, schema: Schema, facts: SplitFacts) -> None:
    """Refuse, before any training, what can't take this dataset.

    A ConfigError says what it is and what to do.
    """
    dataset = study.dataset.name
    if study.arms and schema.n_classes < 2:
        raise ConfigError(
            f"dataset={dataset} has a single class, {schema.classes[0]!r}: "
            "there is nothing to classify; "
            "use arm=[] to train a generator and draw samples only"
        )
    empty = [c for c, n in zip(schema.classes, facts.train_counts, strict=True) if not n]
    if empty:
        unlearnt = (
            f"class {empty[0]!r} has no train rows to learn it from; raise split.n_per_class, "
            "or leave the class out with dataset.classes"
        )
        raise ConfigError(f"the split does not fit dataset={dataset}: {unlearnt}")
    parts: list[tuple[str, str, Any]] = []
    if study.draws:
        parts.append(("generator", "the generator", study.generator))
    parts += [("classifier", f"classifier {kind}", c) for kind, c in study.classifiers.items()]
    parts += [("arm", f"arm {name}", arm) for name, arm in study.arms.items()]
    for group, what, part in parts:
        if why := part.check(schema):
            raise MisfitError(f"{what} does not fit dataset={dataset}: {why}", group, schema)


def with_remedy(misfit: MisfitError, recipes: Mapping[str, Any]) -> str:
    """The refusal, and those recipes that take the dataset.

    recipes: by the setting that chooses each, as in `generator=cgan`; one without a check is no
    candidate.
    """
    checks = {setting: getattr(recipe, "check", None) for setting, recipe in recipes.items()}
    fits = [setting for setting, check in checks.items() if check and not check(misfit.schema)]
    if not fits:
        return f"{misfit}; no {misfit.group} that there is fits it"
    return f"{misfit}; what fits: {', '.join(fits)}"
