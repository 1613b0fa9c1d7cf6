"""One generator on two devices: what one device leaves, under torchrun and with kills."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import socket
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from synthlift import worker
from synthlift.augmentations.affine import Affine
from synthlift.codecs.base import fit_codec, load_codec, save_codec
from synthlift.configure import build
from synthlift.core.describe import to_config
from synthlift.core.errors import ConfigError, SynthliftError, TrainingError
from synthlift.core.lifeline import end_with
from synthlift.generators.ada import Ada
from synthlift.generators.augmenting import Classical, NoAugmentation
from synthlift.generators.bootstrap import Bootstrap
from synthlift.generators.cgan import Cgan
from synthlift.generators.conditioning import ByLabel
from synthlift.generators.cvae import Cvae
from synthlift.generators.ema import Ema
from synthlift.generators.gan import ConditionalGan
from synthlift.generators.losses import Hinge, NonSaturating, Wasserstein
from synthlift.generators.optimizers import Sgd
from synthlift.generators.penalties import R1, GradientPenalty, LeCam
from synthlift.generators.selection import KeepBest
from synthlift.generators.table_networks import TableNetworks
from synthlift.generators.vae import ConditionalVae
from synthlift.stages.compute import Compute, track
from synthlift.stages.fit_generator import fit_generator
from synthlift.stages.together import _failure, _follow, write_job

CPU = torch.device("cpu")
TWO = Compute("cpu", None, 1, 1, devices=2)
TOLERANCE = 5e-6  # of a weight after 20 steps in fp32; the largest difference found is 9.6e-7
SGD = Sgd(0.05, 0.5)
PLAIN = ConditionalGan(
    network=Cgan(latent_dim=8, channels=4),
    loss=Hinge(),
    penalty=R1(0.1, 4),
    augmentation=Classical(Affine(0.1, 0.1, 0.1, True)),
    generator_optimizer=SGD,
    critic_optimizer=SGD,
    ema=Ema(10, 0.5),
    steps=20,
    batch_size=9,
    precision="32-true",
    log_every=4,
    checkpoint_every=8,
)
LONG = replace(PLAIN, steps=80, penalty=GradientPenalty(1.0, 2))  # which draws by itself
PACKED = replace(
    PLAIN,
    network=TableNetworks(8, 4, 16, 0.0, 4, 0.2),
    penalty=LeCam(0.3, 0.9),
    augmentation=NoAugmentation(),
    batch_size=8,
)
AUTOENCODER = ConditionalVae(
    network=Cvae(latent_dim=4, embedding_dim=4, widths=(16, 16), tau=0.2),
    conditioning=ByLabel(),
    largest_batch=64,
    selection=None,
    reconstruction_weight=2.0,
    optimizer=Sgd(1e-4, 0.5),
    ema=Ema(10, 0.5),
    steps=20,
    batch_size=9,
    precision="32-true",
    log_every=4,
    checkpoint_every=8,
)
RECIPES = {
    "plain, a batch of nine": PLAIN,
    "what follows the scores of the whole batch": replace(
        PLAIN,
        loss=NonSaturating(0.1),
        penalty=LeCam(0.3, 0.9),
        augmentation=Ada(Affine(0.1, 0.1, 0.1, True), ("color",), 0.1, 2, 50, 0.8),
        selection=KeepBest(10, 5, 5),
        n_critic=2,
    ),
    "scores that have no zero": replace(PLAIN, loss=Wasserstein(), steps=8),
    "an autoencoder": AUTOENCODER,
}


def ready(recipe, rows, place):
    """A place in which the codec lies."""
    save_codec(fit_codec(rows, recipe.sizes), place.folder)
    return place


def run_ranks(jobs, n=2):
    """Train what each folder says as torchrun would; the exit codes of its processes.

    They know torch already, and each is one rank of every training.
    """
    ports = []
    for _ in jobs:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    children = []
    for rank in range(n):
        child = os.fork()
        if child == 0:
            end_with(os.getppid())
            with contextlib.suppress(BaseException):
                for job, port in zip(jobs, ports, strict=True):
                    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
                    who = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(n)}
                    os.environ.update(where | who | {"GLOO_SOCKET_IFNAME": "lo"})
                    if worker.main(job):
                        os._exit(1)
                os._exit(0)
            os._exit(2)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


@pytest.fixture(scope="module")
def trained(images, work_in, tmp_path_factory):
    """Each recipe on one device and on two: the places."""
    rows, jobs, places = images(10, n_classes=3), [], {}
    for name, recipe in RECIPES.items():
        valid = rows if recipe.needs_valid else None
        one, two = (
            ready(recipe, rows, work_in(tmp_path_factory.mktemp("trained"))) for _ in range(2)
        )
        recipe.fit(rows, valid, load_codec(one.folder), 0, one, CPU)
        jobs.append(write_job(recipe, rows, valid, 0, two, [CPU, CPU], 1))
        places[name] = one, two
    assert run_ranks(jobs) == [0, 0]
    return places


def furthest(one, two, name):
    """The largest difference between two files of weights."""
    a, b = (load_file(place.folder / name) for place in (one, two))
    assert list(a) == list(b)
    return max(float((a[key].float() - b[key].float()).abs().max()) for key in a)


@pytest.mark.parametrize("name", RECIPES)
def test_two_devices_train_what_one_does(trained, name, contents):
    one, two = trained[name]
    assert set(contents(one.folder)) == set(contents(two.folder))
    files = sorted(path.name for path in one.folder.glob("*.safetensors"))
    assert len(files) == 3
    assert max(furthest(one, two, file) for file in files) < TOLERANCE
    curves = [np.genfromtxt(p.folder / "training.csv", delimiter=",")[1:, :-1] for p in (one, two)]
    assert np.allclose(*curves, rtol=1e-4, atol=1e-5)
    labels = np.arange(30) % 3
    drawn = [
        RECIPES[name].load(p.folder, load_codec(p.folder)).sample(labels, 0, 1.0, CPU).images
        for p in (one, two)
    ]
    assert np.abs(drawn[0].astype(int) - drawn[1]).max() <= 1


def facts_of(place):
    """What each of both processes says of itself."""
    folder = place.scratch / "together"
    return [json.loads((folder / f"rank_{rank}.json").read_text()) for rank in (0, 1)]


def test_both_train_with_the_same_recipe_on_rows_of_their_own(trained):
    said = facts_of(trained["plain, a batch of nine"][1])
    assert [build(facts["generator"], "generator") for facts in said] == [PLAIN, PLAIN]
    assert [facts["rows"] for facts in said] == [[0, 4], [4, 9]]
    assert said[0]["pid"] != said[1]["pid"]


class KillAt:
    """A logger that kills the second process once, when it hears of a late enough step."""

    def __init__(self, place, step):
        self.place, self.step, self.pid = place, step, None

    def check(self):
        return None

    def open(self, folder, name):
        return contextlib.nullcontext([self])

    def log_metrics(self, row, step):
        if step >= self.step and self.pid is None:
            self.pid = facts_of(self.place)[1]["pid"]
            os.kill(self.pid, signal.SIGKILL)


def test_after_a_kill_nothing_runs_and_the_next_command_goes_on(
    images, work_in, tmp_path, contents
):
    """Killed under torchrun; the whole is, byte for byte, what was never interrupted."""
    rows = images(10, n_classes=3)
    unbroken = ready(LONG, rows, work_in(tmp_path / "unbroken"))
    place = work_in(tmp_path / "broken")
    compute = track(TWO, KillAt(place, 12), tmp_path)
    with pytest.raises(SynthliftError, match=r"ended from outside \(signal 9\).*same command"):
        fit_generator.write(rows, None, LONG, 0, place=place, compute=compute)
    for facts in facts_of(place):
        with pytest.raises(ProcessLookupError):
            os.kill(facts["pid"], 0)
    assert (place.scratch / "last_cpu.ckpt").exists()
    assert not list(place.folder.glob("*.safetensors"))
    again = write_job(LONG, rows, None, 0, place, [CPU, CPU], 1)
    jobs = [write_job(LONG, rows, None, 0, unbroken, [CPU, CPU], 1), again]
    assert run_ranks(jobs) == [0, 0]
    said = [json.loads(line) for line in (again / "events.jsonl").read_text().splitlines()]
    assert min(event["step"] for event in said if "step" in event) > 8
    assert contents(place.folder) == contents(unbroken.folder)


def test_what_is_said_last_is_heard_too(work_in, tmp_path):
    place, heard = work_in(tmp_path), []
    said = [{"progress": [20, 20]}, {"measured": {"a": math.nan}, "step": 20}]
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in said))
    told = replace(place, progress=lambda *steps: heard.append(steps))
    logger = SimpleNamespace(log_metrics=lambda row, step: heard.append((*row, step)))
    with subprocess.Popen(["true"]) as child:
        child.wait()
        _follow(child, path, told, [logger])
    assert heard == [(20, 20), ("a", 20)]


def test_the_error_of_a_process_is_the_error_of_the_stage(images, work_in, tmp_path):
    rows, place = images(10, n_classes=3), ready(PLAIN, images(10, n_classes=3), work_in(tmp_path))
    wild = replace(PLAIN, generator_optimizer=Sgd(1e30, 0.0), critic_optimizer=Sgd(1e30, 0.0))
    folder = write_job(wild, rows, None, 0, place, [CPU, CPU], 1)
    (folder / "log.txt").touch()
    assert run_ranks([folder]) == [1, 1]
    error = _failure(folder, 2, 1)
    assert isinstance(error, TrainingError)
    assert "diverged" in str(error)


def test_an_error_that_nobody_foresaw_names_the_log(tmp_path):
    said = {"kind": "KeyError", "words": "'a'", "time": 2.0}
    (tmp_path / "failed_0.json").write_text(json.dumps(said | {"time": 3.0, "words": "'late'"}))
    (tmp_path / "failed_1.json").write_text(json.dumps(said))
    (tmp_path / "log.txt").write_text("exitcode  : 1 (pid: 12)")
    error = _failure(tmp_path, 2, 1)
    assert type(error) is SynthliftError
    assert f"failed (KeyError: 'a'); what they said is in {tmp_path / 'log.txt'}" in str(error)
    assert "ended from outside (signal 9)" in str(_failure(tmp_path, 2, -signal.SIGKILL))


@pytest.mark.parametrize(
    ("recipe", "devices", "said"),
    [
        (PLAIN, 16, r"compute\.devices=16, .* 9 rows, .* enough for 9; use compute\.devices=9"),
        (PACKED, 3, r"compute\.devices=3, .* 8 rows, .* enough for 2"),
    ],
)
def test_more_devices_than_can_share_out_a_batch_are_refused(
    recipe, devices, said, images, work_in, tmp_path
):
    compute = replace(TWO, devices=devices)
    with pytest.raises(ConfigError, match=said):
        fit_generator.write(images(10), None, recipe, 0, place=work_in(tmp_path), compute=compute)


def test_a_generator_without_training_is_made_by_one_process(images, work_in, tmp_path):
    place = work_in(tmp_path)
    fit_generator.write(images(10), None, Bootstrap(0.5, 0.05), 0, place=place, compute=TWO)
    assert not any(place.scratch.iterdir())


@pytest.mark.parametrize("recipe", [PLAIN, LONG, PACKED, *RECIPES.values()])
def test_a_recipe_written_down_is_built_again(recipe):
    config = json.loads(json.dumps(to_config(recipe)))
    assert build(config, "generator") == recipe


def test_what_no_configuration_can_say_is_refused():
    with pytest.raises(TypeError, match="can't be said"):
        to_config((1, CPU))
