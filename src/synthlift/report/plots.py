"""Lift plot and training curves as inline SVG that takes font and colours from the page.

Drawn by matplotlib without pyplot; then every colour becomes a CSS variable and every id gets a
prefix, because several plots live in one page. Names are plain text: mathtext is off, XML escaped.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from synthlift.core.results import Lift
from synthlift.report.words import BASELINE, interval, lift_text, metric_words, plain, score_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
INK, MUTED, GRID, BAND = "#010101", "#020202", "#030303", "#040404"
BLUE, ORANGE = "#0072b2", "#d55e00"  # Okabe and Ito: told apart by colour-blind readers
COLOURS = {
    INK: "currentColor",
    MUTED: "var(--muted)",
    GRID: "var(--line)",
    BAND: "var(--band)",
    BLUE: "var(--blue)",
    ORANGE: "var(--orange)",
}
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "synthlift",
    "text.parse_math": False,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "text.color": INK,
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "font.size": 10,
}
WIDTH = 6.8  # inches
ROW = 0.36
LETTER = 0.087  # width of a bold one
NAME_LENGTH = 30
MOST_POINTS = 400
LOSSES = {"generator_loss": "generator", "critic_loss": "critic"}
ACCURACIES = {"critic_accuracy_real": "on real", "critic_accuracy_fake": "on synthetic"}


def lift_plot(lifts: Sequence[Lift], prefix: str) -> str:
    """Lifts of one metric, a row each, in points: estimate, interval, zero, the band of +-1 pt."""
    from matplotlib.figure import Figure
    from rich.cells import cell_len

    percent = metric_words(lifts[0].metric).unit == "%"
    scale = 100.0 if percent else 1.0
    height = ROW * len(lifts) + 0.75
    with _style():
        figure = Figure((WIDTH, height))
        names = [_row_name(lift) for lift in lifts]
        left = 0.15 + LETTER * max(cell_len(line) for name in names for line in name.splitlines())
        box = (
            left / WIDTH,
            0.55 / height,
            (WIDTH - left - 1.75) / WIDTH,
            ROW * len(lifts) / height,
        )
        axes = figure.add_axes(box)
        _frame_lifts(axes, len(lifts), percent)
        for y, (name, lift) in enumerate(zip(names, lifts, strict=True)):
            _draw_lift(axes, y, name, lift, scale)
        unit = "points" if percent else metric_words(lifts[0].metric).unit
        axes.set_xlabel(f"lift in {metric_words(lifts[0].metric).title.lower()}, {unit}")
        found = "; ".join(
            f"{name} {lift_text(lift)} {interval(lift.metric, lift)}".strip()
            for name, lift in zip(names, lifts, strict=True)
        )
        return _to_svg(figure, prefix, f"Lift plot. {found}".replace("\n", " "))


def _row_name(lift: Lift) -> str:
    name = shorten(plain(lift.arm))
    return name if lift.baseline == BASELINE else f"{name}\nvs {shorten(plain(lift.baseline))}"


def shorten(name: str, length: int = NAME_LENGTH) -> str:
    """A name that fits its place; the tables have it in full.

    >>> shorten("abcdef", 4)
    'abc…'
    """
    return name if len(name) <= length else f"{name[: length - 1]}…"


def _frame_lifts(axes: Axes, n: int, percent: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    if percent:
        axes.axvspan(-1, 1, color=BAND, linewidth=0, zorder=0)
    axes.axvline(0, color=MUTED, linewidth=1, zorder=1)
    axes.set_ylim(n - 0.5, -0.5)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.tick_params(axis="x", length=3)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


def _draw_lift(axes: Axes, y: int, name: str, lift: Lift, scale: float) -> None:
    colour, weight = (BLUE, "bold") if lift.primary else (MUTED, "normal")
    width, size = (2.6, 8) if lift.primary else (1.4, 6)
    mean = lift.mean * scale
    if lift.low is not None and lift.high is not None:
        axes.plot(
            [lift.low * scale, lift.high * scale], [y, y], color=colour, linewidth=width, zorder=2
        )
    marker = "D" if lift.primary else "o"
    axes.plot([mean], [y], marker, color=colour, markersize=size, zorder=3)
    aside = {"va": "center", "fontweight": weight, "transform": axes.get_yaxis_transform()}
    axes.text(-0.03, y, name, ha="right", **aside)  # type: ignore[arg-type]
    number = score_number(lift.metric, lift.mean, sign="+")
    value = f"{number} {interval(lift.metric, lift)}".replace("-", "\N{MINUS SIGN}")
    axes.text(1.03, y, value, ha="left", **aside)  # type: ignore[arg-type]


def training_plot(curve: Sequence[dict[str, float]], prefix: str, repeat: int) -> str:
    """Losses, and the critic's accuracy on real and on synthetic samples, over the steps."""
    from matplotlib.figure import Figure

    every = max(1, math.ceil(len(curve) / MOST_POINTS))
    rows = [*curve[:-1:every], curve[-1]]
    with _style():
        figure = Figure((WIDTH, 2.5))
        left, right = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.07, right=0.84, bottom=0.2, top=0.86, wspace=0.6)
        _draw_curves(left, rows, LOSSES)
        right.set_ylim(-4, 104)
        _draw_curves(right, [_in_percent(row) for row in rows], ACCURACIES)
        left.set_title("Losses", loc="left", fontsize=10, fontweight="bold")
        right.set_title("Critic accuracy, %", loc="left", fontsize=10, fontweight="bold")
        steps = f"{rows[0].get('step', 0):,.0f} to {rows[-1].get('step', 0):,.0f}"
        return _to_svg(figure, prefix, f"Training curves of repeat {repeat + 1}, steps {steps}.")


