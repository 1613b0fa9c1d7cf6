"""What the report says of the recipe that made the samples."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthlift.configure import build
from synthlift.core.store import identity
from synthlift.report.html import render_html
from synthlift.report.made_by import recipe_groups
from synthlift.report.markdown import render_markdown


@pytest.fixture
def made(make, compose, tmp_path):
    """An exhibit whose generator is this one, recorded as the store does."""

    def exhibit(*words):
        recipe = build(compose("dataset=digits", *words)["generator"], "generator")
        found = replace(make.make_exhibit(tmp_path), network=make.make_network())
        return replace(found, recipe=identity(recipe), place="fit_generator/ab", weights=("ema",))

    return exhibit


def test_network_loss_penalty_augmentation_rates_steps_and_batch_can_be_compared(made):
    chosen = ("generator=mlp", "generator/loss=wasserstein", "generator/penalty=gradient_penalty")
    exhibit = made(*chosen, "generator.steps=1500", "generator.largest_batch=64")
    rows = dict(row for _, rows in recipe_groups([exhibit]) for row in rows)
    assert rows["Generator"] == "conditional GAN"
    assert rows["Network"].startswith("mlp (latent_dim 32")
    assert rows["Loss"] == "Wasserstein"
    assert rows["Penalty"].startswith("gradient penalty (weight 10")
    assert rows["The critic sees samples"] == "as they are"
    assert rows["Optimiser of the critic"].startswith("Adam (rate 0.0002, betas 0.5 / 0.999")
    assert (rows["Steps"], rows["Batch"]) == ("1,500", "64 rows")
    assert rows["State that is kept"] == "the last one"
    assert rows["Parameters"] == "generator 1,752, critic 1,752"
    assert rows["Time of a training"] == "7.9 s"


@pytest.mark.parametrize(
    ("words", "key", "said"),
    [
        ("generator/augmentation=ada", "The critic sees samples", "ADA ("),
        ("generator/penalty=dragan", "Penalty", "DRAGAN (weight"),
    ],
)
def test_parts_are_written_as_their_papers_write_them(made, words, key, said):
    rows = dict(row for _, rows in recipe_groups([made(words)]) for row in rows)
    assert rows[key].startswith(said)


@pytest.mark.parametrize("name", ["bootstrap", "cvae", "cgan"])
def test_every_kind_of_generator_has_words(made, name):
    exhibit = made(f"generator={name}")
    rows = [row for _, rows in recipe_groups([exhibit]) for row in rows]
    assert all(label and value for label, value in rows)
    assert "class" not in dict(rows)


def test_page_and_markdown_say_it_and_where_the_weights_are(make, made):
    exhibit, report = made("generator=cgan"), make.make_report()
    page, text = render_html(report, [exhibit]), render_markdown(report, [exhibit])
    assert 'id="generator"' in page
    assert "fit_generator/ab" in page
    assert "safetensors" in page
    assert "- Loss: hinge" in text
    assert 'id="generator"' not in render_html(report, [replace(exhibit, recipe=None)])
