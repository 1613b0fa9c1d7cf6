"""A part of a study that can't take its dataset, and what could take it instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from synthlift.arms.tuning import count_trials, options
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
    _check_plan(study, facts)
    parts: list[tuple[str, str, Any]] = []
    if study.draws:
        parts.append(("generator", "the generator", study.generator))
    parts += [("classifier", f"classifier {kind}", c) for kind, c in study.classifiers.items()]
    parts += [("arm", f"arm {name}", arm) for name, arm in study.arms.items()]
    for group, what, part in parts:
        if why := part.check(schema):
            raise MisfitError(f"{what} does not fit dataset={dataset}: {why}", group, schema)
    if study.draws and (why := study.generator.check_rows(facts.n_train)):
        raise ConfigError(f"the generator does not fit the split: {why}")


def _check_plan(study: Experiment, facts: SplitFacts) -> None:
    """Refuse a choice without rows to choose by, samples that are not drawn, looks that err."""
    if study.n_trials > 1 and not facts.n_valid:
        raise ConfigError(
            "an arm is tuned, but the split has no validation rows to choose by; raise "
            "split.n_valid or split.valid"
        )
    n_drawn = int(study.generation.plan.counts(np.array(facts.train_counts)).sum())
    for name, arm in study.arms.items():
        for option in options(arm, count_trials([arm])):
            ratio = dict(option.settings).get("ratio")
            if ratio is not None and round(ratio * facts.n_train) > n_drawn:
                raise ConfigError(
                    f"arm.{name} uses {ratio:g} times {facts.n_train} train rows, but only "
                    f"{n_drawn} samples are drawn; raise generation.n_per_class or "
                    "generation.ratio"
                )
    if study.until_decided is None:
        return
    if facts.regime != "fixed_test":
        raise ConfigError(
            "until_decided plans looks for a fixed test set, but this pool is small: all rows "
            "are drawn again in every repeat; give n_repeats instead"
        )
    if not any(q.primary and q.baseline in study.arms for q in study.questions):
        raise ConfigError(
            "until_decided waits for the verdict on a primary question, and this study has none; "
            "give n_repeats instead"
        )


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
