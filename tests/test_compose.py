"""A configuration composed in this process: resolved, checked, and no trace left of Hydra."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra

from synthlift import catalog
from synthlift.compose import compose, recipes_of
from synthlift.configure import experiment
from synthlift.core.errors import ConfigError
from synthlift.generators.optimizers import RMSprop


def test_what_is_composed_is_resolved_and_makes_a_study():
    config = compose(["generator.steps=3", "arm=[real,augmented]"])
    study, _ = experiment(config)
    assert study.generator.steps == 3
    assert list(study.arms) == ["real", "augmented"]
    assert "hydra" not in config
    assert config["teacher"]["augmentation"]["_target_"].endswith("Affine")


def test_without_words_it_is_the_default_study():
    assert compose() == compose([])
    assert experiment(compose())[0].dataset.name == "digits"


def test_a_choice_within_a_choice_replaces_the_whole_block():
    words = ["generator/loss=wasserstein", "generator/penalty=gradient_penalty"]
    study, _ = experiment(compose([*words, "generator.penalty.weight=3"]))
    assert type(study.generator.loss).__name__ == "Wasserstein"
    assert (study.generator.penalty.weight, study.generator.penalty.every) == (3.0, 1)
    table, _ = experiment(compose(["dataset=iris", *words]))
    assert type(table.generator.penalty).__name__ == "GradientPenalty"


RMSPROP = "{_target_: synthlift.generators.optimizers.RMSprop, rate: 0.0001, decay: 0.9}"


def test_a_recipe_replaces_the_whole_one_that_stands_at_its_key():
    study, _ = experiment(compose([f"generator.critic_optimizer={RMSPROP}"]))
    assert study.generator.critic_optimizer == RMSprop(rate=0.0001, decay=0.9)
    assert (
        study.generator.generator_optimizer
        == experiment(compose())[0].generator.generator_optimizer
    )


def test_a_mapping_without_a_target_changes_what_it_names():
    study, _ = experiment(compose(["generator.critic_optimizer={rate: 0.1}"]))
    assert (study.generator.critic_optimizer.rate, study.generator.critic_optimizer.betas) == (
        0.1,
        (0.0, 0.9),
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (f"generator.critic_optimiser={RMSPROP}", r"did you mean generator\.critic_optimizer\?"),
        (f"generator.ema={RMSPROP}", r"generator\.ema is an Ema, written as \{_target_"),
        (f"generator.critic_optimizer={RMSPROP.replace('decay', 'betas')}", "lacks decay"),
        ("generator.critic_optimizer=rmsprop", r"is an Optimizer, written as \{_target_: CLASS"),
    ],
)
def test_a_recipe_that_can_not_stand_at_its_key_is_refused(words, said):
    with pytest.raises(ConfigError, match=said):
        experiment(compose([words]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("generator/loss=hige", "did you mean generator/loss=hinge"),
        ("generator/los=hinge", r"did you mean generator/loss=\.\.\.\?"),
        ("loss=hinge", r"did you mean generator/loss=\.\.\.\?"),
        ("generator/loss=null", "there is no generator/loss 'null'"),
        ("generator.loss=hinge", "written with a slash: generator/loss=hinge"),
        ("generator.loss=hige", "did you mean generator/loss=hinge"),
        ("generator/steps=3", r"did you mean generator\.steps"),
        ("generator/penalty=[r1,none]", r"takes one option, not 2.* generator/penalty=r1,none"),
        ("generator=[cgan,mlp]", "generator takes one option, not 2"),
        ("generator=bootstrap generator/loss=hinge", "bootstrap has no loss to choose; leave gen"),
        ("+generator/loss=hinge generator=bootstrap", "bootstrap has no loss to choose; leave gen"),
        ("generator=bootstrap generator.steps=3", "generator=bootstrap has no steps; of generator"),
        ("generator.penalty.weight=3", "penalty=none has no weight; of generator/penalty these"),
    ],
)
def test_a_choice_within_a_choice_that_can_not_be_is_refused_with_the_remedy(words, said):
    with pytest.raises(ConfigError, match=said):
        compose(words.split())


def test_what_fits_is_found_among_recipes_as_they_are_for_the_dataset():
    job = compose(["dataset=iris"])
    assert {"generator=table_gan", "generator=cgan"} <= set(recipes_of("generator", job, None))
    assert "classifier=[random_forest]" in recipes_of("classifier", job, None)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("generator.stepz=3", r"did you mean generator\.steps\?"),
        ("generator=cgann", "did you mean generator=cgan"),
        ("generator.steps=1,2", "names several values"),
        ("dataset._target_=os.mkdir", "outside the allowlist"),
        ("+hydra.callbacks.x._target_=os.mkdir", "outside the allowlist"),
        ("store=${nope}", "refers to a key that is not there"),
        ("arm.placebo.baseline=nope", "no arm of this name"),
        ("hydra.searchpath=[file:///]", "use --config-dir"),
        ("word", "key=value"),
        ("=3", "key=value"),
        ("generator=null", "there is no generator 'null'"),
        ("arm=[real,null]", "there is no arm 'null'"),
        ("dataset.classes=[thé]", "within brackets"),
    ],
)
def test_what_the_command_line_refuses_is_refused_here(word, said):
    with pytest.raises(ConfigError, match=said):
        compose([word])


@pytest.mark.parametrize(
    "path",
    ["/home/josé/photos (1)", "it's", 'a "b" c', "~/x", "a=b", "back\\é", "two\nlines(", "2024"],
)
def test_a_path_is_taken_as_it_is_typed(path):
    config = compose(["dataset=image_folder", f"dataset.root={path}"])
    assert experiment(config)[0].dataset.root == path


CURVE = "experiment=learning_curve"


def test_one_study_of_a_yaml_that_sweeps_is_composed_like_others():
    study, _ = experiment(compose([CURVE, "split.n_per_class=5"]))
    assert (study.split.n_per_class, study.split.n_valid) == (5, 80)
    with pytest.raises(ConfigError, match="names several values"):
        compose([CURVE, "split.n_per_class=5,6"])


@pytest.fixture
def own(tmp_path):
    """A user's folder with an arm whose baseline is another one of them."""
    text = "{}:\n  _target_: synthlift.arms.real.Real\n  augmentation: null\n  members: 1\n"
    (tmp_path / "arm").mkdir()
    for name, baseline in (("mine", "yours"), ("yours", "real")):
        (tmp_path / "arm" / f"{name}.yaml").write_text(
            text.format(name) + f"  baseline: {baseline}"
        )
    return str(tmp_path)


