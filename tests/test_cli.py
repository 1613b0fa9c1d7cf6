"""The command line: a whole study, a sweep, a report again, refusals in one message."""

from __future__ import annotations

import csv
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from omegaconf import OmegaConf

from synthlift import runs, workers
from synthlift.core.schema import ImageSchema
from synthlift.core.store import Store
from synthlift.experiment import run
from synthlift.fits import MisfitError

OF_TABLES = {"smote", "real_eighth", "real_three_quarters"}
ARMS = {p.stem for p in (Path(__file__).parents[1] / "conf" / "arm").glob("*.yaml")} - OF_TABLES


def is_one_message(said):
    """Whether a command failed with a single message for people and nothing else."""
    lines = said.err.strip().splitlines()
    return (
        said.code != 0
        and said.out == ""
        and "Traceback" not in said.err
        and len([line for line in lines if line.startswith("synthlift: ")]) == 1
        and lines[0].startswith("synthlift: ")
    )


@pytest.fixture
def refused(synthlift, tmp_path):
    """The one message of a command that must fail; nothing is written for it."""

    def go(*words):
        places = [f"hydra.run.dir={tmp_path / 'run'}", f"hydra.sweep.dir={tmp_path / 'sweep'}"]
        if not any(str(word).startswith("store=") for word in words):
            places.append(f"store={tmp_path / 'store'}")
        said = synthlift(*words, *places)
        assert is_one_message(said), said
        assert not list(tmp_path.glob("run/report*"))
        return said.err

    return go


@pytest.fixture
def in_this_process(monkeypatch):
    """Run what the store lacks here: no worker has to start for it."""

    def fill(study, root, compute, watching, numbers):
        store = Store(root)
        run(study, store, compute)
        return store.executed

    monkeypatch.setattr(workers, "fill", fill)


# a whole study


def test_a_study_writes_its_report_and_says_where(smoke):
    assert smoke.code == 0
    assert {path.name for path in smoke.run.iterdir()} >= {
        "config.yaml",
        "report.html",
        "report.json",
        "report.md",
        "trials.csv",
    }
    assert str(smoke.run / "report.html") in smoke.out
    assert "real_synthetic against real" in smoke.out
    assert "Traceback" not in smoke.err


def test_its_report_holds_every_arm_and_what_was_run(smoke):
    report = json.loads((smoke.run / "report.json").read_text())
    assert set(report["arms"]) == ARMS
    assert report["dataset"] == "digits"
    assert report["n_repeats"] == 2
    assert report["provenance"]["stages"] == {
        "run": 1 + 2 * (4 + 2 * len(ARMS)),  # the dataset is read once
        "reused": 0,
    }
    assert not any("left out" in note for note in report["notes"])


def test_its_trials_are_a_row_per_arm_and_repeat(smoke):
    with (smoke.run / "trials.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["arm"], row["repeat"]) for row in rows} == {
        (arm, str(r)) for arm in ARMS for r in range(2)
    }
    assert all(0 <= float(row["accuracy_test"]) <= 1 for row in rows)


def test_its_config_is_resolved_and_its_command_asks_for_the_same(smoke):
    text = (smoke.run / "config.yaml").read_text()
    assert "${" not in text
    config = OmegaConf.load(smoke.run / "config.yaml")
    assert config.generator.steps == 6
    assert config.command.split()[1:] == list(smoke.words)


def test_progress_is_a_line_per_repeat_where_there_is_no_terminal(smoke):
    assert [line for line in smoke.err.splitlines() if "finished" in line] == [
        f"synthlift: {n} of 2 repeats finished" for n in (1, 2)
    ]


def test_the_same_command_again_runs_nothing_and_finds_the_same(smoke, synthlift, tmp_path):
    said = synthlift(*smoke.words, f"hydra.run.dir={tmp_path}")
    assert said.code == 0
    first, again = (json.loads((f / "report.json").read_text()) for f in (smoke.run, tmp_path))
    assert again["provenance"]["stages"]["run"] == 0
    for report in (first, again):
        del report["provenance"]
    assert first == again
    assert (tmp_path / "trials.csv").read_bytes() == (smoke.run / "trials.csv").read_bytes()


