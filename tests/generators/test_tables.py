"""Generators on tables: labels are obeyed, levels are given, snapshots can be read back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from synthlift.codecs.base import fit_codec
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Code, Column, ImageSchema, Span, TableSchema
from synthlift.core.tables import conform
from synthlift.generators.conditioning import ByLabel
from synthlift.generators.cvae import Cvae
from synthlift.generators.mlp import Mlp
from synthlift.generators.snapshots import MOST_ROWS, snapshot_labels
from synthlift.generators.table_networks import FEW_ROWS, TableNetworks
from synthlift.generators.vae_training import reconstruct

pytestmark = pytest.mark.usefixtures("quick_disk")
CPU = torch.device("cpu")
CODE = Code((4,), (Span(0, 1, "tanh"), Span(1, 4, "softmax", discrete=True)))
COLUMNS = (
    Column("size", "numeric"),
    Column("colour", "categorical", ("red", "green", "blue")),
    Column("kind", "categorical", ("a", "b", "c")),
)


def separable(n_per_class=40, seed=0):
    """Three classes; the last discrete column is the label, the others say nothing of it."""
    labels = np.arange(3 * n_per_class) % 3
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": rng.normal(5, 2, len(labels)),
            "colour": rng.choice(["red", "green", "blue"], len(labels), p=[0.6, 0.3, 0.1]),
            "kind": np.array(list("abc"))[labels],
        }
    )
    schema = TableSchema(COLUMNS, ("x", "y", "z"))
    return SampleSet(schema, conform(frame, COLUMNS), labels, np.arange(len(labels)))


def fit(recipe, rows, place, seed=0, valid=None):
    codec = fit_codec(rows, recipe.sizes)
    recipe.fit(rows, valid, codec, seed, place, CPU)
    return recipe.load(place.folder, codec)


@pytest.fixture(scope="module")
def table_gan(tiny):
    """The recipe of table_gan.yaml with a budget for a toy table."""
    recipe = tiny("generator=table_gan", "generator.steps=300").generator
    chosen = replace(recipe.selection, every=150, trees=10)
    return replace(recipe, batch_size=64, checkpoint_every=300, log_every=100, selection=chosen)


@pytest.fixture(scope="module")
def fitted(table_gan, work_in, tmp_path_factory):
    place = work_in(tmp_path_factory.mktemp("separable"))
    return fit(table_gan, separable(), place, valid=separable(10, seed=1))


def adherence(fitted, n=600):
    drawn = fitted.sample(np.arange(n) % 3, 0, 1.0, CPU)
    return np.mean(drawn.table["kind"].cat.codes.to_numpy() == drawn.labels)


def test_the_label_is_obeyed_where_it_is_the_last_discrete_column(fitted):
    assert adherence(fitted) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_the_label_is_obeyed_in_every_repeat(table_gan, work_in, tmp_path, seed):
    valid = separable(10, seed=100 + seed)
    assert adherence(fit(table_gan, separable(seed=seed), work_in(tmp_path), seed, valid)) >= 0.95


def test_levels_come_up_as_often_as_in_the_train_rows(fitted):
    drawn = fitted.sample(np.arange(3000) % 3, 0, 1.0, CPU).table["colour"]
    real = separable().table["colour"].value_counts(normalize=True)
    found = drawn.value_counts(normalize=True)
    assert (found - real).abs().max() < 0.15


def test_a_level_that_is_asked_for_is_drawn(fitted):
    spans = [span for span in fitted.codec.code.spans if span.discrete]
    n_levels = sum(span.stop - span.start for span in spans)
    places = [i for span in spans for i in range(span.start, span.stop)]
    level = torch.arange(n_levels).repeat_interleave(30)
    condition = torch.stack([torch.zeros_like(level), level], 1)
    codes = fitted.network(torch.randn(len(level), fitted.noise_dim), condition).detach()
    assert (codes[torch.arange(len(level)), torch.tensor(places)[level]] == 1).all()


def test_a_snapshot_of_a_table_is_a_sample_set(table_gan, work_in, tmp_path):
    place = work_in(tmp_path)
    fit(replace(table_gan, steps=4, checkpoint_every=2), separable(), place)
    folders = sorted((place.folder / "grids").iterdir())
    assert [folder.name for folder in folders] == ["step_0000002", "step_0000004"]
    early, late = (SampleSet.load(folder) for folder in folders)
    assert early.schema == separable().schema
    assert early.counts().tolist() == [200, 200, 200]
    assert early.fingerprints().tolist() != late.fingerprints().tolist()


@pytest.mark.parametrize(("n_classes", "n"), [(1, 200), (3, 600), (50, 2000), (5000, MOST_ROWS)])
def test_a_snapshot_has_200_rows_per_class_and_2000_at_most(n_classes, n):
    labels = snapshot_labels(TableSchema((), tuple(map(str, range(n_classes)))))
    assert len(labels) == n
    assert labels.max() < n_classes


def test_a_snapshot_of_images_has_ten_of_ten_classes():
    assert len(snapshot_labels(ImageSchema(1, 8, 8, tuple("abcdefghijkl")))) == 100


@pytest.mark.parametrize(("n_rows", "batch"), [(1, 2), (20, 20), (9000, 64)])
def test_a_batch_has_as_many_rows_as_there_are_within_bounds(table_gan, n_rows, batch):
    recipe = replace(table_gan, batch_size=None, largest_batch=64)
    assert recipe.rows_per_batch(n_rows) == batch


def networks(**changes):
    sizes = {"latent_dim": 4, "embedding_dim": 3, "width": 8, "dropout": 0.5, "pack": 1, "tau": 0.2}
    return TableNetworks(**{**sizes, **changes})


def test_the_critic_judges_packs_of_rows_where_there_are_many():
    codes, labels = torch.rand(12, 4), torch.zeros(12, dtype=torch.long)
    many, few = (networks(pack=3).critic(CODE, 2, n) for n in (FEW_ROWS, FEW_ROWS - 1))
    assert many(codes, labels).shape == (4,)
    assert few(codes, labels).shape == (12,)


def test_a_pack_trains(table_gan, work_in, tmp_path):
    recipe = replace(table_gan, network=networks(pack=4), steps=2, batch_size=32)
    fit(recipe, separable(200), work_in(tmp_path))


@pytest.mark.parametrize(("batch_size", "better"), [(64, 63), (2, 3), (None, 63)])
def test_a_pack_that_does_not_divide_the_batch_is_refused(table_gan, batch_size, better):
    with pytest.raises(ValueError, match=rf"pack=3 does not divide .* multiple of it, as {better}"):
        replace(table_gan, network=networks(pack=3), batch_size=batch_size)


@pytest.mark.parametrize("pair", [networks(), Mlp(4, 3, (8,), (8,), 0.2)])
def test_both_networks_see_the_label_and_the_level(pair):
    torch.manual_seed(0)
    generator = pair.generator(CODE, 2).eval()
    critic = pair.critic(CODE, 2, 10).eval()
    z, codes = torch.randn(1, pair.noise_dim(CODE)), torch.rand(1, 4)
    for network, x in ((generator, z), (critic, codes)):
        zero, one = (network(x, torch.tensor([k])) for k in (0, 1))
        first, none = (network(x, torch.tensor([[0, level]])) for level in (0, 3))
        assert not torch.equal(zero, one)
        assert not torch.equal(first, none)


def test_a_row_does_not_depend_on_those_drawn_beside_it():
    generator = networks().generator(CODE, 2).eval()
    z, labels = torch.randn(6, 4 + 3), torch.tensor([0, 0, 0, 1, 1, 1])
    torch.testing.assert_close(generator(z, labels)[:2], generator(z[:2], labels[:2]))


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"pack": 0}, {"dropout": 1.0}, {"tau": 0.0}, {"latent_dim": 0}]
)
def test_a_pair_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match=r"generator\.network"):
        networks(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Mlp(0, 1, (8,), (8,), 0.2),
        lambda: Mlp(1, 1, (8,), (0,), 0.2),
        lambda: Mlp(1, 1, (8,), (8,), 0.0),
        lambda: Cvae(1, 1, (0,), 0.2),
        lambda: Cvae(1, 1, (8,), -1.0),
    ],
)
def test_a_dense_network_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match=r"generator\.network"):
        wrong()


# the variational autoencoder


def test_the_reconstruction_is_the_likelihood_of_numbers_and_levels():
    decoder = Cvae(2, 3, (8,), 0.2).generator(CODE, 2)
    with torch.no_grad():
        decoder.log_scale.fill_(-0.5)
    z, labels = torch.randn(5, 2), torch.zeros(5, dtype=torch.long)
    codes = torch.cat([torch.rand(5, 1), torch.eye(3)[[0, 1, 2, 1, 0]]], 1)
    raw = decoder.raw(z, labels)
    normal = torch.distributions.Normal(raw[:, 0].tanh(), torch.tensor(-0.5).exp())
    level = torch.nn.functional.cross_entropy(
        raw[:, 1:], torch.tensor([0, 1, 2, 1, 0]), reduction="none"
    )
    constant = 0.5 * torch.log(torch.tensor(2 * torch.pi))
    wanted = -normal.log_prob(codes[:, 0]) - constant + level
    torch.testing.assert_close(reconstruct(decoder, z, labels, codes), wanted)


def test_rows_of_a_table_are_drawn_with_the_learnt_noise_and_images_without():
    pair, labels = Cvae(2, 3, (8,), 0.2), torch.zeros(4000, dtype=torch.long)
    decoder = pair.generator(CODE, 2)
    with torch.no_grad():
        decoder.log_scale.fill_(-1.5)
        z = torch.cat([torch.zeros(4000, 2), torch.randn(4000, pair.noise_dim(CODE) - 2)], 1)
        numbers = decoder(z, labels)[:, 0]
    assert numbers.std().item() == pytest.approx(np.exp(-1.5), rel=0.1)
    assert numbers.abs().max() <= 1
    picture = Code((1, 2, 2), (Span(0, 4, "tanh"),))
    assert pair.noise_dim(picture) == 2
    grain = pair.generator(picture, 2)(z[:, :2], labels).std(0)
    assert grain.max().item() == pytest.approx(0, abs=1e-6)


def test_the_autoencoder_learns_labels_and_levels(tiny, work_in, tmp_path):
    recipe = tiny("generator=cvae", "generator.steps=300").generator
    recipe = replace(recipe, batch_size=64, checkpoint_every=300, log_every=100)
    fitted = fit(recipe, separable(), work_in(tmp_path))
    assert adherence(fitted) >= 0.95
    with (tmp_path / "out" / "training.csv").open() as file:
        assert file.readline().strip() == "step,loss,reconstruction,divergence,seconds"


def test_a_table_can_be_learnt_by_label_alone(table_gan, work_in, tmp_path):
    recipe = replace(table_gan, conditioning=ByLabel(), steps=2)
    drawn = fit(recipe, separable(), work_in(tmp_path)).sample(np.arange(6) % 3, 0, 1.0, CPU)
    assert len(drawn) == 6
