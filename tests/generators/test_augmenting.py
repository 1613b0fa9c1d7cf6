"""What is changed of the samples that a critic sees: by which law, and how often."""

from __future__ import annotations

import pytest
import torch

from synthlift.augmentations.affine import Affine
from synthlift.augmentations.jitter import Jitter
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.generators.ada import Ada
from synthlift.generators.augmenting import Classical, NoAugmentation
from synthlift.generators.diffaugment import POLICIES, DiffAugment
from synthlift.generators.image_policies import CHANGES, color, cutout, translation

AFFINE = Affine(rotation=0.2, scale=0.1, shift=0.1, flip=False)
ADA = Ada(AFFINE, ("color", "translation"), target=0.6, every=2, images=40, largest_p=0.8)
IMAGES = ImageSchema(1, 8, 8, ("a", "b"))
TABLE = TableSchema((Column("x", "numeric"),), ("a", "b"))


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_every_policy_that_can_be_named_is_there():
    assert tuple(CHANGES) == POLICIES


def test_color_brightens_an_even_image_by_half_at_most():
    grey = torch.full((2000, 1, 2, 2), 0.25)
    changed = color(grey, rng())
    assert (changed == changed[:, :, :1, :1]).all(), "it stays even"
    moved = changed[:, 0, 0, 0] - 0.25
    assert moved.min().item() == pytest.approx(-0.5, abs=0.01)
    assert moved.max().item() == pytest.approx(0.5, abs=0.01)


def test_color_changes_the_contrast_of_a_grey_image_by_half_at_most():
    image = torch.tensor([-1.0, 1.0]).view(1, 1, 1, 2).repeat(2000, 1, 1, 1)
    changed = color(image, rng())
    contrast = (changed[..., 1] - changed[..., 0]).flatten() / 2
    assert contrast.min().item() == pytest.approx(0.5, abs=0.01)
    assert contrast.max().item() == pytest.approx(1.5, abs=0.01)


def test_color_takes_colours_of_rgb_images_away_and_adds_to_them():
    """Saturation is 0 to 2, and contrast .5 to 1.5 of the same colours."""
    image = torch.tensor([1.0, 0.0, -1.0]).view(1, 3, 1, 1).repeat(5000, 1, 1, 1)
    changed = color(image, rng()).flatten(1)
    strength = (changed[:, 0] - changed[:, 2]) / 2
    assert strength.min() < 0.02
    assert 2.5 < strength.max() <= 3
    torch.testing.assert_close(changed[:, 0] - changed[:, 1], strength)


def test_translation_shifts_whole_pixels_and_fills_with_mid_grey():
    image = torch.rand(1, 2, 8, 8, generator=rng()) + 0.1
    found = set()
    for changed in translation(image.repeat(300, 1, 1, 1), rng()):
        (shift,) = [
            (y, x)
            for y in (-1, 0, 1)
            for x in (-1, 0, 1)
            if torch.equal(changed, shifted(image[0], y, x))
        ]
        found.add(shift)
    assert len(found) == 9, "an eighth of 8 pixels, in each direction"


def shifted(image, down, right):
    """The same moved by whole pixels, zeros behind it."""
    padded = torch.nn.functional.pad(image, (1, 1, 1, 1))
    _, height, width = image.shape
    return padded[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]


def test_cutout_leaves_a_square_hole_of_half_the_side_wherever_it_fits():
    changed = cutout(torch.ones(3000, 2, 8, 8), rng())
    hole = changed == 0
    assert (hole[:, 0] == hole[:, 1]).all(), "in all channels alike"
    rows, columns = hole[:, 0].any(2).sum(1), hole[:, 0].any(1).sum(1)
    assert (hole[:, 0].sum((1, 2)) == rows * columns).all(), "one rectangle"
    assert set(rows.tolist()) == set(columns.tolist()) == {2, 3, 4}, "it may lie partly outside"
    assert changed[~hole].eq(1).all()


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 5), (2, 4, 2)])
def test_a_policy_keeps_the_shape_and_lets_gradients_through(name, shape):
    images = torch.rand(20, *shape, generator=rng()) + 0.1
    images.requires_grad_()
    changed = CHANGES[name](images, rng())
    assert changed.shape == images.shape
    (slope,) = torch.autograd.grad(changed.square().sum(), images)
    assert slope.abs().sum() > 0


@pytest.mark.parametrize("name", POLICIES)
def test_what_a_policy_draws_does_not_depend_on_the_images(name):
    """So that real and fake samples are changed by one law."""
    a, b = torch.rand(2, 8, 3, 8, 8, generator=rng())
    one = CHANGES[name](torch.cat([a, b]), rng(1)).chunk(2)
    other = CHANGES[name](torch.cat([b, b]), rng(1)).chunk(2)
    assert torch.equal(one[1], other[1])
    assert not torch.equal(one[1], other[0]), "each image has draws of its own"


def test_diffaugment_applies_its_policies_in_turn():
    images = torch.rand(6, 1, 8, 8, generator=rng())
    draws = rng(5)
    expected = cutout(color(images, draws), draws)
    assert torch.equal(DiffAugment(("color", "cutout")).start()(images, rng(5)), expected)


def test_no_augmentation_gives_the_very_samples():
    images = torch.rand(2, 1, 4, 4)
    assert NoAugmentation().start()(images, rng()) is images


def test_classical_augmentation_is_that_of_the_dataset():
    images = torch.rand(4, 1, 8, 8, generator=rng())
    assert torch.equal(Classical(AFFINE).start()(images, rng(2)), AFFINE(images, rng(2)))