def test_the_report_of_a_finished_run_is_rebuilt_byte_for_byte(smoke, synthlift, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(smoke.run, folder)
    written = ("report.json", "report.md", "report.html", "trials.csv")
    for name in written[1:]:
        (folder / name).unlink()
    store = {path: path.stat().st_mtime_ns for path in smoke.store.rglob("*")}
    said = synthlift("report", folder)
    assert said.code == 0
    assert said.err == ""
    for name in written:
        assert (folder / name).read_bytes() == (smoke.run / name).read_bytes(), name
    assert {path: path.stat().st_mtime_ns for path in smoke.store.rglob("*")} == store


def test_reporting_running_again_failing_and_helping_import_no_torch(smoke, tmp_path):
    code = f"""
import contextlib, io, sys
from synthlift.cli import main
def torch_after(*words):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        with contextlib.suppress(SystemExit):
            main(list(words))
    assert said.getvalue()
    return sorted({{"torch", "torchvision", "pytorch_lightning"}} & set(sys.modules))
print(torch_after("--help"))
print(torch_after("generator.steps=word", "hydra.run.dir={tmp_path}/a"))
print(torch_after("report", "{smoke.run}"))
print(torch_after(*{smoke.words}, "hydra.run.dir={tmp_path}/b"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]"] * 4, done.stderr
    report = json.loads((tmp_path / "b" / "report.json").read_text())
    assert report["provenance"]["stages"]["run"] == 0


def test_a_sweep_shares_what_it_can_and_goes_on_after_a_failure(
    smoke, synthlift, linked, in_this_process, tmp_path
):
    """One number of labels is more than there are, one is in the store; so is half of the rest."""
    linked(smoke.store, tmp_path / "store")
    said = synthlift(
        "-m",
        *(w for w in smoke.words[:-1] if w.split("=")[0] not in ("generator.steps", "n_repeats")),
        f"store={tmp_path / 'store'}",
        f"hydra.sweep.dir={tmp_path / 'sweep'}",
        "n_repeats=1",
        "split.n_per_class=999,10",
        "generator.steps=6,7",
    )
    assert said.code != 0
    assert "job 0 (split.n_per_class=999 generator.steps=6): split asks for" in said.err
    assert "job 2 (split.n_per_class=10 generator.steps=6): finished in" in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "sweep" / "0" / "report.json").exists()
    stages = [
        json.loads((tmp_path / "sweep" / job / "report.json").read_text())["provenance"]["stages"]
        for job in ("2", "3")
    ]
    n_synthetic = 3  # arms; each is fitted and scored anew, after generator, samples and measures
    assert [s["run"] for s in stages] == [0, 3 + 2 * n_synthetic]
    made = [p.parent.name for p in (tmp_path / "store").glob("*/*") if not p.is_symlink()]
    assert made.count("fit_generator") == made.count("generate") == 1
    assert made.count("fit_classifier") == made.count("predict") == n_synthetic


def test_a_run_is_reported_from_another_folder(smoke, synthlift, monkeypatch, tmp_path):
    """Its paths were relative, and its command says so."""
    monkeypatch.chdir(smoke.store.parent)
    where = ("store=store", f"hydra.run.dir={tmp_path / 'run'}")
    assert synthlift(*smoke.words[:-1], *where).code == 0
    monkeypatch.chdir(tmp_path)
    said = synthlift("report", "run")
    assert said.code == 0, said.err
    assert yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())["command"].endswith(
        " store=store"
    )


def test_a_generation_only_study_of_one_class_says_what_its_samples_are_like(
    synthlift, in_this_process, tmp_path
):
    words = ("experiment=smoke", "arm=[]", "dataset.classes=['3']", "n_repeats=1")
    fewer = ("split.imbalance=null", "generator.steps=2", "generator.batch_size=4")
    where = (f"store={tmp_path / 'store'}", f"hydra.run.dir={tmp_path / 'run'}")
    said = synthlift(*words, *fewer, *where, "compute.accelerator=cpu")
    assert said.code == 0, said.err
    assert "generation-only study" in said.out
    assert "the samples: " in said.out
    assert (tmp_path / "run" / "report.html").is_file()
    assert not list((tmp_path / "store").glob("fit_classifier/*"))


def test_a_reader_who_leaves_is_no_error_message(tmp_path):
    command = f"{sys.executable} -m synthlift --help | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_an_unfit_generator_is_refused_with_those_that_fit(
    synthlift, compose, monkeypatch, tmp_path
):
    """Before any training; the refusal comes out of the process that found it."""
    schema = ImageSchema(1, 8, 8, ("0", "1"))

    def run_study(study, root, compute, watching):
        error = MisfitError(
            "the generator does not fit dataset=digits: too small", "generator", schema
        )
        raise pickle.loads(pickle.dumps(error))

    monkeypatch.setattr(runs, "run_study", run_study)
    said = synthlift(f"store={tmp_path / 'store'}", f"hydra.run.dir={tmp_path / 'run'}")
    assert is_one_message(said), said
    assert "too small; what fits: generator=acgan, generator=bootstrap, generator=cgan" in said.err


# refusals: one message that names the thing and the remedy


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("split.nonsense=1", ["split.nonsense"]),
        ("+split.nonsense=1", ["split has no nonsense", "n_per_class"]),
        ("generator=cgann", ["no generator 'cgann'", "did you mean generator=cgan?"]),
        ("arm=[real,reall]", ["no arm 'reall'", "did you mean arm=[real]?", "ensemble"]),
        ("generator.stepz=3", ["no key generator.stepz", "did you mean generator.steps?"]),
        ("generator=cgann generator.stepz=3", ["did you mean generator=cgan?"]),
        ("arm.real_syntetic.weight=1", ["did you mean arm.real_synthetic.weight?"]),
        ("n_repeat=3", ["did you mean n_repeats?"]),
        ("steps=3", ["did you mean generator.steps or classifier.cnn.steps?"]),
        ("genrator=cgan", ["did you mean generator=...?", "cgan"]),
        ("arm=[real] arm.placebo.weight=1", ["placebo is not chosen", "arm=[...]"]),
        ("arm.placebo.baseline=reall", ["arm.placebo.baseline=reall", "no arm", "=real?"]),
        ("hydra.run.dirr=x", ["did you mean hydra.run.dir?"]),
        ("a=[b", ["can't read 'a=[b'", "key=value"]),
        ("reprot", ["'reprot'", "did you mean synthlift report?"]),
        ("-m generator=cgan,dcgann", ["no generator 'dcgann'"]),
        ("-m arm=[real],[reall]", ["no arm 'reall'"]),
        ("-m generator.stepz=1,2", ["did you mean generator.steps?"]),
        ("-m arm=[real],[real,placebo] arm.placebo.weight=1", ["placebo is not chosen"]),
        ("--multirum", ["--multirum", "synthlift --help"]),
        ("generator.steps=word", ["generator.steps is a whole number", "'word'"]),
        ("generator.steps=0", ["generator.steps is at least 1, not 0"]),
        ("generator.n_critic=0", ["generator.n_critic is 0", "at least 1 update a step"]),
        ("generator.batch_size=201", ["larger than the 200 train rows", "at most 200, or null"]),
        ("generator/loss=hige", ["no generator/loss 'hige'", "generator/loss=hinge?"]),
        ("generator.loss=hinge", ["written with a slash: generator/loss=hinge"]),
        ("generator=bootstrap generator/loss=hinge", ["bootstrap has no loss", "leave", "cgan"]),
        ("+generator.penalty.weight=3", ["NoPenalty takes no settings", "gradient_penalty"]),
        (
            "generator=dcgan generator/penalty=gradient_penalty",
            ["batch norm", "generator.network.critic_norm=layer", "generator/penalty=none"],
        ),
        ("generator=mlp generator/loss=wasserstein", ["generator/penalty=gradient_penalty"]),
        ("generator=table_gan", ["draws tables", "what fits: ", "generator=dcgan"]),
        ("generator=dcgan dataset=iris", ["draws images", "what fits: ", "generator=table_gan"]),
        ("arm=[synthetic]", ["the arm `real`"]),
        ("generator.steps=1,2", ["generator.steps=1,2", "add -m"]),
        ("dataset=mnist dataset.root=/nonexistent", ["/nonexistent/MNIST/raw", "dataset.root=DIR"]),
        ("~teacher", ["teacher"]),
        ("store=${nope}", ["nope"]),
        ("foo", ["foo"]),
        ("dataset.classes=['x','y']", ["'x'", "0, 1, 2"]),
        ("split.n_per_class=1000", ["1000 train samples of class '0'", "split.n_per_class"]),
        ("dataset.classes=['3']", ["single class, '3'", "arm=[]"]),
    ],
)
def test_bad_input_is_refused_with_its_name_and_the_remedy(refused, in_this_process, words, said):
    message = refused(*words.split())
    assert [part for part in said if part not in message] == []


@pytest.mark.parametrize("words", ["dataset=null", "store=null", "store=5"])
def test_what_is_of_the_wrong_kind_is_refused_by_name(refused, words):
    assert words.split("=")[0] in refused(words)


def test_a_store_without_a_path_is_refused(refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "store" in refused("store=", "split.n_per_class=1000", "compute.workers=1")


def test_a_configuration_folder_that_is_not_there_is_named(refused):
    assert "/nonexistent" in refused("--config-dir", "/nonexistent")


def test_nothing_is_written_for_a_word_that_is_wrong(refused, tmp_path):
    refused("generator.steps=0")
    assert not list((tmp_path / "store").glob("*"))


def test_a_store_that_cannot_be_written_is_named(refused, tmp_path):
    (tmp_path / "file").write_text("")
    message = refused(f"store={tmp_path / 'file' / 'store'}")
    assert str(tmp_path / "file" / "store") in message
    assert "store=PATH" in message


def test_a_run_folder_that_cannot_be_made_is_named(synthlift, tmp_path):
    (tmp_path / "file").write_text("")
    said = synthlift(f"store={tmp_path}", f"hydra.run.dir={tmp_path / 'file' / 'run'}")
    assert is_one_message(said), said
    assert str(tmp_path / "file" / "run") in said.err
    assert "hydra.run.dir=PATH" in said.err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_where_there_is_none_is_refused(refused, in_this_process):
    message = refused("compute.accelerator=cuda", "arm=[real]", "n_repeats=1")
    assert "no CUDA device" in message
    assert "compute.accelerator=cpu" in message


@pytest.mark.parametrize("words", [["report"], ["report", "a", "b"]])
def test_report_wants_one_folder(synthlift, words):
    said = synthlift(*words)
    assert is_one_message(said)
    assert "usage: synthlift report [-h] DIR" in said.err


def test_a_folder_that_is_no_run_is_named(synthlift, tmp_path):
    said = synthlift("report", tmp_path / "nowhere")
    assert is_one_message(said)
    assert f"{tmp_path / 'nowhere'} is not the folder of a run" in said.err


def test_a_run_whose_store_is_gone_is_said_to_be_so(smoke, synthlift, tmp_path):
    config = (smoke.run / "config.yaml").read_text().replace(str(smoke.store), str(tmp_path / "x"))
    (tmp_path / "config.yaml").write_text(config)
    said = synthlift("report", tmp_path)
    assert is_one_message(said)
    assert "run the study again" in said.err


@pytest.mark.parametrize(
    "text",
    [
        "- a list",
        "store: x",
        "a: [b",
    ],
)
def test_a_damaged_config_of_a_run_is_named(synthlift, tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    said = synthlift("report", tmp_path)
    assert is_one_message(said), said
    assert str(tmp_path / "config.yaml") in said.err


# foreign code


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def trap(tmp_path):
    """A pickle that makes the folder `made`, and a configuration folder to put traps into."""
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps(Payload(tmp_path / "made")))
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    return tmp_path


def load_in(trap):
    """What Hydra's own blocklist lets through: it loads a pickle."""
    return {"_target_": "joblib.load", "filename": str(trap / "evil.pkl")}


def plant(trap, config, name="experiment/evil"):
    path = trap / "conf" / f"{name}.yaml"
    path.write_text("# @package _global_\n" + OmegaConf.to_yaml(OmegaConf.create(config)))


@pytest.mark.parametrize(
    "words",
    [
        "dataset._target_=os.mkdir",
        "+dataset.augmentation.x._target_=os.mkdir",
        "+hydra.callbacks.x._target_=os.mkdir",
        "hydra.launcher._target_=os.mkdir",
        "hydra/job_logging=default hydra.job_logging.handlers.console.class=os.mkdir",
        "+hydra.job_logging.handlers.console.stream=ext://os.mkdir",
    ],
)
def test_a_target_outside_the_allowlist_is_refused_by_its_key(refused, words):
    message = refused(*words.split())
    assert words.split()[-1].split("=")[0].lstrip("+") in message
    assert "os.mkdir" in message
    assert "allow" in message


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("dataset.augmentation", lambda trap: {"dataset": {"augmentation": load_in(trap)}}),
        ("hydra.callbacks.x", lambda trap: {"hydra": {"callbacks": {"x": load_in(trap)}}}),
        (
            "hydra.job_logging.handlers.x.()",
            lambda trap: {"hydra": {"job_logging": logging_of(trap, "handlers")}},
        ),
        (
            "hydra.job_logging.formatters.x.()",
            lambda trap: {"hydra": {"job_logging": logging_of(trap, "formatters")}},
        ),
        (
            "hydra.hydra_logging.filters.x.()",
            lambda trap: {"hydra": {"hydra_logging": logging_of(trap, "filters")}},
        ),
    ],
)
def test_a_payload_in_a_configuration_file_is_refused_and_not_run(refused, trap, key, place):
    plant(trap, place(trap))
    message = refused("--config-dir", trap / "conf", "experiment=evil")
    assert key in message
    assert not (trap / "made").exists()


