"""What the doctor finds: faults with their remedy, and a study that runs where it finds none."""

from __future__ import annotations

import sys
from importlib import metadata
from types import SimpleNamespace

import pytest

from synthlift import doctor
from synthlift.allowlist import TRUST
from synthlift.stages import lease


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor")
    return list(doctor.examine(folder / "not" / "yet")), folder


def about(findings, topic):
    return [finding for finding in findings if finding.topic == topic]


def test_every_topic_is_looked_at_and_nothing_is_left_behind(healthy):
    findings, folder = healthy
    topics = {"python", "packages", "torch", "cpu", "study", "store", "runs", "sweeps", "logger"}
    assert topics <= {finding.topic for finding in findings}
    assert list(folder.iterdir()) == []


def test_where_these_tests_run_a_study_runs(healthy):
    assert [str(f) for f in healthy[0] if f.mark == "fault" and f.topic != "runs"] == []
    assert about(healthy[0], "torch")[0].words.endswith("belong together")


def test_launchers_and_sweepers_are_named_with_the_setting_or_the_remedy(healthy, monkeypatch):
    words = " ".join(finding.words for finding in about(healthy[0], "sweeps"))
    assert "basic launcher" in words
    assert all(setting in words for setting in doctor.PLUGINS.values())
    names = ["hydra_joblib_launcher", "hydra_rq_launcher"]
    found = [SimpleNamespace(name=name) for name in names]
    monkeypatch.setattr(doctor.pkgutil, "iter_modules", lambda places: found)
    marks = {finding.words: finding.mark for finding in doctor._plugins()}
    assert marks["hydra/launcher=joblib"] == "ok"
    assert marks["hydra/sweeper=optuna needs pip install hydra-optuna-sweeper"] == "note"
    assert marks["installed, but not supported: hydra_rq_launcher"] == "note"


def test_the_doctor_says_which_gpu_a_study_would_get(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "gpu_names", lambda: ["a", "b"])
    monkeypatch.setattr(lease.tempfile, "gettempdir", lambda: str(tmp_path))
    with lease.lease(["a", "b"]):
        assert doctor._lease().words.endswith("gets GPU 1")
        with lease.lease(["a", "b"], 2):
            assert doctor._lease().words.startswith("each GPU is at work")
    assert doctor._lease().words.startswith("GPU 0, 1 is free")


def test_a_missing_and_an_old_package_are_faults_with_the_command(monkeypatch):
    needs = ["numpy>=999", "nothing-of-this-name>=1", "torch", "mlflow>=2; extra == 'track'"]
    monkeypatch.setattr(metadata, "requires", lambda package: needs)
    faults = [f.words for f in doctor._packages() if f.mark == "fault"]
    assert len(faults) == 2
    assert faults[0].startswith("numpy is ")
    assert "pip install 'numpy>=999'" in faults[0]
    assert "nothing-of-this-name is missing" in faults[1]


def test_a_torchvision_that_does_not_belong_to_torch_is_a_fault(monkeypatch):
    def refuse(name):
        raise RuntimeError("operator torchvision::nms does not exist\nmore")

    monkeypatch.setattr(doctor, "importlib", SimpleNamespace(import_module=refuse))
    found = doctor._pair(SimpleNamespace(__version__="2.15.0"))
    assert found.mark == "fault"
    assert "do not belong together (operator torchvision::nms does not exist)" in found.words
    assert "pip install --force-reinstall torch torchvision" in found.words


def test_a_torch_that_cannot_be_imported_is_a_fault(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    (found,) = doctor._torch()
    assert found.mark == "fault"


@pytest.mark.parametrize(
    ("cuda", "visible", "said"),
    [
        (None, None, "for the CPU only"),
        ("13.2", None, "update the driver"),
        ("13.2", "", "CUDA_VISIBLE_DEVICES"),
    ],
)
def test_a_gpu_that_torch_cannot_use_is_noted_with_the_reason(monkeypatch, cuda, visible, said):
    monkeypatch.setattr(doctor, "_driver", lambda: ", driver 580.1")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = doctor._no_gpu(SimpleNamespace(version=SimpleNamespace(cuda=cuda)))
    assert found.mark == "note"
    assert said in found.words


def test_a_folder_that_cannot_be_written_is_a_fault_with_the_setting(tmp_path):
    (tmp_path / "file").write_text("")
    (found,) = doctor._folder("store", tmp_path / "file" / "store", "store=PATH")
    assert found.mark == "fault"
    assert str(tmp_path / "file" / "store") in found.words
    assert found.words.endswith("store=PATH")


def test_little_room_and_little_memory_are_noted(monkeypatch, tmp_path):
    usage = SimpleNamespace(free=doctor.GIB // 2)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage)
    (found,) = doctor._folder("store", tmp_path, "store=PATH")
    assert (found.mark, "0.5 GiB free" in found.words) == ("note", True)
    monkeypatch.setattr(doctor, "_free_memory", lambda: doctor.GIB // 2)
    memory = about(doctor._machine(), "memory")[0]
    assert memory.mark == "note"
    assert memory.words.endswith("compute.workers=1")


def test_variables_that_matter_are_named(monkeypatch):
    monkeypatch.setenv(TRUST, "mylab")
    assert any("mylab" in finding.words for finding in doctor._variables())


def test_the_exit_status_is_that_of_the_faults(synthlift, monkeypatch):
    fault = doctor.Finding("fault", "store", "can't be written")
    fine = doctor.Finding("ok", "python", "3.11")
    monkeypatch.setattr(doctor, "examine", lambda store: iter([fine, fault]))
    said = synthlift("doctor")
    assert said.code == 1
    assert said.out.splitlines() == [
        "ok     python     3.11",
        "fault  store      can't be written",
    ]
    monkeypatch.setattr(doctor, "examine", lambda store: iter([fine]))
    assert synthlift("doctor", "--store", "x").code == 0
