"""network.json: every layer with its shapes and parameters, and nothing disturbed by looking."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from synthlift.codecs.base import fit_codec
from synthlift.core.schema import Code
from synthlift.generators.acgan import Acgan
from synthlift.generators.augmenting import NoAugmentation
from synthlift.generators.cgan import Cgan
from synthlift.generators.ema import Ema
from synthlift.generators.gan import ConditionalGan
from synthlift.generators.losses import Hinge
from synthlift.generators.optimizers import Adam
from synthlift.generators.penalties import NoPenalty
from synthlift.generators.summary import save_summary, summarize

pytestmark = pytest.mark.usefixtures("quick_disk")


@pytest.fixture
def pair():
    network, code = Cgan(latent_dim=4, channels=2), Code((1, 8, 8), ())
    return network.generator(code, 3), network.critic(code, 3, 10)


def test_shapes_and_parameters_are_those_of_the_networks(pair, tmp_path):
    save_summary(tmp_path, 4, pair[0], "critic", pair[1])
    found = json.loads((tmp_path / "network.json").read_text())
    for network, name in zip(pair, ("generator", "critic"), strict=True):
        total = sum(p.numel() for p in network.parameters())
        assert found[name]["parameters"] == total
        assert sum(x["parameters"] for x in found[name]["layers"] if x["level"] == 0) == total
    assert found["generator"]["input"] == [4]
    assert found["generator"]["output"] == found["critic"]["input"] == [1, 8, 8]
    assert found["critic"]["output"] == []


def test_blocks_come_in_the_order_in_which_they_run(pair):
    _, found = summarize(pair[0], torch.zeros(2, 4), torch.zeros(2, dtype=torch.long))
    blocks = [row for row in found["layers"] if row["level"] == 0]
    assert [row["type"] for row in blocks[:4]] == [
        "LatentAndLabel",
        "ConditionalBatchNorm",
        "ReLU",
        "ConvTranspose2d",
    ]
    assert blocks[3]["inputs"] == [[8, 2, 2]]
    assert blocks[3]["output"] == [4, 4, 4]
    assert [row["type"] for row in found["layers"] if row["level"] == 1][:2] == [
        "LabelEmbedding",
        "Linear",
    ]


def test_spectral_norm_is_named_and_its_inside_is_not(pair):
    _, found = summarize(pair[1], torch.zeros(2, 1, 8, 8), torch.zeros(2, dtype=torch.long))
    types = [row["type"] for row in found["layers"]]
    assert types[0] == "Conv2d, spectral norm"
    assert not [name for name in types if "Parametriz" in name or name.startswith("_")]


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x, labels):
        return self.norm(x + torch.randn_like(x))


@pytest.mark.parametrize("training", [True, False])
def test_a_look_changes_no_state(pair, training):
    network = nn.ModuleDict({"noisy": Noisy(), "critic": pair[1]}).train(training)
    network["noisy"].norm.eval()
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    random = torch.get_rng_state()
    labels = torch.zeros(2, dtype=torch.long)
    summarize(network["noisy"], torch.zeros(2, 4), labels)
    summarize(network["critic"], torch.zeros(2, 1, 8, 8), labels)
    assert torch.equal(random, torch.get_rng_state())
    assert all(torch.equal(state[name], x) for name, x in network.state_dict().items())
    assert network["noisy"].training is training
    assert network["noisy"].norm.training is False
    assert not [m for m in network.modules() if m._forward_hooks or m._forward_pre_hooks]


def test_both_heads_of_a_critic_that_names_the_class_are_there(tmp_path):
    parts = {"latent_dim": 4, "embedding_dim": 3, "channels": 2, "critic_norm": "batch"}
    network, code = Acgan(**parts, dropout=0.5, class_weight=1.0), Code((1, 8, 8), ())
    save_summary(tmp_path, 4, network.generator(code, 3), "critic", network.critic(code, 3, 10))
    found = json.loads((tmp_path / "network.json").read_text())["critic"]
    last = [(row["type"], row["inputs"], row["output"]) for row in found["layers"][-2:]]
    assert last == [("Linear", [[16]], [1]), ("Linear", [[16]], [3])]
    assert found["names_class"] is True
    assert (found["input"], found["output"]) == ([1, 8, 8], [])
    assert sum(row["parameters"] for row in found["layers"]) == found["parameters"]


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x, labels):
        return self.layer(self.layer(x))


def test_a_layer_that_runs_twice_has_one_row():
    _, found = summarize(Shared(), torch.zeros(2, 3), torch.zeros(2, dtype=torch.long))
    assert [(row["name"], row["parameters"]) for row in found["layers"]] == [("layer", 12)]


def test_a_trained_gan_leaves_its_summary_beside_its_weights(images, work_in, tmp_path):
    adam = Adam(1e-3, (0.0, 0.9))
    parts = {"loss": Hinge(), "penalty": NoPenalty(), "augmentation": NoAugmentation()}
    recipe = ConditionalGan(
        network=Cgan(latent_dim=4, channels=2),
        **parts,
        ema=Ema(10, 0.5),
        generator_optimizer=adam,
        critic_optimizer=adam,
        steps=2,
        batch_size=4,
        precision="32-true",
        log_every=2,
        checkpoint_every=2,
    )
    rows, place = images(), work_in(tmp_path)
    recipe.fit(rows, None, fit_codec(rows, recipe.sizes), 0, place, torch.device("cpu"))
    found = json.loads((place.folder / "network.json").read_text())
    assert set(found) == {"generator", "critic"}
    assert found["generator"]["input"] == [4]