def logging_of(trap, part):
    """Hydra sets logging up only where there is a root."""
    factory = {"()": "joblib.load", "filename": str(trap / "evil.pkl")}
    root = {"handlers": ["x"] if part == "handlers" else []}
    return {"version": 1, part: {"x": factory}, "root": root}


def test_the_payload_would_run_if_it_were_let_in(trap):
    """Else the tests around would prove nothing."""
    import hydra.utils

    hydra.utils.instantiate(load_in(trap))
    assert (trap / "made").is_dir()


@pytest.mark.parametrize("part", ["handlers", "formatters", "filters"])
def test_a_payload_in_a_swept_choice_is_refused_and_not_run(synthlift, trap, part):
    plant(trap, {"hydra": {"job_logging": logging_of(trap, part)}})
    words = ("-m", "--config-dir", trap / "conf", "experiment=smoke,evil", "generator.steps=0")
    said = synthlift(*words, f"store={trap / 'store'}", f"hydra.sweep.dir={trap / 'sweep'}")
    assert not (trap / "made").exists()
    assert is_one_message(said)
    assert f"hydra.job_logging.{part}.x.()" in said.err


def test_a_payload_in_a_swept_choice_is_not_run_by_a_launcher_of_processes(synthlift, trap):
    plant(trap, {"hydra": {"job_logging": logging_of(trap, "handlers")}})
    words = ("-m", "--config-dir", trap / "conf", "experiment=smoke,evil", "generator.steps=0")
    where = (f"store={trap / 'store'}", f"hydra.sweep.dir={trap / 'sweep'}")
    said = synthlift(*words, *where, "hydra/launcher=joblib")
    assert not (trap / "made").exists()
    assert is_one_message(said)


