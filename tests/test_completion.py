"""What the tab key offers, as Hydra's own script asks for it."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from synthlift.cli import COMMANDS
from synthlift.completion import offers


@pytest.mark.parametrize(
    ("line", "ours", "more"),
    [
        ("synthlift", [], True),
        ("synthlift ", list(COMMANDS), True),
        ("synthlift do", ["doctor"], True),
        ("synthlift report ", [], False),
        ("synthlift gen", ["generator=", "generator/"], True),
        ("synthlift generator=cgan generator/lo", [], True),
        ("synthlift -m generator/loss=hinge,was", ["generator/loss=hinge,wasserstein"], False),
        ("synthlift -m generator=cgan,mlp_s", ["generator=cgan,mlp_small"], False),
        ("synthlift n_repeats=1 rep", [], True),
        ("synthlift arm=[real,pl", ["arm=[real,placebo"], False),
        ("synthlift arm=[real,real_s", ["arm=[real,real_synthetic"], False),
        ("synthlift 'classifier=[cn", ["'classifier=[cnn"], False),
        ("synthlift nothing=[x", [], False),
    ],
)
def test_the_last_word_of_a_line_is_completed(line, ours, more):
    assert offers(line, COMMANDS) == (ours, more)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("synthlift rep", {"report"}),
        ("synthlift generator=cg", {"generator=cgan"}),
        ("synthlift generator.st", {"generator.steps="}),
        ("synthlift generator/loss=wa", {"generator/loss=wasserstein"}),
        ("synthlift generator/pen", {"generator/penalty="}),
        ("synthlift seed=1 arm=[real,pl", {"arm=[real,placebo"}),
        ("synthlift broken=[ x", set()),
    ],
)
def test_a_query_of_the_shell_is_answered_and_never_complained_of(
    synthlift, monkeypatch, line, offered
):
    monkeypatch.setenv("COMP_LINE", line)
    said = synthlift("-sc", "query=bash")
    assert set(said.out.split()) == offered
    assert said.err == ""
    assert said.code == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_takes_what_is_installed_and_completes(tmp_path):
    (tmp_path / "synthlift").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m synthlift "$@"\n')
    (tmp_path / "synthlift").chmod(0o755)
    script = f"""
export PATH={tmp_path}:$PATH
eval "$(synthlift -sc install=bash)"
COMP_LINE="synthlift generator.st" COMP_POINT=22 COMP_CWORD=1
hydra_bash_completion
echo "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == ["generator.steps="], done.stderr
