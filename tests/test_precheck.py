"""A command is checked before Hydra runs any of it; of a sweep every value."""

from __future__ import annotations

import pytest

from synthlift.core.errors import ConfigError
from synthlift.launch import plan_jobs
from synthlift.precheck import precheck

CURVE = "experiment=learning_curve"
RMSPROP = "{_target_: synthlift.generators.optimizers.RMSprop, rate: 0.0001, decay: 0.9}"


def test_a_recipe_is_shown_as_typed_and_can_be_swept():
    sgd = "{_target_: synthlift.generators.optimizers.Sgd, rate: 1, momentum: 0}"
    word = f"generator.critic_optimizer={RMSPROP},{sgd}"
    asked = precheck(["-m", word, "--cfg", "job"])
    assert asked.words[-2:] == ("++generator.critic_optimizer=null", word)
    assert "null" not in asked.command
    jobs = plan_jobs(precheck(["-m", word]))
    assert [[job.partition("=")[0] for job in words] for words in jobs] == [
        ["generator.critic_optimizer"]
    ] * 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("generator/loss=hinge,hige", "did you mean generator/loss=hinge"),
        ("generator.loss=hinge,minimax", "generator/loss=hinge,minimax"),
        ("generator=cgan,bootstrap generator/loss=hinge", "bootstrap has no loss to choose"),
        (
            "generator/penalty=r1,none generator.penalty.weight=1,3",
            "with generator/penalty=none there is no key generator.penalty.weight",
        ),
        (
            "generator=cgan,bootstrap generator.steps=3",
            "with generator=bootstrap there is no key generator.steps",
        ),
    ],
)
def test_a_sweep_is_refused_where_one_of_its_choices_lacks_what_is_set(words, said):
    with pytest.raises(ConfigError, match=said):
        precheck(["-m", *words.split()])


def test_choices_within_a_choice_are_swept_and_stand_in_the_command():
    words = "-m generator=cgan,mlp generator/penalty=none,r1"
    assert precheck(words.split()).command == f"synthlift {words}"


def test_every_image_network_is_compared_by_one_word():
    asked = precheck(["experiment=generators"])
    assert asked.implied == (
        "generator=cgan,mlp,conv,dcgan,resnet,acgan",
        "hydra.sweeper.params=null",
    )
    assert precheck(["experiment=generators", "generator=conv"]).implied == ("hydra.mode=RUN",)


def test_what_is_asked_is_what_hydra_can_read_again():
    asked = precheck(["dataset=image_folder", "dataset.root=é (1)"])
    assert asked.words == ("dataset=image_folder", 'dataset.root="é (1)"')
    assert precheck(asked.words) == asked


def test_flags_may_stand_among_settings():
    asked = precheck(["generator.steps=2,3", "-m", "seed=1"])
    assert asked.words == ("-m", "generator.steps=2,3", "seed=1")


def test_a_wrong_value_of_a_single_study_is_refused_before_hydra_runs():
    with pytest.raises(ConfigError, match=r"^n_repeats is a whole number or null, not 'x'$"):
        precheck(["n_repeats=x"])


@pytest.mark.parametrize("words", [["--cfg", "job", "n_repeats=x"], ["store=${hydra:job.name}"]])
def test_what_is_only_shown_or_known_to_a_run_alone_is_left_to_hydra(words):
    assert precheck(words).words == tuple(words)


def test_a_yaml_sweeps_without_a_flag_and_the_command_stays_as_it_was_typed():
    asked = precheck([CURVE])
    assert asked.command == "synthlift experiment=learning_curve"
    assert asked.implied == ("split.n_per_class=5,10,20,50", "hydra.sweeper.params=null")
    assert precheck(["-m", CURVE]).implied == asked.implied


@pytest.mark.parametrize(
    ("word", "implied"),
    [
        ("split.n_per_class=2,3", ("hydra.sweeper.params=null",)),
        ("split.n_per_class=2", ("hydra.mode=RUN",)),
        ("hydra.sweeper.params=null", ("hydra.mode=RUN",)),
        ("seed=0,1", ("split.n_per_class=5,10,20,50", "hydra.sweeper.params=null")),
    ],
)
def test_what_is_typed_wins_over_what_a_yaml_sweeps(word, implied):
    assert precheck([CURVE, word]).implied == implied