# ADA


def at(p, recipe=ADA):
    """It at work with this probability."""
    working = recipe.start()
    working.p.fill_(p)
    return working


def test_ada_changes_nothing_at_first():
    images = torch.rand(8, 1, 8, 8, generator=rng())
    assert torch.equal(ADA.start()(images, rng()), images)


def test_ada_changes_samples_as_often_as_it_says():
    only_affine = Ada(AFFINE, (), target=0.6, every=4, images=100, largest_p=1.0)
    images = torch.rand(4000, 1, 8, 8, generator=rng())
    changed = at(0.3, only_affine)(images, rng()) != images
    assert changed.flatten(1).any(1).float().mean().item() == pytest.approx(0.3, abs=0.03)


def test_each_change_of_ada_befalls_samples_on_its_own():
    alone = Ada(AFFINE.times(0), ("cutout", "color"), 0.6, 4, 100, largest_p=1.0)
    images = torch.ones(4000, 1, 4, 4)
    changed = at(0.5, alone)(images, rng())
    holed = (changed != changed[:, :, :1, :1]).flatten(1).any(1)
    assert 0.4 < holed.float().mean() < 0.6
    recoloured = (changed[~holed] != 1).flatten(1).any(1)
    assert 0.4 < recoloured.float().mean() < 0.6


def test_a_mirror_comes_with_the_augmentation_of_the_dataset_alone():
    image = torch.linspace(-1, 1, 8).view(1, 1, 1, 8).expand(500, 1, 8, 8)
    for flip in (False, True):
        affine = Affine(rotation=0.0, scale=0.0, shift=0.0, flip=flip)
        changed = at(1.0, Ada(affine, ("color",), 0.6, 4, 100, 1.0))(image, rng())
        mirrored = changed[:, 0, :, 0].mean(1) > changed[:, 0, :, -1].mean(1)
        assert mirrored.any() == flip


def test_ada_follows_the_signs_of_real_scores():
    """Every second step p moves by 5 scores * 2 steps / 40 images."""
    working, path = ADA.start(), []
    sure, unsure = torch.tensor([3.0, 0.1, 2.0, 9.0, 1.0]), torch.tensor([1.0, -1.0, 1, -1, 1])
    for margin in (sure, sure, sure, unsure, unsure, unsure, sure, sure):
        working.learn(margin)  # mean signs of 1 and .2: 1, then .6, then .2, then 1
        path.append(working.p.item())
    assert path == pytest.approx([0, 0.25, 0.25, 0.25, 0.25, 0, 0, 0.25])


def test_the_probability_of_ada_stays_within_its_bounds():
    working = ADA.start()
    for _ in range(40):
        working.learn(torch.ones(5))
    assert working.p.item() == pytest.approx(0.8)
    for _ in range(80):
        working.learn(-torch.ones(5))
    assert working.p.item() == 0


def test_ada_goes_on_from_a_state_that_was_stored():
    margins = list(torch.randn(9, 5, generator=rng()) + 1)
    whole, first, second = ADA.start(), ADA.start(), ADA.start()
    for margin in margins:
        whole.learn(margin)
    for margin in margins[:5]:
        first.learn(margin)
    second.load_state_dict(first.state_dict())
    for margin in margins[5:]:
        second.learn(margin)
    assert all(torch.equal(a, b) for a, b in zip(whole.buffers(), second.buffers(), strict=True))


def test_ada_reads_nothing_back_from_the_device():
    """On the meta device a number that is read is an error."""
    working = ADA.start().to("meta")
    for _ in range(3):
        working.learn(torch.ones(5, device="meta"))


# refusals


@pytest.mark.parametrize("recipe", [Classical(AFFINE), DiffAugment(("color",)), ADA])
def test_images_are_changed_and_tables_are_refused_with_the_remedy(recipe):
    assert recipe.check(IMAGES) is None
    assert "a table of 1 columns" in recipe.check(TABLE)
    assert "use generator/augmentation=none" in recipe.check(TABLE)


def test_the_jitter_of_a_table_is_no_change_of_images():
    jitter = Jitter(scale=0.1, flip=0.1, copies=1)
    assert "augmentation=none" in Classical(jitter).check(TABLE)
    assert "leave dataset.augmentation" in Classical(jitter).check(IMAGES)


def test_any_sample_can_stay_as_it_is():
    assert NoAugmentation().check(TABLE) is NoAugmentation().check(IMAGES) is None


def ada(**wrong):
    fields = {"policies": (), "target": 0.6, "every": 4, "images": 100, "largest_p": 0.8}
    return Ada(AFFINE, **{**fields, **wrong})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: DiffAugment(()), r"policies is empty; .*color, translation, cutout"),
        (lambda: DiffAugment(("colour",)), "no 'colour'; there are color, translation, cutout"),
        (lambda: DiffAugment(("color", "color")), "'color' is named twice"),
        (lambda: ada(policies=("flip",)), "no 'flip'"),
        (lambda: ada(target=1.0), r"target lies in \(-1, 1\), not 1.0"),
        (lambda: ada(every=0), "at least 1, not 0 and 100"),
        (lambda: ada(images=0), "at least 1, not 4 and 0"),
        (lambda: ada(largest_p=0.0), "largest_p .* not 0.0"),
        (lambda: ada(largest_p=1.1), "largest_p"),
    ],
)
def test_a_value_out_of_range_is_refused(make, said):
    with pytest.raises(ValueError, match=rf"generator\.augmentation.*{said}"):
        make()
