"""Every yaml of every group: composes, builds, and is the constructor spelt out."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from synthlift.configure import experiment

CONF = Path(__file__).parents[2] / "conf"
LISTS = ("arm", "classifier", "metric")
YAMLS = sorted(p for p in CONF.glob("*/**/*.yaml") if "hydra" not in p.relative_to(CONF).parts)


def group_of(path):
    return path.parent.relative_to(CONF).as_posix()


def name(path):
    return f"{group_of(path)}={path.stem}"


@pytest.mark.parametrize("path", YAMLS, ids=name)
def test_every_yaml_composes_to_a_study(path, compose):
    group, option = group_of(path), path.stem
    chosen = [option]
    if group == "arm":
        chosen = list(dict.fromkeys(["real", option]))
    if group == "metric":
        chosen = list(dict.fromkeys(["accuracy", option]))
    value = f"[{','.join(chosen)}]" if group in LISTS else option
    study, compute = experiment(compose(f"{group}={value}"))
    made = {
        "arm": study.arms,
        "classifier": study.classifiers,
        "metric": {m.name for m in (*study.scores, *study.fidelity)},
    }
    if group in LISTS:
        assert set(made[group]) == set(chosen)
    if "/" in group:
        above, _, part = group.rpartition("/")
        found = getattr(getattr(study, above), part)
        assert OmegaConf.load(path)["_target_"].endswith(f".{type(found).__name__}")
    assert compute.threads >= 1


@pytest.mark.parametrize("path", YAMLS, ids=name)
def test_every_yaml_spells_out_its_constructor(path):
    node = OmegaConf.load(path)
    if path.parent.name in LISTS:
        assert list(node) == [path.stem], "an option of a list group is nested under its own name"
    wrong = [f for f in recipes(node) if f[1] != f[2]]
    assert wrong == [], "keys of a yaml are the fields of its recipe, in the same order"


def recipes(node, key=""):
    """(key, names in the yaml, names of the constructor) of every mapping with a `_target_`."""
    if not isinstance(node, DictConfig):
        return
    if "_target_" in node:
        module, _, name = node["_target_"].rpartition(".")
        made = dataclasses.fields(getattr(importlib.import_module(module), name))
        fields = [f.name for f in made if f.init and f.metadata.get("yaml", True)]
        chosen = choices_of(node)
        yield (
            key,
            [*chosen, *(str(k) for k in node if k not in ("_target_", "defaults"))],
            [f for f in fields if f in chosen] + [f for f in fields if f not in chosen],
        )
    for name in node:
        if not OmegaConf.is_interpolation(node, name):
            yield from recipes(node[name], f"{key}.{name}".lstrip("."))


def choices_of(node):
    """What a yaml takes from groups within it: fields that its defaults list fills."""
    found = (entry for entry in node.get("defaults", []) if isinstance(entry, DictConfig))
    return [key for entry in found for key in map(str, entry) if not key.startswith("override ")]


def test_the_yaml_of_a_wrong_order_would_be_found():
    spelt = OmegaConf.create(
        {"_target_": "synthlift.generators.ema.Ema", "ramp": 0.1, "half_life": 5}
    )
    assert list(recipes(spelt)) == [("", ["ramp", "half_life"], ["half_life", "ramp"])]


def test_a_choice_that_is_no_field_of_the_recipe_would_be_found():
    spelt = OmegaConf.create(
        {
            "defaults": [{"ramp": "slow"}, {"los": "hinge"}, "_self_"],
            "_target_": "synthlift.generators.ema.Ema",
            "half_life": 5,
        }
    )
    assert list(recipes(spelt)) == [("", ["ramp", "los", "half_life"], ["ramp", "half_life"])]


def test_no_yaml_adds_to_a_block_that_a_group_within_it_fills():
    """It would survive another choice, as a weight beside penalty=none."""
    for path in YAMLS:
        node = OmegaConf.load(path)
        assert set(choices_of(node)) & set(node) == set(), path.name


def test_every_arm_is_measured_against_an_arm_that_exists():
    arms = {path.stem: OmegaConf.load(path)[path.stem] for path in (CONF / "arm").glob("*.yaml")}
    assert {arm.baseline for arm in arms.values()} <= set(arms)


def test_the_default_studies_of_images_and_tables_hold_every_arm(compose):
    every = {path.stem for path in (CONF / "arm").glob("*.yaml")}
    assert set(compose("dataset=iris")["arm"]) == every
    below = {"real_eighth", "real_three_quarters"}  # sizes of a curve without a reserve
    assert set(compose()["arm"]) == every - below - {"smote"}  # it interpolates columns