def test_what_is_only_shown_of_a_yaml_that_sweeps_is_left_to_hydra():
    assert precheck(["--cfg", "job", CURVE]).implied == ()


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ("generator.stepz: 1,2", r"did you mean generator\.steps\?"),
        ("generator: cgan,cgann", "did you mean generator=cgan"),
        ("+hydra.callbacks.x._target_: os.mkdir", "can't be swept"),
        ("hydra.searchpath: '[file:///tmp]'", "use --config-dir"),
        ("hydra/launcher: joblib,basic", "can't be swept"),
    ],
)
def test_what_a_yaml_sweeps_is_checked_like_words(tmp_path, params, said):
    (tmp_path / "experiment").mkdir()
    text = (
        f"# @package _global_\nhydra:\n  mode: MULTIRUN\n  sweeper:\n    params:\n      {params}\n"
    )
    (tmp_path / "experiment" / "mine.yaml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        precheck(["--config-dir", str(tmp_path), "experiment=mine"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("generator=dcgan generator/penalty=none,r1", "mixes the samples of a batch"),
        ("generator.steps=5,0", "generator.steps is at least 1, not 0"),
        ("generator.steps=range(3,-1,-1)", "generator.steps is at least 1, not 0"),
        ("generator.steps=range(5,1)", "names no value"),
        ("generator.stepz=1,2", r"did you mean generator\.steps\?"),
        ("dataset.augmentation.scale=interval(0,1)", "which only a search can take"),
        ("compute.device=0 hydra/launcher=joblib hydra.launcher.n_jobs=2", "several at once"),
        ("hydra/launcher=joblib hydra.launcher.n_jobs=0", "at least 1"),
        ("hydra/launcher=submitit_slurm hydra.launcher.gpus_per_node=1 compute.devices=2", "too"),
        ("hydra/launcher=submitit_slurm hydra.launcher.setup=[ls]", "hydra.launcher.setup is set"),
        ("hydra/sweeper=optuna generator.steps=5,6", "a search needs an objective"),
        ("generator.steps=", "generator.steps is a whole number"),
        ("generation.ratio=1,2 seed=0,1", "give n_per_class or ratio"),
        ("sweep=weight seed=0,1", "a search is for settings of generator"),
        ("sweep=weight dataset=digits,wine", "a search is for settings of generator"),
        ("sweep=generation generation.ratio=interval(3,1)", "is empty"),
        ("sweep=generation generation.ratio=tag(log,interval(0,1))", "has no logarithm"),
        ("sweep=weight hydra.sweeper.n_trials=0", "n_trials is 0; give 1 or more"),
        ("sweep=weight hydra.sweeper.n_jobs=-1", "n_jobs is -1; give 1 or more"),
        ("sweep=weight objective.arm=real_synthetic", "is not among the arms"),
        ("sweep=weight objective.arm=placebo", "objective.arm"),
        ("sweep=weight hydra.sweeper.direction=minimize", "objective.values are"),
        ("sweep=weight generator.critic_optimizer.betas=[0,0.9],[0.5,0.9]", "write a yaml"),
    ],
)
def test_a_sweep_that_can_not_be_is_refused_before_its_first_job(words, said):
    import shlex

    with pytest.raises(ConfigError, match=said):
        precheck(["-m", *shlex.split(words)])


def test_a_value_that_fits_beside_another_one_is_left_to_its_jobs(capsys):
    precheck(["-m", "generation.n_per_class=null,20", "generation.ratio=null,2"])
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[3] for line in said] == [
        "generation.n_per_class=null",
        "generation.ratio=null",
    ]


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.MovedIn20Warning")  # of optuna 2.10
def test_a_search_of_which_every_trial_failed_ends_without_an_error(tmp_path):
    import optuna

    from synthlift.launch import _without_best

    for storage in (None, f"sqlite:///{tmp_path}/search.db"):
        study = optuna.create_study(storage=storage)
        study.tell(study.ask(), state=optuna.trial.TrialState.FAIL)
        with _without_best():
            _ = study.best_trial
    with pytest.raises(ValueError, match="else"), _without_best():
        raise ValueError("anything else")


def test_the_folder_of_a_sweep_is_known_before_it_begins(tmp_path):
    asked = precheck(["-m", "seed=0,1", f"hydra.sweep.dir={tmp_path}/é (1)"])
    assert asked.sweep == tmp_path / "é (1)"
    assert asked.arguments[-1] == f'hydra.sweep.dir="{tmp_path}/é (1)"'
    assert precheck(["seed=0"]).sweep is None
    assert precheck(["-m", "seed=0,1", "--cfg", "job"]).sweep is None


def test_the_jobs_of_a_search_are_not_known_beforehand():
    asked = precheck(["sweep=weight"])
    assert asked.is_search
    assert plan_jobs(asked) is None
