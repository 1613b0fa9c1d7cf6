"""From a configuration to a study: typed, refused by name, and no code but that of recipes."""

from __future__ import annotations

import dataclasses
import json
import sys

import hydra
import pytest
from omegaconf import OmegaConf

from synthlift import configure
from synthlift.allowlist import refuse_foreign_code, trusted_packages
from synthlift.core.errors import ConfigError
from synthlift.core.store import identity
from synthlift.generators.ema import Ema


def leaves(node, path=()):
    """(path, value) of everything below a node that is neither mapping nor list, and of lists."""
    for name, value in node.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))
        elif name != "_target_":
            yield (*path, name), value


def change(config, key, value):
    """The configuration with another value under a dotted key."""
    *above, last = key.split(".")
    node = config
    for name in above:
        node = node[name]
    node[last] = value
    return config


@pytest.fixture
def refused(compose):
    """What is said when a key of the default study has this value."""

    def go(key, value):
        with pytest.raises(ConfigError) as caught:
            configure.experiment(change(compose(), key, value))
        return str(caught.value)

    return go


def test_the_default_study_is_built_of_what_its_yaml_says(compose):
    study, compute = configure.experiment(compose())
    assert study.dataset.name == "digits"
    assert list(study.arms)[:2] == ["real", "real_synthetic"]
    assert list(study.classifiers) == ["cnn"]
    assert study.scores[0].name == "accuracy"
    assert {metric.name for metric in study.fidelity} == {
        "label_adherence",
        "copies",
        "diversity",
        "column_similarity",
        "two_sample",
        "closest_record",
    }
    assert study.generator.generator_optimizer.betas == (0.0, 0.9)
    assert compute.workers is None


def test_every_study_has_a_place_in_a_key(compose):
    study, _ = configure.experiment(compose("classifier=[cnn,mlp]"))
    parts = [study.dataset, study.split, study.generator, study.generation, study.teacher]
    parts += [*study.arms.values(), *study.classifiers.values(), *study.fidelity]
    assert len({json.dumps(identity(part)) for part in parts}) > 10


def test_a_whole_number_is_a_number_with_the_same_key(compose):
    one, other = (
        configure.experiment(change(compose(), "generation.latent_scale", value))[0].generation
        for value in (1, 1.0)
    )
    assert json.dumps(identity(one)) == json.dumps(identity(other))


def test_lists_become_tuples_and_mappings_without_a_target_stay():
    assert configure.build({"a": [1, [2]], "b": {"c": None}}, "x") == {
        "a": (1, (2,)),
        "b": {"c": None},
    }


def test_a_target_becomes_an_object_of_its_class():
    node = {"_target_": "synthlift.generators.ema.Ema", "half_life": 5, "ramp": 1}
    assert configure.build(node, "x") == Ema(5, 1.0)


def said_of(config):
    """What a configuration is refused with; None if it is a study."""
    try:
        configure.experiment(config)
    except ConfigError as error:
        return str(error)
    return None


def test_every_number_and_flag_refuses_a_word_by_its_key(compose):
    checked = 0
    for path, value in leaves(compose("classifier=[cnn,mlp]")):
        if isinstance(value, bool | int | float):
            said = said_of(change(compose("classifier=[cnn,mlp]"), ".".join(path), "word"))
            assert said, f"{path} took a word"
            assert f"{path[-1]} is " in said
            assert said.endswith("not 'word'")
            checked += 1
    assert checked > 40


