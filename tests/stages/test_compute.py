from dataclasses import replace

import pytest
import torch

from synthlift.core.errors import ConfigError
from synthlift.core.store import Store, stage
from synthlift.stages.compute import Compute

CPU = Compute("cpu", 0, None, 1)


@stage(version=1, read=lambda folder, *inputs: None)
def anything(seed: int, *, place, compute) -> None:
    (place.folder / "a").write_text("a")


def test_the_cpu_is_there_with_the_threads_asked_for():
    assert CPU.prepare() == torch.device("cpu")
    assert torch.get_num_threads() == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_auto_is_the_cpu_where_there_is_nothing_else():
    assert replace(CPU, accelerator="auto").prepare() == torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_where_there_is_none_is_refused_with_the_remedy():
    with pytest.raises(ConfigError, match=r"no CUDA device.*compute\.accelerator=cpu"):
        replace(CPU, accelerator="cuda").prepare()


@pytest.mark.parametrize(("workers", "n_repeats", "n"), [(3, 6, 3), (8, 2, 2), (1, 6, 1)])
def test_there_are_no_more_workers_than_repeats(workers, n_repeats, n):
    assert replace(CPU, workers=workers).n_workers(n_repeats) == n


def test_null_workers_are_at_least_one():
    assert 1 <= CPU.n_workers(6) <= 6


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"accelerator": "tpu"}, "accelerator"),
        ({"threads": 0}, "threads"),
        ({"workers": 0}, "workers"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(wrong, said):
    with pytest.raises(ValueError, match=f"compute.{said}"):
        replace(CPU, **wrong)


def test_what_it_runs_on_is_no_part_of_a_key(tmp_path):
    store = Store(tmp_path)
    keys = {store.run(anything, 0, compute=replace(CPU, threads=n)).key for n in (1, 2)}
    assert len(keys) == 1
