import os
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from synthlift.core.errors import ConfigError
from synthlift.core.store import Store, stage
from synthlift.loggers.csv import Csv
from synthlift.stages import compute as module
from synthlift.stages import lease
from synthlift.stages.compute import Compute, track

CPU = Compute("cpu", None, None, 1)
GPU = replace(CPU, accelerator="auto")


@stage(version=1, read=lambda folder, *inputs: None)
def anything(seed: int, *, place, compute) -> None:
    (place.folder / "a").write_text("a")


@pytest.fixture
def two_gpus(monkeypatch, tmp_path):
    """A machine that has two."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda i: SimpleNamespace(uuid=f"GPU-{i}/{i}")
    )
    monkeypatch.setattr(module, "DRIVERS", ("/",))
    monkeypatch.setattr(lease.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)))


def test_the_cpu_is_there_with_the_threads_asked_for():
    with CPU.use() as device:
        assert device == torch.device("cpu")
    assert torch.get_num_threads() == 1


def test_on_the_cpu_several_processes_train_together_without_a_lease(monkeypatch):
    monkeypatch.setattr(module, "lease", None)
    with replace(CPU, devices=2).use_all() as devices:
        assert devices == (torch.device("cpu"),) * 2


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_auto_is_the_cpu_where_there_is_nothing_else():
    with GPU.use() as device:
        assert device == torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_where_there_is_none_is_refused_with_the_remedy():
    with (
        pytest.raises(ConfigError, match=r"no CUDA device.*compute\.accelerator=cpu"),
        replace(CPU, accelerator="cuda").use(),
    ):
        pass


@pytest.mark.usefixtures("two_gpus")
def test_a_gpu_is_leased_while_the_work_lasts():
    names = module.gpu_names()
    with GPU.use() as device, GPU.use() as again:
        assert device == again == torch.device("cuda", 0)
        assert lease.free_places(names, 1) == [0, 1]
        with replace(GPU, device=1).use() as other:
            assert other == torch.device("cuda", 1)
    assert lease.free_places(names, 1) == [1, 1]
    with replace(GPU, devices=2).use_all() as devices:
        assert sorted(device.index for device in devices) == [0, 1]
        assert lease.free_places(names, 1) == [0, 0]


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"device": 2}, r"compute\.device=2, but there are 2 GPUs, counted from 0"),
        ({"devices": 4}, r"compute\.devices=4, but there are 2 GPUs"),
    ],
)
def test_a_gpu_that_is_not_there_is_refused(wrong, said):
    with pytest.raises(ConfigError, match=said), replace(GPU, **wrong).use_all():
        pass


@pytest.mark.parametrize(("workers", "n_repeats", "n"), [(3, 6, 3), (8, 2, 2), (1, 6, 1)])
def test_there_are_no_more_workers_than_repeats(workers, n_repeats, n):
    assert replace(CPU, workers=workers).n_workers(n_repeats) == n


@pytest.mark.parametrize(
    ("changed", "n"),
    [
        ({}, 8),
        ({"threads": 4}, 4),
        ({"jobs": 4}, 4),
        ({"devices": 4}, 4),
        ({"threads": 2, "jobs": 4}, 2),
        ({"jobs": 50}, 1),
        ({"accelerator": "auto"}, 2),
        ({"accelerator": "auto", "device": 1}, 1),
        ({"accelerator": "auto", "share": 3}, 6),
        ({"accelerator": "auto", "share": 3, "jobs": 2}, 3),
        ({"accelerator": "auto", "jobs": 4}, 1),
    ],
)
@pytest.mark.usefixtures("two_gpus")
def test_null_workers_are_as_many_as_have_a_core_and_a_place(changed, n):
    """On 16 cores and two GPUs, with 8 repeats."""
    assert replace(CPU, **changed).n_workers(8) == n


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"accelerator": "tpu"}, "accelerator"),
        ({"threads": 0}, r"workers and compute\.threads"),
        ({"workers": 0}, "workers"),
        ({"devices": 0}, "devices"),
        ({"share": 0}, r"devices and compute\.share"),
        ({"devices": 2, "device": 1}, r"devices=2.* compute\.device=1 .* compute\.device=null"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(wrong, said):
    with pytest.raises(ValueError, match=f"compute.{said}"):
        replace(CPU, **wrong)


def test_what_it_runs_on_is_no_part_of_a_key(tmp_path):
    store = Store(tmp_path)
    keys = {store.run(anything, 0, compute=replace(CPU, threads=n)).key for n in (1, 2)}
    assert len(keys) == 1


def test_what_is_recorded_says_the_devices_and_no_more_with_loggers(tmp_path):
    compute = replace(CPU, devices=2, jobs=3, rotation=1)
    tracked = track(compute, Csv(), tmp_path)
    assert (tracked.jobs, tracked.rotation) == (3, 1)
    assert repr(tracked) == repr(compute)
    assert "devices=2" in repr(compute)
    assert "rotation" not in repr(compute)
