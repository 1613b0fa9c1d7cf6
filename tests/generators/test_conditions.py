"""Training by sampling: which rows and levels are drawn how often."""

from __future__ import annotations

from math import log

import pytest
import torch

from synthlift.core.schema import Code, Span
from synthlift.generators.conditioning import ByLabel, ByLabelAndLevel

N = 30_000
CODE = Code((6,), (Span(0, 2, "softmax", True), Span(2, 3, "tanh"), Span(3, 6, "softmax", True)))
# class 0: six rows, class 1: two; first column a or b, second column p, q or r
ROWS = [(0, "a", "p")] * 4 + [(0, "b", "p"), (0, "b", "q")] + [(1, "a", "r"), (1, "a", None)]
NONE = 5


def encoded():
    data = torch.zeros(len(ROWS), 6)
    for i, (_, first, second) in enumerate(ROWS):
        data[i, "ab".index(first)] = 1
        data[i, 2] = i / 10  # tells the rows apart
        if second is not None:
            data[i, 3 + "pqr".index(second)] = 1
    return data


COUNTS = torch.tensor([6, 2])


@pytest.fixture
def conditions():
    return ByLabelAndLevel().over(encoded(), COUNTS, CODE)


def rng():
    return torch.Generator().manual_seed(0)


def shares(labels, levels, label):
    """How often each level comes up beside a label, none last."""
    return torch.bincount(levels[labels == label], minlength=6) / (labels == label).sum()


def test_a_real_row_has_the_class_and_the_level_of_its_condition(conditions):
    rows, condition = conditions.real(N, rng())
    labels = torch.tensor([label for label, _, _ in ROWS])
    assert torch.equal(labels[rows], condition[:, 0])
    place = torch.tensor([0, 1, 3, 4, 5])[condition[:, 1]]
    assert (encoded()[rows, place] == 1).all()


def test_columns_are_uniform_and_levels_go_by_log_frequency_within_the_class(conditions):
    _, condition = conditions.real(N, rng())
    found = shares(*condition.T, 0)
    first, second = log(5) + log(3), log(6) + log(2)  # log(1 + rows)
    wanted = [log(5) / first, log(3) / first, log(6) / second, log(2) / second, 0, 0]
    torch.testing.assert_close(found, torch.tensor(wanted) / 2, atol=0.01, rtol=0)
    assert condition[:, 0].float().mean().item() == pytest.approx(0.5, abs=0.01)


def test_every_row_with_the_level_is_drawn(conditions):
    rows, condition = conditions.real(N, rng())
    assert set(rows.tolist()) == set(range(len(ROWS)))
    of_a = rows[(condition == torch.tensor([0, 0])).all(1)]
    counts = torch.bincount(of_a, minlength=4)[:4] / len(of_a)
    torch.testing.assert_close(counts, torch.full((4,), 0.25), atol=0.02, rtol=0)


def test_fake_samples_have_the_conditions_of_the_real_ones(conditions):
    _, condition = conditions.real(10, rng())
    assert conditions.fake(condition, rng()) is condition


def test_when_drawn_levels_come_up_as_often_as_in_the_class(conditions, tmp_path):
    labels = torch.arange(N) % 2
    u = torch.rand(N, generator=rng())
    conditions.save(tmp_path)
    asked = ByLabelAndLevel().load(tmp_path)(labels, u)
    assert torch.equal(asked, conditions.ask(labels, rng())), "and as they were in training"
    assert torch.equal(asked[:, 0], labels)
    wanted = torch.tensor([[4 / 6, 2 / 6, 5 / 6, 1 / 6, 0, 0], [1, 0, 0, 0, 1, 0]]) / 2
    for label in (0, 1):
        found = shares(labels, asked[:, 1], label)
        torch.testing.assert_close(found, wanted[label], atol=0.01, rtol=0)


def test_without_discrete_columns_rows_are_drawn_by_class_alone():
    code = Code((6,), (Span(0, 6, "tanh"),))
    conditions = ByLabelAndLevel().over(encoded(), COUNTS, code)
    rows, condition = conditions.real(1000, rng())
    assert (condition[:, 1] == 0).all()
    assert torch.equal((rows >= 6).long(), condition[:, 0])
    assert set(rows.tolist()) == set(range(8))


def test_a_class_whose_columns_are_all_missing_has_no_level():
    data = encoded()
    data[6:, [0, 1, 3, 4, 5]] = 0
    rows, condition = ByLabelAndLevel().over(data, COUNTS, CODE).real(1000, rng())
    assert (condition[condition[:, 0] == 1, 1] == NONE).all()
    assert set(rows[condition[:, 0] == 1].tolist()) == {6, 7}


def test_by_label_classes_and_their_rows_are_uniform(tmp_path):
    conditions = ByLabel().over(encoded(), COUNTS, CODE)
    rows, labels = conditions.real(N, rng())
    assert labels.float().mean().item() == pytest.approx(0.5, abs=0.01)
    chances = torch.bincount(rows) / N
    wanted = torch.tensor([1 / 12] * 6 + [1 / 4] * 2)
    torch.testing.assert_close(chances, wanted, atol=0.01, rtol=0)
    fake = conditions.fake(labels, torch.Generator().manual_seed(1))
    assert not torch.equal(fake, labels)
    conditions.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert ByLabel().load(tmp_path)(labels, labels) is labels