@pytest.mark.parametrize("value", ["word", -1, 10**30, 0.5, True, None, [], ["word"], {}, {"a": 1}])
def test_no_value_of_any_key_ends_in_anything_but_a_study_or_a_refusal(compose, value):
    said = [said_of(change(compose(), ".".join(path), value)) for path, _ in leaves(compose())]
    assert "" not in said
    assert len([words for words in said if words]) > 5


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("generator.steps", True, "generator.steps is a whole number, not True"),
        ("generator.steps", 1e3, "generator.steps is a whole number, not 1000.0"),
        ("dataset.name", True, "dataset.name is text, not True; a text such as true takes quotes"),
        ("split.n_per_class", "", "split.n_per_class is a whole number or null, not ''"),
        ("generator.steps", 0, "generator.steps is at least 1, not 0"),
        ("generator.batch_size", 1, "generator.batch_size is at least 2"),
        ("generator.precision", "16", "generator.precision is 32-true or bf16-mixed, not '16'"),
        ("generator.ema.ramp", 0.0, "generator.ema"),
        ("generator.critic_optimizer.betas", "word", "2 values"),
        ("classifier.cnn.dropout", 1.0, "dropout lies in [0, 1)"),
        ("arm.placebo.weight", 1.5, "weight lies in [0, 1], not 1.5"),
        ("arm.ensemble.members", 0, "members is at least 1, not 0"),
        ("generation.latent_scale", 0.0, "generation.latent_scale is above 0"),
        ("generation.ratio", 2.0, "give n_per_class or ratio"),
        ("dataset.augmentation.scale", 1.0, "scale lies in [0, 1)"),
        ("compute.threads", 0, "compute.threads are at least 1"),
        ("n_repeats", 0, "n_repeats is at least 1"),
        ("teacher.members", None, "teacher.members is a whole number, not None"),
        ("nonsense", 3, "nonsense"),
        ("arm.other", {"weight": 0.5}, "arm.other is set, but other is not chosen"),
        ("split.more", 3, "split has no more; Split takes n_per_class"),
        ("split._target_", 5, "split._target_ is 5"),
        ("split._target_", "synthlift.stages.split.Nope", "there is no such recipe"),
        ("split._target_", "synthlift.stages.split.apportion", "no recipe of synthlift"),
        ("split._target_", "synthlift.stages.split.np", "no recipe of synthlift"),
        ("split._target_", "numpy.load", "outside the allowlist"),
        ("split._target_", "synthlift_evil.Split", "outside the allowlist"),
    ],
)
def test_a_wrong_value_is_refused_in_words(refused, key, value, said):
    assert said in refused(key, value)


def test_a_refusal_names_its_key_once(refused):
    assert refused("generation.ratio", 2.0).count("generation:") == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dataset.classes", 3),
        ("dataset.classes", "35"),
        ("split.imbalance", "word"),
        ("split.imbalance", ["a", "b"]),
        ("split.imbalance", [-1, 3]),
        ("dataset.n_test", -1),
        ("dataset.augmentation.rotation", float("nan")),
        ("generator.generator_optimizer.rate", float("inf")),
        ("classifier.cnn.rate", float("nan")),
        ("arm.real", None),
        ("arm.real", "word"),
        ("teacher", None),
        ("metric.accuracy", None),
        ("metric.accuracy", 3),
        ("dataset", None),
        ("split", "word"),
        ("generator.network", None),
        ("generator.loss", "word"),
        ("generator.penalty", {"_target_": "synthlift.generators.losses.Hinge"}),
        ("generator.ema", None),
        ("dataset.augmentation", 3),
    ],
)
def test_a_part_of_the_wrong_kind_is_refused_by_its_key(refused, key, value):
    assert key.split(".")[-1] in refused(key, value)


def test_a_number_of_the_command_line_names_a_class_too(compose):
    """`dataset.classes=[3,5]` arrives as numbers."""
    study, _ = configure.experiment(change(compose(), "dataset.classes", [3, 5]))
    assert study.dataset.load().schema.classes == ("3", "5")


# the allowlist


@pytest.mark.parametrize(
    "config",
    [
        {"a": {"b": [{"_target_": "os.system"}]}},
        {"a": {"_target_": ["os.system"]}},
        {"a": {"_target_": "${b}"}},
        {"a": {"_target_": "synthliftevil.X"}},
        {"hydra": {"callbacks": {"x": {"_target_": "hydra._internal.utils._locate"}}}},
        {"hydra": {"callbacks": {"x": {"_target_": "synthlift.cli.main"}}}},
        {"hydra": {"job_logging": {"handlers": {"x": {"()": "os.system"}}}}},
        {"hydra": {"job_logging": {"handlers": {"x": {"class": "os.system"}}}}},
        {"hydra": {"job_logging": {"handlers": {"x": {"class": "${y}"}}}}},
        {"hydra": {"job_logging": {"handlers": {"x": {"stream": "ext://os.system"}}}}},
        {"x": ["ext://os.system"]},
    ],
)
def test_what_would_run_foreign_code_is_refused(config):
    with pytest.raises(ConfigError, match="allow"):
        refuse_foreign_code(config)


@pytest.mark.parametrize(
    "config",
    [
        {"a": {"_target_": "synthlift.generators.ema.Ema"}},
        {"class": "a word of the user's own", "text": "external"},
    ],
)
def test_what_is_harmless_is_let_through(config):
    refuse_foreign_code(config)


def test_hydras_own_configuration_is_let_through(compose):
    overrides: list[str] = []
    with hydra.initialize_config_module("synthlift.conf", version_base="1.3"):
        config = hydra.compose("config", overrides, return_hydra_config=True)
    refuse_foreign_code(OmegaConf.to_container(config, resolve=False))


