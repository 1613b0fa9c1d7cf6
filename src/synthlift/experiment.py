"""One study: the frozen recipe (Experiment) and the whole pipeline, top to bottom (run)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product

from synthlift.arms.base import Arm, build
from synthlift.arms.tuning import count_trials
from synthlift.classifiers.base import Classifier
from synthlift.conclude import absent_arms, compare_repeats
from synthlift.core.errors import TrainingError
from synthlift.core.results import Failure, Report, Trial
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Schema
from synthlift.core.seeds import derive
from synthlift.core.splits import SplitFacts, Splits, load_facts
from synthlift.core.store import Artifact, Store
from synthlift.datasets.base import Dataset
from synthlift.fits import check_fit
from synthlift.generators.base import FittedGenerator, Generator
from synthlift.looks import check_looks, is_decided, looks_of
from synthlift.metrics.base import Fidelity, Score
from synthlift.stages.compare import Question
from synthlift.stages.compute import Compute
from synthlift.stages.fit_classifier import fit_classifier
from synthlift.stages.fit_generator import fit_generator, learnt_from
from synthlift.stages.generate import Generation, generate
from synthlift.stages.measure import Measured, confidence, measure
from synthlift.stages.read_dataset import read_dataset
from synthlift.stages.split import Split, SplitParts, make_splits
from synthlift.trials import Bench, Cell, run_trial

REPEATS = {"fixed_test": 6, "small_pool": 15}  # PROTOCOL 3: more barely help a small pool


@dataclass(frozen=True)
class Experiment:
    """Everything that decides the numbers of a study.

    arms, classifiers: by the name they have in the report; the first classifier is the primary
    one, and the teacher is of its kind. teacher: the arm that the teacher is fitted as. scores:
    the first carries the verdict. until_decided: instead of n_repeats, at most so many; the study
    ends at the planned look that answers its primary questions. first_repeat: number of the first
    repeat; a sweep judges its choice on repeats that the choice has not seen.
    """

    dataset: Dataset
    split: Split
    generator: Generator
    generation: Generation
    arms: Mapping[str, Arm]
    classifiers: Mapping[str, Classifier]
    teacher: Arm
    scores: tuple[Score, ...]
    fidelity: tuple[Fidelity, ...]
    n_repeats: int | None
    until_decided: int | None
    first_repeat: int
    seed: int

    def __post_init__(self) -> None:
        if self.n_repeats is not None and self.n_repeats < 1:
            raise ValueError(f"n_repeats is at least 1, or null, not {self.n_repeats}")
        check_looks(self.n_repeats, self.until_decided)
        if self.first_repeat < 0:
            raise ValueError(f"first_repeat is at least 0, not {self.first_repeat}")
        if self.arms and not self.classifiers:
            raise ValueError("arms need a classifier: give one, as in classifier=[cnn]")
        if self.arms and "real" not in self.arms:
            raise ValueError("a lift is measured over the arm `real`: add it to arm=[...]")
        if self.arms and not self.scores:
            raise ValueError("arms need a score: give one, as in metric=[accuracy]")
        if self.arms and not self.scores[0].higher_is_better:
            raise ValueError(
                f"the first metric carries the verdict, and less of {self.scores[0].name} is "
                "better; put another one first, as in metric=[accuracy,log_loss]"
            )

    @property
    def draws(self) -> bool:
        """Whether any part of the study needs synthetic samples."""
        return not self.arms or any("synthetic" in arm.needs for arm in self.arms.values())

    @property
    def questions(self) -> list[Question]:
        """Each arm over its baseline; those of primary questions over their controls too."""
        asked = [x for x in self.arms.items() if x[0] != x[1].baseline and x[1].kind != "curve"]
        controls = [
            Question(name, control, False)
            for name, arm in asked
            for control, other in asked
            if arm.primary and other.kind == "control" and arm.baseline == other.baseline
        ]
        over = [Question(name, arm.baseline, arm.primary) for name, arm in asked]
        return over + controls

    @property
    def n_trials(self) -> int:
        """Trainings of every arm in a repeat; more than one where something is tuned."""
        return count_trials(self.arms.values())

    @property
    def n_stages(self) -> int:
        """Stages of one repeat, at most; of tuned arms the chosen one is scored once more."""
        of_arm = 2 * self.n_trials + (self.n_trials > 1)
        return 6 + of_arm * len(self.arms) * len(self.classifiers)


@dataclass(frozen=True)
class Material:
    """What the arms of one repeat are built of; None where the study draws nothing.

    failure: why there are no samples although the study draws some.
    """

    schema: Schema
    facts: SplitFacts
    rows: SplitParts
    generator: Artifact[FittedGenerator] | None = None
    drawn: Artifact[SampleSet] | None = None
    measured: Artifact[Measured] | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Repeat:
    """What one repeat gave; number: counted over the whole study, first_repeat included."""

    number: int
    material: Material
    trials: tuple[Trial, ...]
    failures: tuple[Failure, ...] = ()


def run(
    study: Experiment,
    store: Store,
    compute: Compute,
    make: Callable[[range], None] = lambda numbers: None,
) -> tuple[Report, list[Repeat]]:
    """Run the repeats and compare: the report, and what each repeat left in the store.

    make: is told the numbers of the repeats that come next, to make them beforehand, in parallel.
    """
    repeats: list[Repeat] = []
    for look in looks_of(study.until_decided, lambda: count_repeats(study, store)):
        numbers = range(study.first_repeat + len(repeats), study.first_repeat + look.n_repeats)
        make(numbers)
        repeats += [run_repeat(study, store, compute, number) for number in numbers]
        report = compare_repeats(study, repeats, look=look)
        if is_decided(report):
            break
    return report, repeats


def count_repeats(study: Experiment, store: Store) -> int:
    """Repeats of the study: as many as it asks for, else what its regime needs."""
    if study.n_repeats:
        return study.n_repeats
    return REPEATS[load_facts(_split(study, store, study.first_repeat).folder).regime]


def _split(study: Experiment, store: Store, repeat: int) -> Artifact[Splits]:
    source = store.run(read_dataset, study.dataset)
    return store.run(make_splits, source, study.dataset.n_test, study.split, study.seed, repeat)


def run_repeat(study: Experiment, store: Store, compute: Compute, repeat: int) -> Repeat:
    """Run all stages of one repeat.

    Split, train the GAN, draw samples, train a classifier per arm, score all of them on the same
    rows. A training that goes wrong is a failure of its arms, not of the others.
    """
    material = draw_material(study, store, compute, repeat)
    if not study.arms:
        return Repeat(repeat, material, ())
    bench = Bench(
        store=store,
        compute=compute,
        repeat=repeat,
        seed=derive(study.seed, "repeat", repeat),
        rows=material.rows,
        plan=study.generation.plan,
        drawn=material.drawn,
        confidence=confidence(material.measured) if material.measured else None,
        failure=material.failure,
        n_trials=study.n_trials,
        score=study.scores[0],
    )
    trials, failures = [], []
    left_out = dict(absent_arms(study, material.facts))
    for (name, arm), (kind, classifier) in product(study.arms.items(), study.classifiers.items()):
        if name in left_out:
            continue
        try:
            trials.append(run_trial(bench, Cell(name, arm, kind, classifier)))
        except TrainingError as error:
            failures.append(Failure(name, kind, repeat, str(error)))
    return Repeat(repeat, material, tuple(trials), tuple(failures))


def draw_material(study: Experiment, store: Store, compute: Compute, repeat: int) -> Material:
    """Split, and where an arm needs them train the generator, draw its samples, measure them."""
    splits = _split(study, store, repeat)
    facts, rows = load_facts(splits.folder), SplitParts.of(splits)
    schema = rows.train.read().schema
    check_fit(study, schema, facts)
    material = Material(schema, facts, rows)
    if not study.draws:
        return material
    try:
        return _draw(study, store, compute.of_repeat(repeat), repeat, material)
    except TrainingError as error:
        if not study.arms:
            raise
        return replace(material, failure=str(error))


def _draw(
    study: Experiment, store: Store, compute: Compute, repeat: int, material: Material
) -> Material:
    rows, seed = material.rows, derive(study.seed, "repeat", repeat)
    how = {"compute": compute}
    teacher = None
    if study.classifiers and material.schema.n_classes > 1:
        training, primary = build(study.teacher, rows.train), first(study.classifiers)
        teacher = store.run(fit_classifier, training, primary, study.teacher.members, seed, **how)
    valid = rows.valid if study.generator.needs_valid else None
    own = derive(seed, "generator")
    generator = store.run(fit_generator, rows.train, valid, study.generator, own, **how)
    own, made_of = derive(seed, "draw"), learnt_from(generator)
    drawn = store.run(generate, generator, made_of, rows.train, study.generation, own, **how)
    own, metrics = derive(seed, "measure"), study.fidelity
    measured = store.run(measure, rows.train, rows.valid, drawn, teacher, metrics, own, **how)
    return replace(material, generator=generator, drawn=drawn, measured=measured)


def first(classifiers: Mapping[str, Classifier]) -> Classifier:
    """The primary classifier."""
    return next(iter(classifiers.values()))
