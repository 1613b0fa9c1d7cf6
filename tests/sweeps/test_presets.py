"""The searches of conf/sweep: fit to run, seeded, kept on disk, and the same when walked again."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from synthlift.configure import experiment, objective
from synthlift.overrides import parse

PRESETS = sorted(path.stem for path in (Path(__file__).parents[2] / "conf/sweep").glob("*.yaml"))


def sweeper_of(name):
    path = Path(__file__).parents[2] / f"conf/sweep/{name}.yaml"
    return OmegaConf.to_container(OmegaConf.load(path).hydra.sweeper, resolve=False)


@pytest.mark.parametrize("name", PRESETS)
def test_the_ends_of_what_a_preset_searches_are_values_that_a_study_takes(name, compose):
    for end in (0, -1):
        words = [
            f"{key}={ends_of(key, text)[end]}" for key, text in sweeper_of(name)["params"].items()
        ]
        study, _ = experiment(compose(f"sweep={name}", *words))
        assert study.draws


def ends_of(key, text):
    [override] = parse([f"{key}={text}"])
    value = override.value()
    if override.is_interval_sweep():
        return value.start, value.end
    return list(override.sweep_string_iterator())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_climbs_what_its_study_has(name, compose):
    config = compose(f"sweep={name}")
    wanted = objective(config)
    wanted.check(experiment(config)[0])
    wanted.check_directions(sweeper_of(name)["direction"])


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_goes_on_after_a_failure_and_keeps_its_trials(name):
    sweeper = sweeper_of(name)
    assert sweeper["max_failure_rate"] == 1.0
    assert sweeper["sampler"]["seed"] is not None
    assert sweeper["storage"].startswith("sqlite:///${hydra.sweep.dir}/")
    assert "${now:" in sweeper["study_name"], "each command has a study of its own"


@pytest.mark.filterwarnings("ignore")  # of SQLAlchemy 1.4, which the plugin needs
@pytest.mark.parametrize("name", ["generator", "lift_and_cost"])  # one value, and two
def test_the_same_search_walks_the_same_trials_also_past_a_failed_one(name):
    """Killed after 12 trials and begun anew it comes to the same 15: what resuming rests on."""
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="needs synthlift[sweep]")
    sweeper = sweeper_of(name)
    whole, cut, again = (walk(sweeper, n) for n in (15, 12, 15))
    assert whole == again
    assert whole[:12] == cut
    assert len({tuple(trial.items()) for trial in whole}) > 10


def walk(sweeper, n_trials):
    """Settings of the trials of a search whose values are a fixed function of the settings."""
    import optuna

    plugin = importlib.import_module("hydra_plugins.hydra_optuna_sweeper._impl")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    words = [f"{key}={values}" for key, values in sweeper["params"].items()]
    space, fixed = plugin.create_params_from_overrides(words)
    assert not fixed
    directions = sweeper["direction"]
    directions = directions if isinstance(directions, list) else [directions]
    study = optuna.create_study(
        storage="sqlite://",
        sampler=optuna.samplers.TPESampler(**sweeper["sampler"]),
        directions=directions,
    )
    for number in range(n_trials):
        trial = study.ask()
        settings = {key: trial._suggest(key, space[key]) for key in space}
        if number == 4:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            continue
        numbers = [len(x) if isinstance(x, str) else float(x) for x in settings.values()]
        values = [math.sin(sum(numbers)), math.fsum(numbers)][: len(directions)]
        study.tell(trial, values)
    return [trial.params for trial in study.trials]
