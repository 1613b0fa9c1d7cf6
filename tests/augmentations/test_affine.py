import numpy as np
import pytest
import torch

from synthlift.augmentations.affine import Affine

STILL = {"rotation": 0.0, "scale": 0.0, "shift": 0.0, "flip": False}


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(n=40, size=(8, 8), channels=1):
    return torch.rand(n, channels, *size, generator=stream(9)) * 2 - 1


def test_without_strength_nothing_changes():
    x = noise()
    torch.testing.assert_close(Affine(**STILL)(x, stream()), x, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (9, 16)])
@pytest.mark.parametrize("channels", [1, 3])
def test_images_keep_their_shape_and_range(size, channels):
    x = noise(10, size, channels)
    y = Affine(0.3, 0.2, 0.2, True)(x, stream())
    assert y.shape == x.shape
    assert y.min() >= x.min()
    assert y.max() <= x.max()


def test_a_flip_alone_mirrors_about_half_of_the_images_and_leaves_the_rest():
    x = noise(400)
    y = Affine(**{**STILL, "flip": True})(x, stream())
    same, mirrored = (((y - z).abs().amax((1, 2, 3)) < 1e-5) for z in (x, x.flip(3)))
    assert (same ^ mirrored).all()
    assert 150 < mirrored.sum() < 250


def test_without_a_flip_left_stays_left():
    x = torch.full((200, 1, 16, 16), -1.0)
    x[..., :8] = 1
    y = Affine(0.2, 0.15, 0.125, False)(x, stream())
    assert (y[..., :8].mean((1, 2, 3)) > y[..., 8:].mean((1, 2, 3))).all()


def centre(y):
    """Centre of mass of each image, (n, 2), in pixels."""
    mass = (y + 1)[:, 0].numpy()
    rows, columns = np.mgrid[: y.shape[2], : y.shape[3]]
    total = mass.sum((1, 2))
    return np.stack([(mass * rows).sum((1, 2)), (mass * columns).sum((1, 2))], 1) / total[:, None]


def test_a_shift_moves_up_to_its_share_of_the_side():
    x = torch.full((300, 1, 17, 17), -1.0)
    x[..., 8, 8] = 1
    moved = np.abs(centre(Affine(**{**STILL, "shift": 0.25})(x, stream())) - 8).max(0)
    assert (moved > 0.8 * 17 * 0.25).all(), "down and across"
    assert (moved <= 17 * 0.25 + 1e-3).all()


def test_a_rotation_turns_up_to_its_angle():
    x = torch.full((300, 1, 33, 33), -1.0)
    x[:, 0, 16, 28] = 1  # straight to the right of the centre
    y, x_ = (centre(Affine(**{**STILL, "rotation": 0.4})(x, stream())) - 16).T
    angle = np.abs(np.arctan2(y, x_))
    assert 0.3 < angle.max() < 0.4 + 0.05


def test_a_scale_grows_and_shrinks():
    x = torch.full((300, 1, 33, 33), -1.0)
    x[:, 0, 12:21, 12:21] = 1
    area = (Affine(**{**STILL, "scale": 0.2})(x, stream()) + 1).sum((1, 2, 3)) / (2 * 81)
    assert 0.8**2 - 0.1 < area.min() < 0.8
    assert 1.25 < area.max() < 1.2**2 + 0.15


def test_edges_are_continued_outwards():
    x = torch.full((50, 1, 8, 8), 0.7)
    torch.testing.assert_close(Affine(1.0, 0.5, 0.5, True)(x, stream()), x)


def test_draws_come_from_the_stream_given_and_from_no_other():
    augment, x = Affine(0.2, 0.15, 0.125, True), noise()
    before = torch.get_rng_state()
    first, again, other = (augment(x, stream(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_every_image_has_a_map_of_its_own():
    x = noise(1).expand(20, -1, -1, -1)
    y = Affine(0.2, 0.15, 0.125, False)(x, stream())
    assert len({row.numpy().tobytes() for row in y}) == 20


def test_gradients_flow_through_it():
    x = noise(4).requires_grad_()
    Affine(0.2, 0.15, 0.125, True)(x, stream()).square().sum().backward()
    assert (x.grad.abs().amax((1, 2, 3)) > 0).all()


@pytest.mark.parametrize("wrong", [{"rotation": -0.1}, {"shift": -0.1}, {"scale": 1.0}])
def test_a_strength_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match="augmentation: rotation and shift"):
        Affine(**{**STILL, **wrong})


def test_varied_copies_are_turned_images_with_their_labels(images):
    rows = images(30)
    one, same, other = (Affine(0.3, 0.1, 0.1, False).vary(rows, seed) for seed in (1, 1, 2))
    assert one.images.tobytes() == same.images.tobytes() != other.images.tobytes()
    assert one.labels.tolist() == rows.labels.tolist()
    assert one.origin.tolist() == rows.origin.tolist()
    still = Affine(0.0, 0.0, 0.0, False).vary(rows, 0).images.astype(int)
    assert np.abs(still - rows.images).max() <= 1
