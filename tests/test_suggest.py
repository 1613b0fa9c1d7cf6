import pytest

from synthlift.suggest import nearest, wrong_key, wrong_option

CONFIG = {
    "generator": {"_target_": "x", "steps": 3, "ema": {"half_life": 5}},
    "classifier": {"cnn": {"steps": 3, "rate": 0.1}},
    "seed": 0,
    "hydra": {"run": {"dir": "x"}},
}
OPTIONS = {"generator": ["cgan", "dcgan"], "classifier": ["cnn", "mlp"], "hydra/launcher": ["x"]}


@pytest.mark.parametrize("key", ["seed", "generator.steps", "generator.ema.half_life", "generator"])
def test_a_right_key_is_not_complained_of(key):
    assert wrong_key(key, CONFIG, OPTIONS) is None


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("sead", "did you mean seed?"),
        ("generator.ema.halflife", "did you mean generator.ema.half_life?"),
        ("generater.steps", "did you mean generator.steps?"),
        ("generater", "did you mean generator=...? Its options: cgan, dcgan"),
        ("steps", "did you mean generator.steps or classifier.cnn.steps?"),
        ("generator.rate", "did you mean classifier.cnn.rate?"),
        ("classifier.mlp.steps", "mlp is not chosen; add it to classifier=[...]"),
        ("seed.x", "seed is a value"),
        ("generator.zzz", "generator has ema, steps"),
        ("zzz", "a study has classifier, generator, hydra, seed"),
    ],
)
def test_a_wrong_key_is_answered_with_what_may_be_meant(key, said):
    assert said in (wrong_key(key, CONFIG, OPTIONS) or "")


def test_an_option_far_from_all_is_answered_with_all():
    assert nearest("zzz", ["cgan"]) is None
    assert wrong_option("generator", "zzz", ["b", "a"]) == (
        "there is no generator 'zzz'; There are: a, b"
    )