def _in_percent(row: dict[str, float]) -> dict[str, float]:
    return {name: 100 * value if name in ACCURACIES else value for name, value in row.items()}


def _draw_curves(axes: Axes, rows: Sequence[dict[str, float]], lines: dict[str, str]) -> None:
    ends = []
    for (column, label), colour, dashes in zip(
        lines.items(), (BLUE, ORANGE), ("-", "--"), strict=True
    ):
        points = [(r["step"], r[column]) for r in rows if math.isfinite(r.get(column, math.nan))]
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, linewidth=1.5, linestyle=dashes)
            ends.append((points[-1][1], label, colour))
    low, high = axes.get_ylim()
    _label_ends(axes, [((y - low) / (high - low), label, c) for y, label, c in ends])
    axes.set_xlabel("training step")
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.tick_params(length=0)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


def _label_ends(axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Name each line at its right end, moved apart where two lines end together."""
    place = -math.inf
    for height, label, colour in sorted(ends):
        place = max(height, place + 0.12)
        axes.text(1.03, place, label, color=colour, va="center", transform=axes.transAxes)


@contextlib.contextmanager
def _style() -> Iterator[None]:
    import matplotlib

    with matplotlib.rc_context(STYLE), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings(
            "ignore", "Glyph .* missing"
        )  # the browser draws text, in its fonts
        yield


def _to_svg(figure: Figure, prefix: str, alt: str) -> str:
    """The figure as an <svg> element for a page: no size of its own, page colours, unique ids."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(buffer.getvalue())
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    for element in root.iter():
        for name, value in element.attrib.items():
            element.set(name, _for_page(name, value, prefix))
    for name in ("width", "height"):
        del root.attrib[name]
    root.attrib |= {"role": "img", "aria-label": plain(alt)}
    return ElementTree.tostring(root, encoding="unicode")


def _for_page(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name == f"{{{XLINK}}}href":
        return f"#{prefix}-{value.removeprefix('#')}"
    value = value.replace("url(#", f"url(#{prefix}-")
    return re.sub("#[0-9a-f]{6}", lambda colour: COLOURS.get(colour[0], colour[0]), value)
