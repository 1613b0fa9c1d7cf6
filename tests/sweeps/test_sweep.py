"""A real sweep, 2 x 2 and tiny: what is run, what a kill leaves, what the same command redoes."""

from __future__ import annotations

import json
import shutil
from collections import Counter

import pytest
import yaml

from synthlift import workers
from synthlift.configure import experiment
from synthlift.core.store import Store
from synthlift.experiment import run_repeat
from synthlift.sweeps.records import open_sweep, read_plan, record_job
from synthlift.sweeps.sweep import close_sweep, rebuild_sweep

pytestmark = pytest.mark.usefixtures("quick_disk", "in_this_process")
ALWAYS = (
    "arm=[real,real_synthetic]",
    "metric=[accuracy]",
    "n_repeats=1",
    "generator.batch_size=4",
    "generator.log_every=2",
    "generator.checkpoint_every=2",
    "generation.n_per_class=4",
    "classifier.cnn.steps=2",
    "split.n_valid=20",
    "split.reserve=0",
)
GRID = [(f"split.n_per_class={n}", f"generator.steps={k}") for n in (2, 3) for k in (2, 3)]
COMMAND = "synthlift -m generator.steps=2,3 split.n_per_class=2,3"


class Killed(BaseException):
    """What SIGKILL does: no handler of the program sees it."""


@pytest.fixture
def made():
    """How often each stage was run."""
    return Counter()


@pytest.fixture
def in_this_process(monkeypatch, made):
    def fill(study, root, compute, watching, numbers):
        store = Store(root)
        try:
            for number in numbers:
                run_repeat(study, store, compute, number)
        finally:
            made.update(store.executed.values())
        return store.executed

    monkeypatch.setattr(workers, "fill", fill)


@pytest.fixture
def sweep(tmp_path, compose, cpu):
    """Run the jobs of the sweep as the command line does, then close it."""

    def go(folder, grid=GRID, stop=None):
        planned = [[*ALWAYS, *own] for own in grid]
        open_sweep(folder, COMMAND, planned)
        for num, overrides in enumerate(planned):
            if num == stop:
                return None
            place = folder / str(num)
            config = {**compose(*overrides), "store": str(tmp_path / "store")}
            with record_job(place, num, overrides):
                (place / "config.yaml").write_text(yaml.safe_dump(config))
                workers.run_study(experiment(config)[0], tmp_path / "store", cpu, None)
        return close_sweep(folder)

    return go


def table(folder):
    """What a sweep's report says, but for how it was made."""
    found = json.loads((folder / "report.json").read_text())
    for condition in found["conditions"]:
        condition["report"]["provenance"] = {}
    for one in found["jobs"]:
        del one["seconds"]
    return {name: value for name, value in found.items() if name != "provenance"}


def test_a_sweep_killed_among_its_jobs_is_finished_by_the_same_command(sweep, made, tmp_path):
    assert sweep(tmp_path / "first", stop=3) is None
    before = Counter(made)
    assert before["fit_generator"] == 3
    said = rebuild_sweep(tmp_path / "first")
    assert made == before, "a report runs nothing"
    assert [c.state for c in said.conditions] == ["unfinished", "unfinished"]
    assert [j.status for j in said.jobs] == ["finished"] * 3 + ["not run"]
    assert COMMAND in (tmp_path / "first" / "report.html").read_text()
    report = sweep(tmp_path / "second")
    assert [c.state for c in report.conditions] == ["finished"] * 2
    assert report.failures == report.unfinished == []
    assert made["fit_generator"] == 4 + 2, "four candidates, and the chosen one of each condition"
    again = Counter(made)
    sweep(tmp_path / "third")
    assert made == again, "nothing is redone"
    assert table(tmp_path / "third") == table(tmp_path / "second")


def test_a_sweep_killed_while_it_judges_is_finished_by_the_same_command(
    sweep, made, tmp_path, monkeypatch
):
    fill, calls = workers.fill, []

    def killed_late(study, *where):
        calls.append(study.first_repeat)
        if calls.count(1) == 2:
            raise Killed
        return fill(study, *where)

    monkeypatch.setattr(workers, "fill", killed_late)
    with pytest.raises(Killed):
        sweep(tmp_path / "first")
    monkeypatch.setattr(workers, "fill", fill)
    before = Counter(made)
    said = rebuild_sweep(tmp_path / "first")
    assert made == before
    assert [c.state for c in said.conditions] == ["finished", "unfinished"]
    assert said.conditions[1].chosen, "the choice is known"
    assert "the same command" in (tmp_path / "first" / "report.md").read_text().lower()
    report = sweep(tmp_path / "second")
    assert [c.state for c in report.conditions] == ["finished"] * 2
    assert made["fit_generator"] - before["fit_generator"] == 1
    assert made["fit_generator"] == 4 + 2


def test_a_finished_sweep_is_reported_again_byte_for_byte_without_running(sweep, made, tmp_path):
    folder = tmp_path / "sweep"
    sweep(folder, grid=GRID[:2])
    names = ("report.json", "report.md", "report.html", "sweep.csv")
    before, stages = {name: (folder / name).read_bytes() for name in names}, Counter(made)
    for name in names[1:]:
        (folder / name).unlink()
    rebuild_sweep(folder)
    assert made == stages
    for name in names:
        assert (folder / name).read_bytes() == before[name], name


def test_every_link_of_the_page_leads_to_a_file_or_to_the_job(sweep, tmp_path):
    folder = tmp_path / "sweep"
    report = sweep(folder, grid=GRID[:2])
    assert report.conditions[0].folder == "results/0"
    assert (folder / "results" / "0" / "report.html").is_file()
    assert (folder / "results" / "0" / "trials.csv").is_file()
    alone = sweep(tmp_path / "alone", grid=GRID[:1])
    assert alone.conditions[0].folder == "0"
    assert not (tmp_path / "alone" / "results").exists()


def test_a_sweep_whose_store_is_gone_says_how_to_go_on(sweep, tmp_path):
    sweep(tmp_path / "sweep", grid=GRID[:1])
    shutil.rmtree(tmp_path / "store")
    said = rebuild_sweep(tmp_path / "sweep")
    assert [c.state for c in said.conditions] == ["unfinished"]
    assert "the store lacks a part" in said.unfinished[0]


def test_a_sweep_in_which_every_job_failed_still_has_its_report(tmp_path):
    open_sweep(tmp_path, COMMAND, [["generator.steps=0"]])
    with (
        pytest.raises(ValueError, match="zero"),
        record_job(tmp_path / "0", 0, ["generator.steps=0"]),
    ):
        raise ValueError("zero steps")
    report = close_sweep(tmp_path)
    assert report.failures == ["job 0 (generator.steps=0): ValueError: zero steps"]
    assert "zero steps" in (tmp_path / "report.html").read_text()
    assert read_plan(tmp_path).jobs[0].status == "failed"