def test_yamls_of_ones_own_are_options_and_arms_like_others(own):
    assert list(compose(["arm=[real,mine]"], own)["arm"]) == ["real", "mine"]
    with pytest.raises(ConfigError, match=r"did you mean arm=\[mine\]"):
        compose(["arm=[mime]"], own)


@pytest.fixture
def own_generator(tmp_path):
    """A user's folder with a loss and a generator that takes it, spelt as Hydra allows, too."""
    gan = (Path(catalog.folders()[0]) / "generator" / "mlp.yaml").read_text()
    (tmp_path / "generator" / "loss").mkdir(parents=True)
    (tmp_path / "generator" / "mine.yaml").write_text(
        gan.replace("- loss: non_saturating", "- /generator/loss@loss: soft")
    )
    hinge = "# My own.\n_target_: synthlift.generators.losses.Hinge\n"
    (tmp_path / "generator" / "loss" / "soft.yaml").write_text(hinge)
    return str(tmp_path)


def test_options_of_ones_own_are_chosen_within_others(own_generator):
    loss = compose(["generator/loss=soft"], own_generator)["generator"]["loss"]
    assert loss["_target_"].endswith("Hinge")
    mine = compose(["generator=mine"], own_generator)["generator"]["loss"]
    assert mine["_target_"].endswith("Hinge")
    with pytest.raises(ConfigError, match="did you mean generator/loss=soft"):
        compose(["generator/loss=sofd"], own_generator)


def test_a_program_that_uses_hydra_itself_is_left_as_it_was(own):
    import hydra

    with hydra.initialize_config_module("synthlift.conf", version_base="1.3"):
        before = GlobalHydra.instance().hydra
        compose(["arm=[real,mine]"], own)
        assert GlobalHydra.instance().hydra is before
    GlobalHydra.instance().clear()