def test_a_payload_that_only_its_job_can_see_is_not_run_by_a_launcher_of_processes(synthlift, trap):
    """It stands where nothing is code, and an interpolation brings it to where it would be."""
    payload = {"class": "joblib.load", "filename": str(trap / "evil.pkl")}
    logs = {"version": 1, "handlers": {"x": payload}, "root": {"handlers": ["x"]}}
    plant(trap, {"dataset": {"x": logs}, "hydra": {"job_logging": "${dataset.x}"}})
    words = ("-m", "--config-dir", trap / "conf", "experiment=evil", "seed=0,1")
    where = (f"store={trap / 'store'}", f"hydra.sweep.dir={trap / 'sweep'}")
    said = synthlift(*words, *where, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    assert not (trap / "made").exists()
    assert said.code != 0


def test_a_payload_in_another_primary_config_is_refused_and_not_run(synthlift, trap):
    plant(trap, {"hydra": {"callbacks": {"x": load_in(trap)}}}, "evil")
    said = synthlift("--config-dir", trap / "conf", "--config-name", "evil")
    assert not (trap / "made").exists()
    assert is_one_message(said)


def test_a_rerun_from_a_pickle_is_refused_and_not_loaded(synthlift, trap):
    said = synthlift("--experimental-rerun", trap / "evil.pkl")
    assert not (trap / "made").exists()
    assert is_one_message(said)


@pytest.mark.parametrize("name", ["PYTHONPATH", "SYNTHLIFT_TRUST"])
def test_a_configuration_sets_no_environment_variable(refused, trap, name):
    plant(trap, {"hydra": {"job": {"env_set": {name: str(trap)}}}})
    words = ("--config-dir", trap / "conf", "experiment=evil", "generator.steps=0")
    assert "hydra.job.env_set" in refused(*words)


def test_what_hydra_is_told_cannot_be_swept(refused):
    message = refused("-m", "hydra.run.dir=a,b")
    assert "hydra.run.dir can't be swept" in message


def test_a_configuration_file_cannot_sweep_what_hydra_is_told(refused, trap):
    plant(trap, {"hydra": {"sweeper": {"params": {"+hydra.callbacks.x._target_": "os.mkdir"}}}})
    message = refused("-m", "--config-dir", trap / "conf", "experiment=evil")
    assert "hydra.sweeper.params" in message


# a user's own parts

OWN = """
from dataclasses import dataclass
from synthlift.arms.real import Real

@dataclass(frozen=True)
class Half(Real):
    def assemble(self, given):
        return super().assemble(type(given)(given.train.take(slice(0, len(given.train) // 2))))
"""
OWN_YAML = """
half:
  _target_: mylab.arms.Half
  strength: 1.0
  augmentation: null
  members: 1
  baseline: real
  tune: null
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A package with an arm of the user's own, and the configuration folder that goes with it."""
    (tmp_path / "mylab").mkdir()
    (tmp_path / "mylab" / "__init__.py").write_text("")
    (tmp_path / "mylab" / "arms.py").write_text(OWN)
    (tmp_path / "conf" / "arm").mkdir(parents=True)
    (tmp_path / "conf" / "arm" / "half.yaml").write_text(OWN_YAML)
    monkeypatch.syspath_prepend(tmp_path)
    yield ("--config-dir", tmp_path / "conf", "arm=[real,half]")
    for name in [name for name in sys.modules if name.split(".")[0] == "mylab"]:
        del sys.modules[name]


def test_a_users_own_recipe_is_refused_unless_the_environment_trusts_it(refused, own):
    message = refused(*own)
    assert "arm.half._target_ is 'mylab.arms.Half'" in message
    assert "SYNTHLIFT_TRUST=PACKAGE" in message
    assert "mylab.arms" not in sys.modules


def test_a_users_own_recipe_runs_when_the_environment_trusts_it(
    smoke, synthlift, linked, own, in_this_process, monkeypatch, tmp_path
):
    monkeypatch.setenv("SYNTHLIFT_TRUST", "mylab")
    linked(smoke.store, tmp_path / "store")
    words = (*own, *(word for word in smoke.words[:-1] if word != "n_repeats=2"), "n_repeats=1")
    said = synthlift(*words, f"store={tmp_path / 'store'}", f"hydra.run.dir={tmp_path / 'run'}")
    assert said.code == 0, said.err
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["arms"]["half"]["n_real"] == report["arms"]["real"]["n_real"] // 2
    assert report["provenance"]["stages"]["run"] == 2
