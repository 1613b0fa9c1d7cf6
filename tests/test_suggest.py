import pytest

from synthlift.suggest import nearest, wrong_group, wrong_key, wrong_option

CONFIG = {
    "generator": {
        "_target_": "x",
        "steps": 3,
        "ema": {"half_life": 5},
        "penalty": {"_target_": "y"},
    },
    "classifier": {"cnn": {"steps": 3, "rate": 0.1}},
    "seed": 0,
    "hydra": {
        "run": {"dir": "x"},
        "runtime": {"choices": {"generator": "cgan", "generator/penalty": "none"}},
    },
}
GAN = {"_target_", "steps", "ema", "penalty"}
SETTINGS = {
    "generator": {"bootstrap": {"_target_", "flip"}, "cgan": GAN, "dcgan": GAN},
    "generator/penalty": {"none": {"_target_"}, "r1": {"_target_", "weight"}},
    "classifier": {"cnn": {"cnn"}, "mlp": {"mlp"}},
}


@pytest.mark.parametrize("key", ["seed", "generator.steps", "generator.ema.half_life", "generator"])
def test_a_right_key_is_not_complained_of(key):
    assert wrong_key(key, CONFIG, SETTINGS) is None


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("sead", "did you mean seed?"),
        ("generator.ema.halflife", "did you mean generator.ema.half_life?"),
        ("generater.steps", "did you mean generator.steps?"),
        ("generater", "did you mean generator=...? Its options: bootstrap, cgan, dcgan"),
        ("steps", "did you mean generator.steps or classifier.cnn.steps?"),
        ("generator.rate", "did you mean classifier.cnn.rate?"),
        ("classifier.mlp.steps", "mlp is not chosen; add it to classifier=[...]"),
        ("seed.x", "seed is a value"),
        ("generator.flip", "generator=cgan has no flip; of generator these have it: bootstrap"),
        (
            "generator.penalty.weight",
            "generator/penalty=none has no weight; of generator/penalty these have it: r1",
        ),
        ("penalty", "did you mean generator/penalty=...? Its options: none, r1"),
        ("generator/penalt", "no group 'generator/penalt'; did you mean generator/penalty=...?"),
        ("generater/penalty", "did you mean generator/penalty=...?"),
        ("generator/steps", "did you mean generator.steps?"),
        ("generator.zzz", "generator has ema, penalty, steps"),
        ("zzz", "a study has classifier, generator, hydra, seed"),
    ],
)
def test_a_wrong_key_is_answered_with_what_may_be_meant(key, said):
    assert said in (wrong_key(key, CONFIG, SETTINGS) or "")


def test_a_group_far_from_all_is_answered_with_all():
    assert wrong_group("zzz", SETTINGS).endswith(
        "there are: classifier, generator, generator/penalty"
    )


def test_an_option_far_from_all_is_answered_with_all():
    assert nearest("zzz", ["cgan"]) is None
    assert wrong_option("generator", "zzz", ["b", "a"]) == (
        "there is no generator 'zzz'; There are: a, b"
    )
