"""What a wheel carries: every package, yaml and template; one left out vanishes silently."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE, CONF = ROOT / "src" / "synthlift", ROOT / "conf"
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


def test_the_packages_listed_are_the_folders_that_are_packages() -> None:
    folders = (path.parent.relative_to(SOURCE.parent) for path in SOURCE.rglob("__init__.py"))
    found = {".".join(folder.parts) for folder in folders}
    assert set(SETUPTOOLS["packages"]) == found | {"synthlift.conf"}
    assert len(SETUPTOOLS["packages"]) == len(set(SETUPTOOLS["packages"]))


def test_no_module_lies_in_a_folder_that_is_no_package() -> None:
    folders = {path.parent for path in SOURCE.rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_conf_is_a_package() -> None:
    assert (CONF / "__init__.py").exists()


@pytest.fixture(scope="module")
def wheel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy so that no build folder is left among the sources."""
    if find_spec("setuptools") is None or find_spec("build") is None:
        pytest.skip("setuptools or build is not installed; without a network none can be fetched")
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", "conf"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "made", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (folder / "made").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def wheel(wheel_file: Path) -> set[str]:
    """The names in it."""
    with zipfile.ZipFile(wheel_file) as archive:
        return set(archive.namelist())


def test_a_wheel_carries_every_yaml(wheel: set[str]) -> None:
    wanted = {f"synthlift/conf/{p.relative_to(CONF).as_posix()}" for p in CONF.rglob("*.yaml")}
    assert wanted - wheel == set()
    assert "synthlift/conf/__init__.py" in wheel


def test_a_wheel_carries_every_file_of_the_source(wheel: set[str]) -> None:
    files = (p for p in SOURCE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    wanted = {f"synthlift/{p.relative_to(SOURCE).as_posix()}" for p in files}
    assert wanted - wheel == set()


def test_a_wheel_carries_nothing_else(wheel: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {"synthlift"}
    suffixes = {Path(name).suffix for name in wheel if ".dist-info/" not in name}
    assert suffixes <= {".py", ".typed", ".yaml", ".html", ".css"}


TINY = (
    "n_repeats=1",
    "generator.steps=2",
    "generator.batch_size=4",
    "classifier.cnn.steps=2",
    "compute.accelerator=cpu",
    "compute.workers=1",
)


def test_an_installed_wheel_runs_a_study_from_another_folder(
    wheel_file: Path, tmp_path: Path
) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", str(installed), str(wheel_file)], check=True)
    command = [sys.executable, str(installed / "bin" / "synthlift")]
    told = {"cwd": elsewhere, "env": {**os.environ, "PYTHONPATH": str(installed)}}
    asked = [*command, "experiment=smoke", "arm=[]", *TINY, "hydra.run.dir=run"]
    done = subprocess.run(asked, capture_output=True, text=True, **told)
    assert done.returncode == 0, done.stderr
    report = json.loads((elsewhere / "run" / "report.json").read_text())
    assert report["dataset"] == "digits"
    assert (elsewhere / "outputs" / "store" / "fit_generator").is_dir()
    code = "import synthlift, synthlift.conf; print(synthlift.__file__, synthlift.conf.__file__)"
    homes = subprocess.check_output([sys.executable, "-c", code], text=True, **told).split()
    assert all(Path(home).is_relative_to(installed) for home in homes)