@pytest.mark.parametrize(
    "words",
    [
        ["hydra/launcher=joblib"],
        ["hydra/launcher=submitit_local"],
        ["hydra/launcher=cores"],
        ["hydra/launcher=slurm"],
        ["hydra/sweeper=optuna", "hydra/sweeper/sampler=motpe"],
    ],
)
def test_hydras_own_launchers_and_sweepers_are_let_through(words):
    with hydra.initialize_config_module("synthlift.conf", version_base="1.3"):
        config = hydra.compose("config", words, return_hydra_config=True)
    refuse_foreign_code(OmegaConf.to_container(config, resolve=False))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("launcher", {"_target_": "submitit.helpers.CommandFunction"}),
        ("launcher", {"_target_": "hydra_plugins.hydra_ray_launcher.ray_aws_launcher.A"}),
        ("launcher", {"setup": ["touch made"]}),
        ("launcher", {"additional_parameters": {"wrap": "touch made"}}),
        ("sweeper", {"custom_search_space": "os.mkdir"}),
        ("sweeper", {"sampler": {"_target_": "os.mkdir"}}),
        ("sweeper", {"storage": {"_target_": "os.mkdir"}}),
    ],
)
def test_what_a_launcher_or_a_sweeper_would_run_for_others_is_refused(key, value):
    with pytest.raises(ConfigError, match=rf"hydra\.{key}\..* remove it"):
        refuse_foreign_code({"hydra": {key: value}})


def test_a_factory_is_refused_wherever_it_stands():
    with pytest.raises(ConfigError, match=r"dataset\.x\.\(\) is 'os.mkdir'"):
        refuse_foreign_code({"dataset": {"x": {"()": "os.mkdir"}}})


OWN = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Own:
    steps: int
    rate: float = 0.5
    names: tuple[str, ...] = ()

@dataclass
class Unfrozen:
    steps: int
"""


@pytest.fixture
def trusted(monkeypatch, tmp_path):
    """A module of a user's own that the environment trusts."""
    (tmp_path / "mymodule.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SYNTHLIFT_TRUST", "nothing,mymodule")
    yield
    sys.modules.pop("mymodule", None)


@pytest.mark.usefixtures("trusted")
def test_the_environment_adds_to_what_is_trusted():
    assert trusted_packages() == ("synthlift", "nothing", "mymodule")
    made = configure.build({"_target_": "mymodule.Own", "steps": 3, "names": ["a"]}, "own")
    assert dataclasses.astuple(made) == (3, 0.5, ("a",))


@pytest.mark.usefixtures("trusted")
def test_a_recipe_of_ones_own_may_have_defaults_but_lacks_nothing():
    with pytest.raises(ConfigError, match="own lacks steps; Own takes steps, rate, names"):
        configure.build({"_target_": "mymodule.Own", "rate": 3}, "own")


@pytest.mark.usefixtures("trusted")
def test_a_recipe_of_ones_own_refuses_a_word_where_a_number_belongs():
    with pytest.raises(ConfigError, match=r"own\.steps is a whole number, not 'x'"):
        configure.build({"_target_": "mymodule.Own", "steps": "x"}, "own")


@pytest.mark.usefixtures("trusted")
def test_a_recipe_that_can_change_is_refused():
    with pytest.raises(ConfigError, match="frozen"):
        configure.build({"_target_": "mymodule.Unfrozen", "steps": 3}, "own")


def test_without_the_environment_nothing_is_added(monkeypatch):
    monkeypatch.delenv("SYNTHLIFT_TRUST", raising=False)
    assert trusted_packages() == ("synthlift",)


def test_a_setting_that_another_option_left_over_is_refused_with_the_options_that_take_it(compose):
    config = compose()
    config["generator"]["penalty"]["weight"] = 3
    said = said_of(config)
    assert said.startswith("generator.penalty has no weight; NoPenalty takes no settings; of gen")
    assert "gradient_penalty" in said


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("generator.penalty.every=0", "generator.penalty.every is at least 1"),
        ("generator.network.channels=0", "generator.network: "),
        ("generator.ema.half_life=-1", "generator.ema"),
        ("generator.steps=0", "generator.steps is at least 1"),
        ("generator.n_critic=0", "generator.n_critic is 0"),
    ],
)
def test_a_refusal_of_a_generator_names_its_key_once(compose, word, said):
    found = said_of(compose("generator/penalty=r1", word))
    assert found.startswith(said)
    assert found.count(word.rpartition(".")[0] + ":") <= 1
    assert found.count("generator") == 1
