"""Plots: one <svg> each, colours and ids of the page, names as text."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run
from xml.etree import ElementTree

from synthlift.report import plots
from synthlift.report.facts import plotted_lifts
from synthlift.report.plots import COLOURS, lift_plot, training_plot


def test_lift_plot_is_deterministic_and_takes_colours_from_the_page(make):
    lifts = plotted_lifts(make.make_report(), "cnn")
    svg = lift_plot(lifts, "a")
    assert svg == lift_plot(lifts, "a")
    assert not [colour for colour in COLOURS if colour in svg]
    assert "var(--blue)" in svg


def test_lift_plot_names_every_arm_and_shows_no_mathtext(make):
    arms = {"real": ("real", 0.0), **dict.fromkeys(make.HOSTILE, ("control", 0.01))}
    lifts = plotted_lifts(make.make_report(arms=arms), "cnn")
    root = ElementTree.fromstring(lift_plot(lifts, "a"))
    texts = ["".join(x.itertext()).strip() for x in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "<script>alert(1)</script>" in texts
    assert any(text.endswith("$\\frac$") for text in texts)
    assert root.get("role") == "img"
    assert "alert(1)" in root.attrib["aria-label"]


def test_long_curves_are_thinned(make):
    svg = training_plot(make.make_curve(20_000), "c", 0)
    assert len(svg) < 200_000


def test_importing_the_writer_loads_neither_matplotlib_nor_jinja():
    heavy = "{'matplotlib', 'jinja2', 'PIL', 'rich', 'torch', 'sklearn'}"
    code = f"import sys, synthlift.report.write; print({heavy} & set(sys.modules))"
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_drawing_needs_no_pyplot():
    imports = [line for line in Path(plots.__file__).read_text().splitlines() if "import" in line]
    assert any("matplotlib" in line for line in imports)
    assert not any("pyplot" in line for line in imports)
