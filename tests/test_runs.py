"""Where a run finds its files again."""

from __future__ import annotations

from synthlift.runs import _from_anywhere


def test_paths_are_kept_absolute_and_the_home_folder_is_spelt_out(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    config = {"dataset": {"root": "~/photos", "group_csv": None}, "store": "store"}
    assert _from_anywhere(config) == {
        "dataset": {"root": f"{tmp_path}/photos", "group_csv": None},
        "store": f"{tmp_path}/store",
    }
