"""The help page: every group, option and setting in the words of its own yaml, without imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from synthlift import catalog, manual
from synthlift.cli import COMMANDS, USAGES
from synthlift.core.errors import ConfigError

CONF = Path(__file__).parents[1] / "conf"
YAMLS = sorted(p for p in CONF.glob("*/**/*.yaml") if "hydra" not in p.relative_to(CONF).parts)
GROUPS = {group.name: group for group in catalog.groups((CONF / "config.yaml").read_text())}


def group_of(path):
    return path.parent.relative_to(CONF).as_posix()


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    return manual.manual(USAGES, ["--help"])


def test_every_group_is_explained():
    assert set(GROUPS) == {path.relative_to(CONF).parts[0] for path in YAMLS}
    assert [group.name for group in GROUPS.values() if not group.words] == []


def test_every_group_within_an_option_is_explained_by_the_default_one(page):
    within = {name for name in map(group_of, YAMLS) if "/" in name}
    explained = catalog.inner("generator", "cgan", catalog.folders())
    assert {f"generator/{name}" for name, group in explained.items() if group.words} == within
    assert [name for name in within if f"\n{name}: " not in page] == []


@pytest.mark.parametrize("path", YAMLS, ids=lambda path: f"{group_of(path)}={path.stem}")
def test_every_option_says_in_its_first_line_what_it_is(path):
    assert catalog.first_comment(path).endswith((".", "?"))
    assert len(catalog.first_comment(path)) <= 120


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


def test_an_option_is_shown_with_the_choices_within_it():
    _, _, within = manual.manual(USAGES, ["generator=mlp_small"]).partition("Choices within it")
    assert "\n  generator/penalty=r1_strong " in within
    assert "gradient_penalty" in within
    assert "Choices within it" not in manual.manual(USAGES, ["generator=bootstrap"])
    assert "weight: 10.0" in manual.manual(USAGES, ["generator/penalty=gradient_penalty"])


def test_a_group_is_shown_alone_with_what_takes_it(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    page = manual.manual(USAGES, ["generator/loss"])
    assert "\n  * hinge " in page
    assert "wasserstein" in page
    assert "of acgan, cgan" in page
    assert "dataset" not in page
    assert "generator/loss: " in manual.manual(USAGES, ["--help", "generator"])


@pytest.mark.parametrize("word", ["generator/los", "loss", "generator.loss"])
def test_a_group_that_is_not_there_is_refused_with_the_nearest(word):
    with pytest.raises(ConfigError, match=r"did you mean generator/loss=\.\.\.\?"):
        manual.manual(USAGES, [word])


@pytest.mark.parametrize("word", ["doctor", "report", "n_repeats=3", "generator.steps=3", "-m"])
def test_a_word_that_names_no_choice_is_answered_with_the_page(word, page):
    assert manual.manual(USAGES, [word, "--help"]) == page


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
