"""Four files, each whole or as it was before."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from synthlift.core.errors import StoreError
from synthlift.core.results import Report
from synthlift.report.write import write_report

FILES = ["report.html", "report.json", "report.md", "trials.csv"]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_four_files_are_written_and_nothing_else(make, tmp_path):
    exhibit = make.make_exhibit(tmp_path / "grids")
    write_report(make.make_report(), make.make_trials(), [exhibit], tmp_path / "run")
    assert names(tmp_path / "run") == FILES


@pytest.mark.parametrize("n_repeats", [2, 6])
def test_json_is_the_contract_and_round_trips(make, tmp_path, n_repeats):
    report = make.make_report(classes=make.HOSTILE, n_repeats=n_repeats)
    write_report(report, [], [], tmp_path)
    fields = json.loads((tmp_path / "report.json").read_text())
    wanted = "schema dataset modality n_classes n_repeats n_valid regime arms by_classifier lifts"
    assert {*wanted.split(), "per_class", "fidelity", "warnings", "provenance"} <= set(fields)
    assert fields["schema"] == 1
    assert fields["n_classes"] == len(make.HOSTILE)
    assert fields["arms"] == fields["by_classifier"]["cnn"]
    assert {"mean", "low", "high"} == set(fields["arms"]["real"]["accuracy"])
    lift = "arm baseline classifier metric mean low high p n primary verdict sentence"
    assert set(lift.split()) <= set(fields["lifts"][0])
    assert {"class", "arm", "classifier", "recall", "lift", "p"} <= set(fields["per_class"][0])
    assert Report.from_json(fields) == report


def test_a_number_that_is_not_finite_leaves_the_old_files(make, tmp_path):
    write_report(make.make_report(), [], [], tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_report(replace(make.make_report(), fidelity={"x": float("nan")}), [], [], tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == before


def test_a_failed_rename_leaves_the_old_file_and_no_litter(make, tmp_path, monkeypatch):
    write_report(make.make_report(), [], [], tmp_path)
    before = (tmp_path / "report.json").read_bytes()

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StoreError, match=r"report\.json: No space left .* bytes are needed.*dir="):
        write_report(make.make_report(n_repeats=2), [], [], tmp_path)
    assert (tmp_path / "report.json").read_bytes() == before
    assert names(tmp_path) == FILES


def test_a_folder_that_is_a_file_is_named(make, tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(StoreError, match="run"):
        write_report(make.make_report(), [], [], tmp_path / "run")


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_a_grid_that_is_absent_or_damaged_is_named(make, tmp_path, content):
    exhibit = make.make_exhibit(tmp_path)
    exhibit.grids[0].unlink()
    if content is not None:
        exhibit.grids[0].write_bytes(content)
    with pytest.raises(StoreError, match=r"000000\.png"):
        write_report(make.make_report(), [], [exhibit], tmp_path / "run")
