import numpy as np
import pytest

from synthlift.datasets.rings import Rings


def rings(n_per_class=200, radii=(1.0, 2.0), noise=0.0, seed=0):
    return Rings("rings", n_per_class, radii, noise, seed, None, None, None)


def distances(source):
    return np.hypot(source.pool.table["x"], source.pool.table["y"]).to_numpy()


def test_without_noise_every_point_lies_on_the_circle_of_its_class():
    source = rings().load()
    assert source.schema.classes == ("radius 1", "radius 2")
    assert np.allclose(distances(source), np.array([1.0, 2.0])[source.pool.labels])
    assert source.pool.counts().tolist() == [200, 200]


def test_noise_spreads_the_points_by_its_standard_deviation():
    apart = distances(rings(4000, (2.0,), 0.1).load()) - 2
    assert abs(apart.std() - 0.1) < 0.01


def test_angles_go_all_around():
    table = rings(2000, (2.0,)).load().pool.table
    assert abs(table.mean()).max() < 0.15
    assert len(np.unique(np.floor(np.arctan2(table["y"], table["x"]) * 4))) == 26


def test_another_seed_draws_other_points():
    assert rings().fingerprint() == rings().fingerprint() != rings(seed=1).fingerprint()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"n_per_class": 1}, "n_per_class"),
        ({"radii": ()}, "radii"),
        ({"radii": (1.0, 1.0)}, "each once"),
        ({"radii": (-1.0,)}, "at least 0"),
        ({"noise": -0.1}, "noise"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_wrong_setting_is_refused(how, words):
    with pytest.raises(ValueError, match=f"dataset.*{words}"):
        rings(**how)
