"""Labels that are not shown change nothing, whatever the network; shown in full, nothing is new."""

from __future__ import annotations

import copy

import pytest
import torch

from synthlift.core.schema import Code, Span
from synthlift.generators.cgan import Cgan
from synthlift.generators.label_strength import LabelStrength
from synthlift.generators.mlp import Mlp
from synthlift.generators.table_networks import TableNetworks

IMAGES = Code((1, 8, 8), (Span(0, 64, "tanh"),))
ROWS = Code((4,), (Span(0, 1, "tanh"), Span(1, 4, "softmax", discrete=True)))
MLP = Mlp(latent_dim=4, embedding_dim=3, widths=(8,), critic_widths=(8,), tau=0.2)
PAIRS = {
    "cgan": (Cgan(latent_dim=4, channels=2), IMAGES),
    "mlp on images": (MLP, IMAGES),
    "mlp on rows": (MLP, ROWS),
    "table": (TableNetworks(4, 3, 8, dropout=0.0, pack=2, tau=0.2), ROWS),
}


@pytest.fixture(params=PAIRS)
def pair(request):
    """A generator and a critic whose every parameter is random, and what they are called with."""
    network, code = PAIRS[request.param]
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        made = network.generator(code, 2), network.critic(code, 2, 1000)
        for module in made:
            for weight in module.parameters():
                torch.nn.init.normal_(weight, 0, 0.5)
            module.eval()  # a power iteration of spectral norm would move it between two calls
        given = torch.randn(6, network.noise_dim(code)), torch.randn(6, *code.shape)
    return *zip(made, given, strict=True), code


def outputs(pair, labels):
    """What both say of these labels; the level that is asked for is always the same."""
    *calls, code = pair
    condition = torch.tensor(labels)
    if code is ROWS and isinstance(calls[1][0].score, torch.nn.Linear):
        condition = torch.stack([condition, torch.ones(6, dtype=torch.long)], 1)
    with torch.no_grad():
        return [network(x, condition) for network, x in calls]


ZEROS, ONES = [0] * 6, [1] * 6


def test_labels_that_are_not_shown_change_nothing(pair):
    strength = LabelStrength()
    strength.start(*(network for network, _ in pair[:2]))
    for a, b in zip(outputs(pair, ZEROS), outputs(pair, ONES), strict=True):
        assert not torch.equal(a, b), "in full they do"
    strength.value = 0.0
    for a, b in zip(outputs(pair, ZEROS), outputs(pair, ONES), strict=True):
        assert torch.equal(a, b)


def test_labels_shown_in_full_are_the_plain_network(pair):
    plain = outputs(pair, ONES)
    LabelStrength().start(*(network for network, _ in pair[:2]))
    assert all(torch.equal(a, b) for a, b in zip(plain, outputs(pair, ONES), strict=True))


def test_half_a_strength_lies_between_the_two(pair):
    strength, said = LabelStrength(), {}
    strength.start(*(network for network, _ in pair[:2]))
    for strength.value in (0.0, 0.5, 1.0):
        said[strength.value] = outputs(pair, ONES)
    for none, half, full in zip(*said.values(), strict=True):
        assert 0 < (half - none).norm() < (full - none).norm() * 1.5
        assert not torch.equal(half, full)


def test_copies_follow_the_strength_of_the_network(pair):
    strength = LabelStrength()
    strength.start(*(network for network, _ in pair[:2]))
    copies = *((copy.deepcopy(network), x) for network, x in pair[:2]), pair[2]
    strength.value = 0.0
    for a, b in zip(outputs(copies, ZEROS), outputs(copies, ONES), strict=True):
        assert torch.equal(a, b)


def test_what_is_stored_knows_nothing_of_it(pair):
    (generator, _), (critic, _), _ = pair
    before = [*generator.state_dict(), *critic.state_dict()]
    LabelStrength().start(generator, critic)
    assert [*generator.state_dict(), *critic.state_dict()] == before
