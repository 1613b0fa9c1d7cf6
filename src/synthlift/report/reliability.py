"""Reliability diagrams: how often an arm is right when it is so sure, as places to draw.

Guo et al. 2017 (arXiv 1706.04599): rows in bins of the confidence in their label, each bin's
accuracy against its mean confidence; on the diagonal a classifier is as sure as it is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthlift.core.findings import Reliability, ReliabilityBin
from synthlift.core.results import Report
from synthlift.report.curves import BOTTOM, LEFT, RIGHT, TOP, Tick
from synthlift.report.facts import asked_arms
from synthlift.report.scales import Axis
from synthlift.report.words import BASELINE, interval, metric_words, plain, score_text

WIDTH, HEIGHT = 330.0, 310.0  # in units of the drawing
BAR = 0.2  # height of the longest bar at the foot, as a share of the plot
CALIBRATION = ("calibration_error", "log_loss")
PERCENT = Axis(0.0, 100.0)


@dataclass(frozen=True)
class BinMark:
    """A bin. x, y: its confidence and accuracy; low, high: the interval; bar: (x, y, w, h)."""

    x: float
    y: float
    low: float | None
    high: float | None
    bar: tuple[float, float, float, float]


@dataclass(frozen=True)
class BinRow:
    """A bin as text."""

    arm: str
    between: str
    share: str
    confidence: str
    accuracy: str
    span: str


@dataclass(frozen=True)
class ReliabilityView:
    """The diagram of one arm, and in words what it shows."""

    arm: str
    summary: str
    marks: tuple[BinMark, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    diagonal: str
    rows: tuple[BinRow, ...]

    @property
    def alt(self) -> str:
        return (
            f"Accuracy against confidence of {self.arm}, in {len(self.marks)} bins: {self.summary}."
        )


@dataclass(frozen=True)
class Calibration:
    """Diagrams to see first, the others, and of every arm its losses: (arm, (number, interval))."""

    first: tuple[ReliabilityView, ...]
    rest: tuple[ReliabilityView, ...]
    metrics: tuple[str, ...]
    losses: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    @property
    def note(self) -> str:
        """What the numbers of the losses mean."""
        names = " and ".join(metric_words(m).title for m in self.metrics)
        return f"{names.capitalize()}: lower is better." if names else ""

    @property
    def rows(self) -> list[BinRow]:
        return [row for view in (*self.first, *self.rest) for row in view.rows]


def draw_calibration(report: Report, classifier: str) -> Calibration | None:
    """Real rows and the arms of the primary questions first; None where nothing is known."""
    asked = [BASELINE, *asked_arms(report, classifier)]
    own = [x for x in report.reliability if x.classifier == classifier and x.bins]
    first = sorted((x for x in own if x.arm in asked), key=lambda x: asked.index(x.arm))
    rest = [x for x in own if x.arm not in asked]
    arms = {
        name: result
        for name, result in report.by_classifier.get(classifier, {}).items()
        if result.kind != "curve"
    }
    metrics = [m for m in CALIBRATION if any(m in arm.scores for arm in arms.values())]
    losses = []
    for name, arm in arms.items():
        found = [(m, arm.scores.get(m)) for m in metrics]
        cells = [(score_text(m, s.mean), interval(m, s)) if s else ("", "") for m, s in found]
        losses.append((plain(name), tuple(cells)))
    if not own and not metrics:
        return None
    return Calibration(
        tuple(map(_view, first)), tuple(map(_view, rest)), tuple(metrics), tuple(losses)
    )


def _view(found: Reliability) -> ReliabilityView:
    tallest = max(part.share for part in found.bins) or 1.0
    ticks = PERCENT.ticks(4)
    return ReliabilityView(
        plain(found.arm),
        judge_confidence(found.bins),
        tuple(_mark(part, tallest) for part in found.bins),
        tuple(Tick(_x(t), f"{t:.0f}") for t in ticks),
        tuple(Tick(_y(t), f"{t:.0f}") for t in ticks),
        f"{_x(0)},{_y(0)} {_x(100)},{_y(100)}",
        tuple(_row(found.arm, part) for part in found.bins),
    )


def judge_confidence(bins: Sequence[ReliabilityBin]) -> str:
    """Whether an arm is too sure, by the bins whose interval leaves out their confidence."""
    known = [b for b in bins if b.accuracy.low is not None and b.accuracy.high is not None]
    if not known:
        return "without intervals, too few repeats to tell"
    too_sure = sum(b.accuracy.high < b.confidence for b in known if b.accuracy.high is not None)
    unsure = sum(b.accuracy.low > b.confidence for b in known if b.accuracy.low is not None)
    n = f"{len(known)} {'bin' if len(known) == 1 else 'bins'}"
    found = [f"too sure in {too_sure} of {n}"] if too_sure else []
    found += [f"not sure enough in {unsure} of {n}"] if unsure else []
    return ", ".join(found) or f"as sure as it is right, as far as {n} can tell"


def _mark(part: ReliabilityBin, tallest: float) -> BinMark:
    low, high = (
        None if x is None else _y(100 * x) for x in (part.accuracy.low, part.accuracy.high)
    )
    left, right = _x(100 * part.low), _x(100 * part.high)
    height = round(BAR * (HEIGHT - TOP - BOTTOM) * part.share / tallest, 1)
    bar = (left + 1, round(_y(0) - height, 1), round(right - left - 2, 1), height)
    return BinMark(_x(100 * part.confidence), _y(100 * part.accuracy.mean), low, high, bar)


def _row(arm: str, part: ReliabilityBin) -> BinRow:
    return BinRow(
        plain(arm),
        f"{100 * part.low:.0f} to {100 * part.high:.0f} %",
        f"{100 * part.share:.1f} %",
        f"{100 * part.confidence:.1f} %",
        score_text("accuracy", part.accuracy.mean),
        interval("accuracy", part.accuracy),
    )


def _x(percent: float) -> float:
    return round(LEFT + PERCENT.place(percent) / 100 * (WIDTH - LEFT - RIGHT), 1)


def _y(percent: float) -> float:
    return round(HEIGHT - BOTTOM - PERCENT.place(percent) / 100 * (HEIGHT - TOP - BOTTOM), 1)
