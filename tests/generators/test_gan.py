"""The parts of a GAN together: each loss and penalty trains, updates are counted, resumes equal."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from synthlift.augmentations.affine import Affine
from synthlift.codecs.base import fit_codec
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.generators.ada import Ada
from synthlift.generators.augmenting import Classical, NoAugmentation
from synthlift.generators.cgan import Cgan
from synthlift.generators.conditioning import ByLabelAndLevel
from synthlift.generators.diffaugment import DiffAugment
from synthlift.generators.ema import Ema
from synthlift.generators.gan import ConditionalGan
from synthlift.generators.losses import Hinge, LeastSquares, Minimax, NonSaturating, Wasserstein
from synthlift.generators.mlp import Mlp
from synthlift.generators.optimizers import Adam, RMSprop, Sgd
from synthlift.generators.penalties import R1, Dragan, GradientPenalty, LeCam, NoPenalty
from synthlift.generators.schedules import LinearDecay, Transitional
from synthlift.generators.selection import KeepBest
from synthlift.generators.table_networks import TableNetworks

pytestmark = pytest.mark.usefixtures("quick_disk")
CPU = torch.device("cpu")
ADAM = Adam(3e-3, (0.0, 0.9))
AFFINE = Affine(rotation=0.2, scale=0.1, shift=0.1, flip=False)
ADA = Ada(AFFINE, ("color", "translation"), target=0.0, every=2, images=100, largest_p=0.8)
TOY = ConditionalGan(
    network=Mlp(latent_dim=4, embedding_dim=16, widths=(64,), critic_widths=(64,), tau=0.2),
    loss=NonSaturating(0.0),
    penalty=NoPenalty(),
    augmentation=NoAugmentation(),
    generator_optimizer=ADAM,
    critic_optimizer=ADAM,
    ema=Ema(10, 0.5),
    steps=8,
    batch_size=16,
    precision="32-true",
    log_every=4,
    checkpoint_every=200,
)


class Killed(Exception):
    """Stands for whatever ends a training from outside."""


def train(recipe, rows, place):
    codec = fit_codec(rows, recipe.sizes)
    valid = rows if recipe.needs_valid else None
    recipe.fit(rows, valid, codec, 3, place, CPU)
    return recipe.load(place.folder, codec)


PARTS = {
    "minimax": {"loss": Minimax(0.0)},
    "minimax, smoothed": {"loss": Minimax(0.1)},
    "non-saturating": {"loss": NonSaturating(0.0)},
    "non-saturating, smoothed": {"loss": NonSaturating(0.1)},
    "least squares": {"loss": LeastSquares(0.0)},
    "hinge": {"loss": Hinge()},
    "wasserstein": {"loss": Wasserstein(), "penalty": GradientPenalty(10.0, 1)},
    "r1": {"penalty": R1(1.0, 2)},
    "gradient penalty": {"penalty": GradientPenalty(1.0, 1)},
    "dragan": {"penalty": Dragan(1.0, 0.5, 1)},
    "lecam": {"penalty": LeCam(0.3, 0.99)},
    "diffaugment": {"augmentation": DiffAugment(("translation", "cutout"))},
    "classical": {"augmentation": Classical(AFFINE)},
    "ada": {"augmentation": ADA},
    "rmsprop": dict.fromkeys(("generator_optimizer", "critic_optimizer"), RMSprop(3e-3, 0.9)),
    "sgd": dict.fromkeys(("generator_optimizer", "critic_optimizer"), Sgd(0.06, 0.0)),
    "transitional": {"label_ramp": Transitional(0.25, 0.5)},
    "linear decay": {"rate_schedule": LinearDecay(0.0)},
    "three updates": {"n_critic": 3},
}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_with_each_part_the_bright_class_is_drawn_brighter(images, work_in, tmp_path, parts):
    fitted = train(replace(TOY, steps=100, **parts), images(), work_in(tmp_path))
    dark, bright = (fitted.sample(np.full(200, c), 0, 1.0, CPU).images.mean() for c in (0, 1))
    assert bright - dark > 50  # greys of 60 and 180


# how often each network is updated, and at which rate


class Watched:
    """An Adam that keeps the rate of each of its steps."""

    def __init__(self, rate=1e-3):
        self.rate, self.rates = rate, []

    def build(self, parameters):
        optimizer = Adam(self.rate, (0.0, 0.9)).build(parameters)
        optimizer.register_step_pre_hook(
            lambda of, args, kwargs: self.rates.append(of.param_groups[0]["lr"])
        )
        return optimizer


@dataclass(frozen=True)
class Counting:
    """A penalty that costs nothing and keeps the update that it was asked at."""

    steps: list
    bounds_slope = False

    def start(self):
        return lambda critic, seen, step: self.steps.append(step)


@pytest.mark.parametrize("n_critic", [1, 3])
def test_the_critic_has_n_updates_in_a_step_and_the_generator_one(
    images, work_in, tmp_path, n_critic
):
    generator, critic, penalty = Watched(), Watched(), Counting([])
    optimizers = {"generator_optimizer": generator, "critic_optimizer": critic}
    recipe = replace(TOY, n_critic=n_critic, penalty=penalty, **optimizers)
    train(recipe, images(), work_in(tmp_path))
    assert len(generator.rates) == 8
    assert len(critic.rates) == 8 * n_critic
    assert penalty.steps == list(range(8 * n_critic)), "a penalty counts updates of the critic"


@dataclass(frozen=True)
class Comparing:
    """A penalty that costs nothing and keeps how far scores are from those in full precision."""

    gaps: list
    bounds_slope = False

    def start(self):
        return self

    def __call__(self, critic, seen, step):
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            scores = critic(seen.real.float(), seen.condition)
        self.gaps.append((scores - seen.d_real).abs().max().item())


def test_in_bf16_each_update_of_a_step_begins_from_the_weights_that_the_last_one_left(
    images, work_in, tmp_path
):
    """Autocast may keep weights that it has cast: such old ones would be off by more than .2."""
    sgd, gaps = Sgd(0.5, 0.0), []
    recipe = replace(TOY, n_critic=3, precision="bf16-mixed", penalty=Comparing(gaps))
    recipe = replace(recipe, generator_optimizer=sgd, critic_optimizer=sgd, steps=2)
    train(recipe, images(), work_in(tmp_path))
    assert len(gaps) == 6
    assert max(gaps) < 0.05


def test_rates_follow_their_schedule_from_the_first_step_to_the_last(images, work_in, tmp_path):
    generator, critic = Watched(1e-3), Watched(4e-3)
    optimizers = {"generator_optimizer": generator, "critic_optimizer": critic}
    recipe = replace(TOY, rate_schedule=LinearDecay(0.5), n_critic=2, **optimizers)
    train(recipe, images(), work_in(tmp_path))
    factors = [1, 1, 1, 1, 1, 0.75, 0.5, 0.25]
    assert generator.rates == pytest.approx([1e-3 * f for f in factors])
    assert critic.rates == pytest.approx([4e-3 * f for f in factors for _ in range(2)])


def killed_at_50(recipe, rows, place):
    """Train 50 steps, and no further."""

    def die(done, total):
        if done:
            raise Killed

    with pytest.raises(Killed):
        train(recipe, rows, replace(place, progress=die))
    assert list(place.scratch.glob("*.ckpt")), "it can be resumed"


def test_a_resumed_training_goes_on_at_the_rate_of_an_unbroken_one(images, work_in, tmp_path):
    rates = []
    for name in ("unbroken", "resumed"):
        watched, place = Watched(), work_in(tmp_path / name)
        recipe = replace(TOY, steps=60, checkpoint_every=20, rate_schedule=LinearDecay(0.1))
        recipe = replace(recipe, generator_optimizer=watched)
        if name == "resumed":
            killed_at_50(recipe, images(), place)
        watched.rates.clear()
        train(recipe, images(), place)
        rates.append(watched.rates)
    assert rates[0][40:] == rates[1]


STATEFUL = {
    "ramp, LeCam and ADA": {
        "label_ramp": Transitional(0.3, 0.9),
        "penalty": LeCam(0.3, 0.9),
        "augmentation": ADA,
        "rate_schedule": LinearDecay(0.0),
        "n_critic": 2,
        "precision": "bf16-mixed",
    },
    "DRAGAN, DiffAugment, momentum": {
        "penalty": Dragan(1.0, 0.5, 3),
        "augmentation": DiffAugment(("color", "translation", "cutout")),
        "generator_optimizer": Sgd(1e-2, 0.9),
        "critic_optimizer": RMSprop(1e-3, 0.9),
    },
}


@pytest.mark.parametrize("parts", STATEFUL.values(), ids=STATEFUL)
def test_parts_with_a_state_resume_as_if_unbroken(images, work_in, contents, tmp_path, parts):
    recipe = replace(TOY, steps=60, checkpoint_every=20, **parts)
    unbroken, resumed = (work_in(tmp_path / name) for name in ("unbroken", "resumed"))
    train(recipe, images(), unbroken)
    killed_at_50(recipe, images(), resumed)
    train(recipe, images(), resumed)
    assert contents(resumed.folder) == contents(unbroken.folder)


def test_the_states_of_the_parts_lie_in_the_checkpoint_and_have_moved(images, work_in, tmp_path):
    place = work_in(tmp_path)
    parts = STATEFUL["ramp, LeCam and ADA"]
    killed_at_50(replace(TOY, steps=60, checkpoint_every=20, **parts), images(), place)
    (path,) = place.scratch.glob("*.ckpt")
    with path.open("rb") as file:
        file.seek(64)  # its own sha256
        state = torch.load(file, weights_only=True)["state_dict"]
    for key in ("penalty.real", "penalty.fake", "augmentation.p"):
        assert state[key] != 0, key
    assert state["augmentation.calls"] == 40


def test_a_state_in_which_labels_were_not_shown_in_full_is_never_kept(images, work_in, tmp_path):
    place = work_in(tmp_path)
    selection = KeepBest(every=1, n_per_class=4, trees=1)
    train(replace(TOY, label_ramp=Transitional(0.25, 0.5), selection=selection), images(), place)
    with (place.folder / "selection.csv").open(newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["4", "5", "6", "7", "8"]


def test_a_ramp_changes_what_is_learnt_before_its_end(images, work_in, contents, tmp_path):
    made = []
    for name, ramp in (("plain", {}), ("ramp", {"label_ramp": Transitional(0.25, 0.5)})):
        place = work_in(tmp_path / name)
        train(replace(TOY, **ramp), images(), place)
        made.append(contents(place.folder)["critic.safetensors"])
    assert made[0] != made[1]


# refusals


@dataclass(frozen=True)
class BatchNormed(Mlp):
    """Says that batch norm stands in its critic."""

    critic_norm = "batch"


@pytest.mark.parametrize("penalty", [R1(1.0, 1), GradientPenalty(1.0, 1), Dragan(1.0, 0.5, 1)])
def test_a_penalty_of_the_slope_is_refused_beside_batch_norm_in_the_critic(penalty):
    name, normed = type(penalty).__name__, BatchNormed(4, 4, (8,), (8,), 0.2)
    with pytest.raises(ValueError, match=rf"generator\.penalty: {name} .*critic_norm=layer"):
        replace(TOY, network=normed, penalty=penalty)


@pytest.mark.parametrize("penalty", [NoPenalty(), LeCam(0.3, 0.99)])
def test_other_penalties_go_with_batch_norm_in_the_critic(penalty):
    replace(TOY, network=BatchNormed(4, 4, (8,), (8,), 0.2), penalty=penalty)


@pytest.mark.parametrize("penalty", [NoPenalty(), LeCam(0.3, 0.99)])
def test_wasserstein_is_refused_where_nothing_bounds_the_slope(penalty):
    with pytest.raises(ValueError, match=r"Wasserstein .* use generator/penalty=gradient_penalty"):
        replace(TOY, loss=Wasserstein(), penalty=penalty)


def test_spectral_norm_bounds_the_slope_for_wasserstein():
    replace(TOY, loss=Wasserstein(), network=Cgan(4, 2))


@pytest.mark.parametrize("n_critic", [0, -1])
def test_a_critic_that_is_never_updated_is_refused(n_critic):
    with pytest.raises(ValueError, match=rf"generator\.n_critic is {n_critic}.* at least 1"):
        replace(TOY, n_critic=n_critic)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"batch_size": 10}, "generator.batch_size a multiple of it, as 8"),
        ({"batch_size": None, "largest_batch": 30}, "generator.largest_batch .* as 28"),
        ({"batch_size": 3}, "generator.batch_size .* as 4"),
    ],
)
def test_a_pack_that_does_not_divide_a_batch_is_refused(rows, said):
    packs = TableNetworks(4, 4, 8, dropout=0.0, pack=4, tau=0.2)
    with pytest.raises(ValueError, match=rf"generator\.network\.pack=4 .*{said}"):
        replace(TOY, network=packs, **rows)


def test_a_batch_of_as_many_rows_as_there_are_has_whole_packs():
    packs = TableNetworks(4, 4, 8, dropout=0.0, pack=4, tau=0.2)
    recipe = replace(TOY, network=packs, batch_size=None, largest_batch=600)
    assert [recipe.rows_per_batch(n) for n in (1, 503, 600, 9999)] == [2, 500, 600, 600]


def test_images_are_refused_where_rows_are_drawn_by_their_levels():
    by_level = replace(TOY, conditioning=ByLabelAndLevel())
    assert "conditioning.ByLabel" in by_level.check(ImageSchema(1, 8, 8, ("a", "b")))
    assert by_level.check(TableSchema((Column("x", "numeric"),), ("a", "b"))) is None


def test_a_table_is_refused_where_the_critic_is_shown_changed_images():
    rows = TableSchema((Column("x", "numeric"),), ("a", "b"))
    changing = replace(TOY, augmentation=DiffAugment(("color",)))
    assert "generator/augmentation=none" in changing.check(rows)
    assert changing.check(ImageSchema(1, 8, 8, ("a", "b"))) is TOY.check(rows) is None
