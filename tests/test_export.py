"""Exports: the same for the same seed, whole or absent, honest about where they come from."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from filelock import FileLock
from PIL import Image

from synthlift.configure import experiment
from synthlift.core.errors import ConfigError, DataError, StoreError
from synthlift.core.store import Store
from synthlift.experiment import draw_material
from synthlift.export import FORMATS, export
from synthlift.stored import read_config, read_repeat

pytestmark = pytest.mark.usefixtures("quick_disk")
NAMES = ("a/b", "..", "<b>&\"'", "two\nlines", "=cmd|' /c calc'!A1", "\U0001f600", "Cat", "cat!")
TINY = (
    "arm=[]",
    "n_repeats=2",
    "split.n_per_class=3",
    "split.n_valid=8",
    "split.reserve=0",
    "generator.steps=2",
    "generator.batch_size=4",
    "generator.network.channels=4",
    "generation.n_per_class=4",
    "compute.accelerator=cpu",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory, compose):
    """The folder of a run on eight classes with hostile names that was ended after one repeat."""
    folder = tmp_path_factory.mktemp("export")
    rng = np.random.default_rng(0)
    labels = np.arange(160) % len(NAMES)
    pixels = rng.integers(0, 256, (160, 8, 8)).astype(np.uint8)
    np.savez(folder / "given.npz", images=pixels, labels=labels, class_names=np.array(NAMES))
    words = ("dataset=npz", f"dataset.path={folder / 'given.npz'}", *TINY)
    config = compose(*words, f"store={folder / 'store'}")
    study, compute = experiment(config)
    draw_material(study, Store(folder / "store"), compute, 0)
    (folder / "config.yaml").write_text(
        yaml.safe_dump({**config, "command": "synthlift again"}, sort_keys=False)
    )
    return folder


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def arrays_of(folder):
    with np.load(folder / "data.npz", allow_pickle=False) as read:
        return {name: read[name] for name in read.files}


@pytest.mark.parametrize("to", FORMATS)
def test_the_same_seed_gives_the_same_files(run, tmp_path, to):
    for name in ("one", "two"):
        export(run, to, 3, tmp_path / name)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert sorted(os.listdir(tmp_path)) == ["one", "two"]


def test_another_seed_gives_other_samples(run, tmp_path):
    one, two = (export(run, "npz", 3, tmp_path / str(seed), seed=seed) for seed in (0, 1))
    assert (arrays_of(one)["images"] != arrays_of(two)["images"]).any()


def test_a_short_export_is_the_beginning_of_a_long_one(run, tmp_path):
    sizes = (1, 5, 17, 40)  # a block has 16 of each class
    made = [arrays_of(export(run, "npz", n, tmp_path / str(n))) for n in sizes]
    for n, arrays in zip(sizes, made, strict=True):
        assert np.bincount(arrays["labels"]).tolist() == [n] * len(NAMES)
        assert (arrays["images"] == made[-1]["images"][: n * len(NAMES)]).all()
        assert (arrays["labels"] == made[-1]["labels"][: n * len(NAMES)]).all()


def test_a_longer_image_folder_has_the_files_of_a_shorter_one(run, tmp_path):
    few, many = (files_of(export(run, "imagefolder", n, tmp_path / str(n))) for n in (2, 20))
    pictures = {name for name in few if name.endswith(".png")}
    assert len(pictures) == 2 * len(NAMES)
    assert all(many[name] == few[name] for name in pictures)


def test_all_formats_hold_the_same_samples(run, tmp_path):
    images = arrays_of(export(run, "npz", 2, tmp_path / "npz"))["images"]
    folder = export(run, "imagefolder", 2, tmp_path / "folder")
    with (folder / "metadata.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    read = [np.asarray(Image.open(folder / row["file_name"])) for row in rows]
    assert (np.stack(read) == images).all()


def test_hostile_names_stay_inside_and_round_trip(run, tmp_path):
    folder = export(run, "imagefolder", 2, tmp_path / "out")
    entries = json.loads((folder / "classes.json").read_text())
    assert tuple(entry["name"] for entry in entries) == NAMES
    for entry in entries:
        here = folder / entry["folder"]
        assert here.resolve().parent == folder
        assert len(list(here.glob("*.png"))) == 2
    assert sorted(os.listdir(tmp_path)) == ["out"]
    with (folder / "metadata.csv").open(newline="") as file:
        for row in csv.reader(file):
            assert row[0][0].isalnum()
    body = (folder / "README.md").read_text().split("---\n", 2)[2]
    assert "\\<b\\>" in body
    assert "<b>" not in body
    assert "two\nlines" not in body


def test_the_card_says_what_the_samples_are(run, tmp_path):
    card = (export(run, "npz", 2, tmp_path / "out") / "README.md").read_text()
    front = yaml.safe_load(card.split("---\n")[1])
    assert front["license"] == "unknown"
    assert front["task_categories"] == ["image-classification"]
    assert front["size_categories"] == ["n<1K"]
    found = read_repeat(run, 0)
    for said in (
        "16 synthetic samples",
        "trained on 24 real rows of npz",
        f"split {found.material.rows.train.key}",
        "No test row and no validation row was used to train it",
        "synthlift export RUN --to npz --n-per-class 2 --repeat 0 --seed 0 --out DIR",
        "synthlift again",
        "steps: 2",
        "licence of the real data is unknown",
        "torch 2",
    ):
        assert said in card
    scores = found.material.measured.read().scores
    assert "Label adherence was not measured" in card or f"{scores['label_adherence']:.3f}" in card
    assert f"Copies {scores['copies']:.3f}" in card


def test_croissant_metadata_names_every_file_with_its_sha256(run, tmp_path):
    from synthlift.core.manifest import digest

    for to in FORMATS:
        folder = export(run, to, 2, tmp_path / to)
        document = json.loads((folder / "croissant.json").read_text())
        assert document["conformsTo"] == "http://mlcommons.org/croissant/1.0"
        objects = [f for f in document["distribution"] if f["@type"] == "cr:FileObject"]
        assert objects
        for entry in objects:
            assert entry["sha256"] == digest(folder / entry["contentUrl"])
        (classes, *_) = document["recordSet"]
        assert [row["classes/name"] for row in classes["data"]] == list(NAMES)
        assert "No test row" in document["description"]


def test_a_study_of_the_command_line_is_exported(smoke, tmp_path):
    said = []
    out = export(
        smoke.run, "npz", 20, tmp_path / "out", 1, progress=lambda *done: said.append(done)
    )
    assert len(arrays_of(out)["labels"]) == 200
    assert said[0] == (0, 200)
    assert said[-1] == (200, 200)
    assert "Label adherence 0." in (out / "README.md").read_text()


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"to": "zip"}, "--to is imagefolder, npz, csv, parquet"),
        ({"n_per_class": 0}, "--n-per-class is at least 1"),
        ({"seed": -1}, "--seed is at least 0"),
        ({"repeat": 2}, "repeats 0 to 1"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_written(run, tmp_path, change, remedy):
    asked = {"to": "npz", "n_per_class": 2, "out": tmp_path / "out", **change}
    with pytest.raises(ConfigError, match=remedy):
        export(run, **asked)
    assert os.listdir(tmp_path) == []


def test_nothing_is_overwritten(run, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is not empty"):
        export(run, "npz", 2, kept)
    with pytest.raises(ConfigError, match="is a file"):
        export(run, "npz", 2, kept / "mine.txt")
    assert files_of(tmp_path) == {"kept/mine.txt": b"mine"}
    (tmp_path / "empty").mkdir()
    assert (export(run, "npz", 2, tmp_path / "empty") / "data.npz").exists()


def test_a_folder_that_is_no_run_is_named(run, tmp_path):
    with pytest.raises(ConfigError, match=r"no config\.yaml"):
        export(tmp_path / "nowhere", "npz", 2, tmp_path / "out")
    with pytest.raises(ConfigError, match=f"the runs in it are .*{run.name}"):
        read_config(run.parent)
    (tmp_path / "config.yaml").write_text("- [")
    with pytest.raises(ConfigError, match="damaged"):
        read_config(tmp_path)
    (tmp_path / "config.yaml").write_text("store: 3")
    with pytest.raises(ConfigError, match="no configuration of a run"):
        read_config(tmp_path)


def test_a_run_without_a_generator_is_told_what_to_run(run, tmp_path, compose):
    config = compose("arm=[real]", f"store={run / 'store'}")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    with pytest.raises(ConfigError, match="trained no generator"):
        export(tmp_path, "npz", 2, tmp_path / "out")


def test_data_that_have_moved_are_named_with_the_place_to_say_so(run, tmp_path):
    config = read_config(run)
    config["dataset"] = {**config["dataset"], "path": str(tmp_path / "moved.npz")}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    with pytest.raises(DataError, match=r"moved.npz.*say where they are in .*config.yaml"):
        export(tmp_path, "npz", 2, tmp_path / "out")


def test_a_store_that_lost_the_generator_names_the_command_that_makes_it(run, tmp_path, linked):
    store = linked(run / "store", tmp_path / "store")
    shutil.rmtree(store / "fit_generator")
    config = {**read_config(run), "store": str(store)}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    with pytest.raises(StoreError, match=r"fit_generator, where it was started: synthlift again"):
        export(tmp_path, "npz", 2, tmp_path / "out")
    with pytest.raises(StoreError, match=r"repeat 1.*where it was started: synthlift again"):
        export(run, "npz", 2, tmp_path / "out", repeat=1)  # it never came so far
    shutil.rmtree(store)
    with pytest.raises(StoreError, match="is no folder; bring it back, or run this again"):
        export(tmp_path, "npz", 2, tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["config.yaml"]


def test_a_full_disk_is_one_message_and_leaves_nothing(run, tmp_path, monkeypatch):
    class Full(type(FORMATS["npz"])):
        def write(self, folder, schema, n, chunks):
            next(iter(chunks))
            (folder / "data.npz").write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setitem(FORMATS, "npz", Full())
    with pytest.raises(StoreError, match="No space left on device; make room"):
        export(run, "npz", 2, tmp_path / "out")
    assert os.listdir(tmp_path) == []


def test_a_disk_too_small_is_refused_before_anything_is_drawn(run, tmp_path):
    with pytest.raises(StoreError, match=r"may take [\d,]+ bytes, and [\d,]+ are free"):
        export(run, "npz", 10**12, tmp_path / "out")
    assert os.listdir(tmp_path) == []


def test_a_folder_that_can_not_be_made_is_one_message(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't write the export"):
        export(run, "npz", 2, tmp_path / "file" / "out")


def test_a_limit_of_the_system_is_one_message_and_leaves_nothing(run, tmp_path):
    """A file that grows beyond what the system allows fails in the middle of the writing."""
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from synthlift.core.errors import StoreError; from synthlift.export import export\n"
        "import torch, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))\n"
        "try: export(Path(sys.argv[1]), 'npz', 200, Path(sys.argv[2]))\n"
        "except StoreError as error: print(error)\n"
    )
    words = [sys.executable, "-c", code, str(run), str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "File too large; make room" in done.stdout
    assert os.listdir(tmp_path) == []


def test_a_killed_export_leaves_no_target_and_the_next_one_clears_up(run, tmp_path):
    code = (
        "import os, sys; from pathlib import Path\n"
        "from synthlift.export import export\n"
        "def die(done, total):\n"
        "    if done: os.kill(os.getpid(), 9)\n"
        "export(Path(sys.argv[1]), 'imagefolder', 40, Path(sys.argv[2]), progress=die)\n"
    )
    words = [sys.executable, "-c", code, str(run), str(tmp_path / "out")]
    assert subprocess.run(words, capture_output=True).returncode == -9
    assert os.listdir(tmp_path) == [".out.partial"]
    export(run, "imagefolder", 2, tmp_path / "out")
    assert os.listdir(tmp_path) == ["out"]
    assert len(list((tmp_path / "out").rglob("*.png"))) == 2 * len(NAMES)
    assert not list((tmp_path / "out").glob(".*"))


def test_two_exports_into_one_folder_do_not_mix(run, tmp_path):
    busy = tmp_path / ".out.partial"
    busy.mkdir()
    (busy / "half.png").write_bytes(b"half")
    with (
        FileLock(busy / ".lock"),
        pytest.raises(ConfigError, match="another export writes"),
    ):
        export(run, "npz", 2, tmp_path / "out")
    assert (busy / "half.png").exists()


def test_a_format_that_does_not_fit_says_what_does(run, tmp_path, monkeypatch):
    class Never(type(FORMATS["npz"])):
        def check(self, schema):
            return "npz holds nothing today"

    monkeypatch.setitem(FORMATS, "npz", Never())
    with pytest.raises(ConfigError, match=r"what fits: --to imagefolder or csv or parquet"):
        export(run, "npz", 2, tmp_path / "out")


def test_a_run_that_ended_after_its_generator_is_exported_and_said_to_be_unmeasured(
    run, tmp_path, linked
):
    store = linked(run / "store", tmp_path / "store")
    shutil.rmtree(store / "measure")
    shutil.rmtree(store / "generate")
    config = {**read_config(run), "store": str(store)}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    out = export(tmp_path, "npz", 2, tmp_path / "out")
    assert arrays_of(out)["images"].tolist() == (
        arrays_of(export(run, "npz", 2, tmp_path / "whole"))["images"].tolist()
    )
    card = (out / "README.md").read_text()
    assert "Label adherence was not measured." in card
    assert "Copies were not measured." in card


def test_an_export_needs_no_more_than_the_folder_of_the_run(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert export(run, "csv", 1, Path("here")) == tmp_path / "here"
