"""The diagram of generator and critic, from network.json alone."""

from __future__ import annotations

import pytest

from synthlift.report.network import MOST_BLOCKS, draw_networks


def test_activations_join_their_layer_and_ends_are_named(make):
    generator, critic = draw_networks(make.make_network(), "image")
    assert [block.title for block in generator.blocks] == [
        "noise z of 16 numbers and class",
        *["Conv + ReLU"] * 3,
        "image",
    ]
    assert generator.blocks[1].detail == "8 × 8 × 8 · 584 · spectral norm"  # noqa: RUF001
    assert (critic.blocks[0].title, critic.blocks[-1].title) == ("image and class", "score")
    assert critic.blocks[-1].detail == "1"
    assert generator.parameters == "1,752"


def test_the_table_lists_every_layer_with_its_parts(make):
    generator, _ = draw_networks(make.make_network(), "image")
    assert len(generator.rows) == 7
    assert [row.indent for row in generator.rows[:3]] == [0, 1, 0]
    assert generator.rows[1].output == "–"  # noqa: RUF001


@pytest.mark.parametrize("n", [1, MOST_BLOCKS, MOST_BLOCKS + 1, 200])
def test_deep_networks_are_cut_in_the_middle_and_say_so(make, n):
    view, _ = draw_networks(make.make_network(n), "table")
    assert len(view.blocks) <= MOST_BLOCKS + 3
    gaps = [block.title for block in view.blocks if block.kind == "gap"]
    assert gaps == ([] if n <= MOST_BLOCKS else [f"{n - MOST_BLOCKS} more layers"])
    assert len(view.rows) == 2 * n + 1


def test_larger_feature_maps_are_wider_bars(make):
    network = make.make_network()
    network["generator"]["layers"][-2]["output"] = [8, 32, 32]
    view, _ = draw_networks(network, "image")
    assert view.blocks[-3].width > view.blocks[1].width > view.blocks[0].width


def test_an_encoder_is_drawn_in_place_of_a_critic(make):
    networks = make.make_network()
    networks["encoder"] = {**networks.pop("critic"), "output": None}
    views = draw_networks(networks, "table")
    assert [view.title for view in views] == ["Generator", "Encoder"]
    assert views[1].blocks[0].title == "encoded row and class"


def test_two_heads_are_fed_by_the_layer_before_them(make):
    networks = make.make_network(1)
    layer = {"name": "x", "type": "Linear", "level": 0, "parameters": 9, "inputs": [[512]]}
    heads = [{**layer, "output": [10]}, {**layer, "output": [1]}]
    networks["critic"]["layers"] += heads
    networks["critic"]["names_class"] = True
    _, critic = draw_networks(networks, "image")
    assert (critic.blocks[0].title, critic.blocks[-1].title) == ("image", "score and class")
    assert [block.feeds for block in critic.blocks] == [True, True, False, True, True]
    assert critic.is_split


def test_an_embedding_of_the_class_takes_nothing_from_above(make):
    networks = make.make_network(1)
    row = {"name": "x", "type": "LabelEmbedding", "level": 0, "parameters": 9}
    layers = networks["generator"]["layers"]
    layers[:0] = [{**row, "inputs": [[]], "output": [50]}]
    layers += [{**row, "inputs": [[]], "output": [32]}]
    view, _ = draw_networks(networks, "image")
    assert [block.feeds for block in view.blocks] == [True, True, False, True, True]
