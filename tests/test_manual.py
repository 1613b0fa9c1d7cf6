"""The help page: every group, option and setting in the words of its own yaml, without imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from synthlift import manual
from synthlift.cli import COMMANDS, USAGES
from synthlift.core.errors import ConfigError

CONF = Path(__file__).parents[1] / "conf"
YAMLS = sorted(CONF.glob("*/*.yaml"))
GROUPS = {group.name: group for group in manual.groups((CONF / "config.yaml").read_text())}


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    return manual.manual(USAGES, ["--help"])


def test_every_group_is_explained():
    assert set(GROUPS) == {path.parent.name for path in YAMLS}
    assert [group.name for group in GROUPS.values() if not group.words] == []


@pytest.mark.parametrize("path", YAMLS, ids=lambda path: f"{path.parent.name}={path.stem}")
def test_every_option_says_in_its_first_line_what_it_is(path):
    assert manual.first_comment(path).endswith((".", "?"))
    assert len(manual.first_comment(path)) <= 120


def test_the_page_holds_every_group_option_and_setting(page):
    words = page.split()
    assert {name for path in YAMLS for name in [path.stem]} - set(words) == set()
    assert {f"{name}:" for name in GROUPS if not GROUPS[name].many} - set(words) == set()
    assert {f"{name}=[...]:" for name in GROUPS if GROUPS[name].many} - set(words) == set()
    assert {"n_repeats=null", "seed=0", "store=outputs/store"} - set(words) == set()


def test_what_is_taken_by_default_is_marked(page):
    assert "\n  * cgan " in page
    assert "\n    smoke " in page
    assert "\n    mlp " in page
    assert GROUPS["arm"].many
    assert "real_synthetic" in GROUPS["arm"].chosen


def test_every_command_is_on_it(page):
    assert [name for name in COMMANDS if f"synthlift {name}" not in page] == []


def test_no_line_is_wider_than_the_terminal(page):
    assert max(map(len, page.splitlines())) <= 100


def test_an_option_that_is_named_is_shown_with_its_settings():
    text = manual.manual(USAGES, ["generator=cgan", "--help"])
    assert "half_life: 500 " in text
    assert "arm=placebo" in manual.manual(USAGES, ["arm=[real,placebo]"])


def test_an_option_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean generator=cgan"):
        manual.manual(USAGES, ["generator=cgam"])


def test_yamls_of_ones_own_are_on_it_too(synthlift, tmp_path):
    (tmp_path / "arm").mkdir()
    (tmp_path / "arm" / "mine.yaml").write_text("# My own arm.\nmine: {}\n")
    said = synthlift("--help", "--config-dir", tmp_path)
    assert said.code == 0
    assert "mine" in said.out
    assert "My own arm." in said.out


def test_help_and_version_import_nothing_heavy():
    code = """
import sys
from synthlift.cli import main
main([sys.argv[1]])
print(sorted({"hydra", "numpy", "pandas", "rich", "torch"} & set(sys.modules)))
"""
    for word in ("--help", "-h", "--version"):
        said = subprocess.check_output([sys.executable, "-c", code, word], text=True)
        assert said.splitlines()[-1] == "[]"
