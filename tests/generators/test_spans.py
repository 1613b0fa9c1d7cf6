"""The last layer of the dense generators: every span under its own activation, levels as asked."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from synthlift.core.schema import Code, Span
from synthlift.generators.spans import SpanHead, gumbel, harden

# a level of two, a number, a mode of three, a level of three, a linear number
SPANS = (
    Span(0, 2, "softmax", discrete=True),
    Span(2, 3, "tanh"),
    Span(3, 6, "softmax"),
    Span(6, 9, "softmax", discrete=True),
    Span(9, 10, "linear"),
)
CODE = Code((10,), SPANS)
LABELS = torch.zeros(6, dtype=torch.long)


@pytest.fixture
def features():
    return torch.randn(6, 10, generator=torch.Generator().manual_seed(0))


def noise(n=6):
    return torch.randn(n, 8, generator=torch.Generator().manual_seed(1))


def test_each_span_has_its_own_activation(features):
    out = SpanHead(CODE, 0.2)(features, noise(), LABELS)
    torch.testing.assert_close(out[:, 2], features[:, 2].tanh())
    torch.testing.assert_close(out[:, 9], features[:, 9])
    for start, stop in ((0, 2), (3, 6), (6, 9)):
        torch.testing.assert_close(out[:, start:stop].sum(1), torch.ones(6))


def test_an_image_is_a_tanh_in_its_own_shape(features):
    head = SpanHead(Code((1, 2, 5), (Span(0, 10, "tanh"),)), 0.2)
    assert head.n_noise == 0
    out = head(features, torch.empty(6, 0), LABELS)
    torch.testing.assert_close(out, features.tanh().view(6, 1, 2, 5))


def test_levels_come_up_with_the_chances_of_their_logits():
    """The largest of logits plus gumbel noise is a draw from their softmax."""
    p, n = torch.tensor([0.2, 0.7, 0.1]), 20_000
    head = SpanHead(Code((3,), (Span(0, 3, "softmax", discrete=True),)), 0.2)
    z = torch.randn(n, 3, generator=torch.Generator().manual_seed(0))
    out = head(p.log().expand(n, 3), z, torch.zeros(n, dtype=torch.long))
    found = torch.bincount(out.argmax(1), minlength=3) / n
    torch.testing.assert_close(found, p, atol=0.015, rtol=0)


def test_noise_is_gumbel_distributed():
    z = torch.randn(100_000, generator=torch.Generator().manual_seed(0))
    g = gumbel(z)
    assert g.mean().item() == pytest.approx(0.5772, abs=0.02)  # Euler's constant
    assert g.var().item() == pytest.approx(torch.pi**2 / 6, abs=0.05)
    assert gumbel(torch.tensor([-30.0, 0.0, 8.0])).isfinite().all()


def test_the_column_of_an_asked_level_is_given_and_no_other_changes(features):
    head, none = SpanHead(CODE, 0.2), 5
    level = torch.tensor([0, 1, 2, 3, 4, none])  # places 0, 1, 6, 7, 8
    asked = head(features, noise(), torch.stack([LABELS, level], 1))
    free = head(features, noise(), LABELS)
    assert asked[0, :2].tolist() == [1, 0]
    assert asked[1, :2].tolist() == [0, 1]
    for row, place in ((2, 6), (3, 7), (4, 8)):
        assert asked[row, 6:9].tolist() == [float(place == p) for p in (6, 7, 8)]
    assert torch.equal(asked[:, 2:6], free[:, 2:6])
    assert torch.equal(asked[:2, 6:], free[:2, 6:])
    assert torch.equal(asked[5], free[5])


def test_numbers_and_levels_are_taken_apart_as_they_were_put_together(features):
    head = SpanHead(CODE, 0.2)
    scalars, groups = head.arrange(features)
    assert torch.equal(scalars, features[:, [9, 2]])  # linear before tanh
    assert [tuple(group.shape) for group in groups] == [(6, 1, 2), (6, 2, 3)]
    assert torch.equal(groups[1][:, 1], features[:, 6:9])


def test_only_numbers_under_a_tanh_are_bounded(features):
    bounded = SpanHead(CODE, 0.2).bound(10 * features)
    assert torch.equal(bounded[:, 2], (10 * features[:, 2]).clamp(-1, 1))
    assert torch.equal(bounded[:, 3:], 10 * features[:, 3:])


def test_hard_codes_have_one_level_and_the_same_numbers(features):
    soft = SpanHead(CODE, 1.0)(features, noise(), LABELS)
    hard = harden(soft, SPANS)
    for start, stop in ((0, 2), (3, 6), (6, 9)):
        assert sorted(hard[:, start:stop].unique().tolist()) == [0, 1]
        assert torch.equal(hard[:, start:stop].argmax(1), soft[:, start:stop].argmax(1))
    assert torch.equal(hard[:, [2, 9]], soft[:, [2, 9]])


def test_the_head_stores_nothing_and_learns_nothing():
    head = SpanHead(CODE, 0.2)
    assert isinstance(head, nn.Module)
    assert list(head.state_dict()) == list(head.parameters()) == []
