"""What made the synthetic samples: a generator, its kept state or a teacher that met test rows.

Nothing of that shows in the samples, whose origin is that of no row; so they carry the rows that
they were learnt from, through drawing, filters and arms, up to the stage that scores.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from synthlift.arms.base import build
from synthlift.core.errors import DataError
from synthlift.core.samples import SYNTHETIC, SampleSet, concatenate
from synthlift.experiment import first
from synthlift.generators.bootstrap import Bootstrap
from synthlift.generators.selection import KeepBest
from synthlift.stages.fit_classifier import fit_classifier
from synthlift.stages.fit_generator import fit_generator, learnt_from
from synthlift.stages.generate import generate
from synthlift.stages.measure import confidence, measure

pytestmark = pytest.mark.usefixtures("quick_disk")


@dataclass(frozen=True)
class Maker:
    """Makes and judges synthetic samples as a study does, of whatever rows it is told to."""

    study: object
    parts: object
    cpu: object

    def draw(self, train, valid=None, generator=None):
        """Samples of a generator that is fitted on `train` and chosen by `valid`."""
        store, rows = self.parts
        recipe = generator or Bootstrap(0.5, 0.05)
        fitted = store.run(fit_generator, train, valid, recipe, 1, compute=self.cpu)
        made_of, plan = learnt_from(fitted), self.study.generation
        return store.run(generate, fitted, made_of, rows.train, plan, 2, compute=self.cpu)

    def judge(self, drawn, taught_by):
        """How sure a teacher is of these samples that was fitted on `taught_by`."""
        store, rows = self.parts
        training, kind = build(self.study.teacher, taught_by), first(self.study.classifiers)
        teacher = store.run(fit_classifier, training, kind, 1, 3, compute=self.cpu)
        inputs = (rows.train, rows.valid, drawn, teacher, (), 4)
        return confidence(store.run(measure, *inputs, compute=self.cpu))


@pytest.fixture
def make(study, parts, cpu):
    return Maker(study, parts, cpu)


@pytest.mark.parametrize("name", ["real_synthetic", "synthetic"])
def test_samples_of_a_generator_fitted_on_a_single_test_row_are_refused(
    study, parts, mixed, make, score, name
):
    _, rows = parts
    clean, leaky = make.draw(rows.train), make.draw(mixed(rows.train, rows.test))
    assert score(build(study.arms[name], rows.train, synthetic=clean)).n_synthetic
    said = "leakage: its synthetic samples were made with 1 of the test rows"
    with pytest.raises(DataError, match=said):
        score(build(study.arms[name], rows.train, synthetic=leaky))


def test_samples_of_a_state_that_test_rows_chose_are_refused(study, parts, make, score):
    """The checkpoint that does best on test: trained on train rows alone, and yet a leak."""
    _, rows = parts
    keeps_best = replace(study.generator, selection=KeepBest(every=2, n_per_class=4, trees=3))
    honest = make.draw(rows.train, rows.valid, keeps_best)
    leaky = make.draw(rows.train, rows.test, keeps_best)
    assert score(build(study.arms["real_synthetic"], rows.train, synthetic=honest)).n_synthetic
    with pytest.raises(DataError, match="made with 797 of the test rows"):
        score(build(study.arms["real_synthetic"], rows.train, synthetic=leaky))


def test_samples_that_a_teacher_of_test_rows_filtered_are_refused(study, parts, mixed, make, score):
    _, rows = parts
    drawn = make.draw(rows.train)
    filtering = replace(study.arms["real_synthetic"], threshold=0.01)
    honest = make.judge(drawn, rows.train)
    leaky = make.judge(drawn, mixed(rows.train, rows.test, 7))
    assert score(build(filtering, rows.train, synthetic=drawn, confidence=honest)).n_synthetic
    with pytest.raises(DataError, match="made with 7 of the test rows"):
        score(build(filtering, rows.train, synthetic=drawn, confidence=leaky))


def test_an_arm_that_uses_no_synthetic_sample_is_not_refused_for_them(
    study, parts, mixed, make, score
):
    _, rows = parts
    leaky = make.draw(mixed(rows.train, rows.test))
    none = replace(study.arms["real_synthetic"], weight=0.0)
    assert score(build(none, rows.train, synthetic=leaky)).n_synthetic == 0


def test_in_every_arm_the_samples_say_what_they_were_learnt_from(study, parts, make):
    _, rows = parts
    drawn = make.draw(rows.train)
    given = {"reserve": rows.reserve, "synthetic": drawn, "plan": study.generation.plan}
    known = np.unique(rows.train.read().origin)
    n_with = 0
    for arm in study.arms.values():
        training = build(arm, rows.train, **given).read()
        n_with += training.n_synthetic > 0
        assert np.array_equal(training.learnt_from, known if training.n_synthetic else [])
    assert n_with == 2


def test_no_way_of_handling_samples_loses_what_they_were_learnt_from(parts, make, tmp_path):
    _, rows = parts
    drawn = make.draw(rows.train).read()
    assert (drawn.origin == SYNTHETIC).all()
    drawn.save(tmp_path / "again")
    handled = (
        drawn.take(np.arange(3)),
        concatenate([rows.valid.read(), drawn]),
        concatenate([drawn.take(np.arange(2)), drawn]),
        SampleSet.load(tmp_path / "again"),
        replace(drawn, labels=drawn.labels[::-1].copy()),
    )
    for samples in handled:
        assert np.array_equal(samples.learnt_from, drawn.learnt_from)
    assert set(drawn.learnt_from) == set(rows.train.read().origin)


def test_what_filters_is_added_to_what_was_learnt_from(parts, make):
    _, rows = parts
    drawn = make.draw(rows.train).read()
    kept = drawn.chosen_by(np.arange(len(drawn)) % 2 == 0, np.array([5, 10**6]))
    assert set(kept.learnt_from) == {*drawn.learnt_from, 5, 10**6}
