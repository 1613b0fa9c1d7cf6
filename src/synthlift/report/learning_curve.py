"""The learning curve of real rows as places that the page can draw, and where each arm meets it.

All places are percent of the plot, y from its top, so that the drawing fits every width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthlift.core.findings import GapClosed, LearningCurve, Worth
from synthlift.core.results import Report, Score
from synthlift.report.answers import as_sentence
from synthlift.report.facts import asked_arms
from synthlift.report.scales import Axis, LogAxis, tick_text
from synthlift.report.words import interval, metric_words, plain, score_text
from synthlift.report.worth import GapRow, WorthRow, gap_row, worth_row

MOST_ARMS = 4
BEYOND = 4.0  # nothing is claimed, nor drawn, beyond so many times the sizes that were measured
N_STEPS = 60
LABEL_GAP = 6.5  # percent of the height between two names


@dataclass(frozen=True)
class SizePoint:
    """Real rows alone at one size; low, high: places of the interval, None without one."""

    x: float
    y: float
    low: float | None
    high: float | None
    n_real: str
    score: str
    span: str


@dataclass(frozen=True)
class ArmLine:
    """An arm's score as a line that meets the curve at x, None where it does not.

    band: the places between which the 95 % set of x lies, None without a number.
    """

    name: str
    score: str
    y: float
    label_y: float
    x: float | None
    band: tuple[float, float] | None


@dataclass(frozen=True)
class CurveView:
    """Everything to draw and to list.

    fit: points of the solid and of the dashed, guessed parts. doubt: outline of its interval.
    """

    metric: str
    unit: str
    points: tuple[SizePoint, ...]
    arms: tuple[ArmLine, ...]
    fit: str
    doubt: str
    guessed: tuple[str, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    reason: str
    worths: tuple[WorthRow, ...]
    gaps: tuple[GapRow, ...]

    @property
    def has_worths(self) -> bool:
        """Whether there is any number, if only an end of a set, for a table."""
        return any(x.is_known for x in self.worths)

    @property
    def sentences(self) -> list[str]:
        """Worth and gaps in words, equal sentences once."""
        found = [x.sentence for x in self.worths] + [x.sentence for x in self.gaps]
        return list(dict.fromkeys(filter(None, found)))

    @property
    def alt(self) -> str:
        ends = f"from {self.points[0].score} with {self.points[0].n_real} training rows to "
        ends += f"{self.points[-1].score} with {self.points[-1].n_real}"
        arms = "".join(f"; {arm.name}: {arm.score}" for arm in self.arms)
        return f"{self.metric} of real rows alone {ends}{arms}. The tables below have the numbers."


def draw_curves(report: Report, classifier: str) -> list[CurveView]:
    """The learning curves of a classifier, one for each metric that has one."""
    return [_view(report, x) for x in report.curves if x.classifier == classifier and x.points]


def _view(report: Report, curve: LearningCurve) -> CurveView:
    key = (curve.classifier, curve.metric)
    worths = [x for x in report.worths if (x.classifier, x.metric) == key]
    gaps = [x for x in report.gaps if (x.classifier, x.metric) == key]
    scores = _scores(report, curve, [*worths, *gaps])
    drawn = _drawn(report, curve, [x for x in worths if x.arm in scores])
    metric = metric_words(curve.metric)
    scale = 100.0 if metric.unit == "%" else 1.0
    x_axis = _sizes(curve, drawn)
    y_axis = _heights(curve, [scores[x.arm] for x in drawn], scale)
    fit, guessed = _fit(curve, x_axis, y_axis, scale)
    return CurveView(
        metric.title,
        metric.unit,
        tuple(_point(curve, i, x_axis, y_axis, scale) for i in range(len(curve.points))),
        _arm_lines(curve, drawn, scores, x_axis, y_axis, scale),
        fit,
        _doubt(curve, x_axis, y_axis, scale),
        guessed,
        tuple((x_axis.place(t), f"{t:,.0f}") for t in x_axis.ticks()),
        tuple((_y(y_axis, t), tick_text(t)) for t in y_axis.ticks(4) if scale == 1 or t <= 100),
        as_sentence(curve.reason),
        tuple(worth_row(x, scores.get(x.arm)) for x in worths),
        tuple(gap_row(x) for x in gaps),
    )


def _scores(
    report: Report, curve: LearningCurve, found: Sequence[Worth | GapClosed]
) -> dict[str, Score]:
    arms = report.by_classifier.get(curve.classifier, {})
    names = [x.arm for x in found if x.arm in arms]
    known = [(name, arms[name].scores.get(curve.metric)) for name in names]
    return {name: score for name, score in known if score is not None}


def _drawn(report: Report, curve: LearningCurve, worths: Sequence[Worth]) -> list[Worth]:
    """The arms asked about and their baselines, then others near the curve, a few in all."""
    own = [x for x in report.primary if x.classifier == curve.classifier]
    first = [*asked_arms(report, curve.classifier), *(x.baseline for x in own)]
    asked = sorted((x for x in worths if x.arm in first), key=lambda x: first.index(x.arm))
    means = [point.score.mean for point in curve.points]
    arms = report.by_classifier[curve.classifier]
    near = [
        x
        for x in worths
        if x.arm not in first and min(means) <= arms[x.arm].scores[curve.metric].mean <= max(means)
    ]
    return [*asked, *near][:MOST_ARMS]


def _sizes(curve: LearningCurve, worths: Sequence[Worth]) -> LogAxis:
    """From the smallest to the largest size, and on to where the arms meet the curve."""
    sizes = [float(point.n_real) for point in curve.points]
    met = [x.n_real + rows for x in worths for rows in (x.rows, x.low, x.high) if rows is not None]
    low = max(min([*sizes, *met]), min(sizes) / BEYOND)
    high = min(max([*sizes, *met]), max(sizes) * BEYOND)
    return LogAxis(max(0.5, low / 1.25), 1.25 * high)


def _heights(curve: LearningCurve, arms: Sequence[Score], scale: float) -> Axis:
    known = [point.score for point in curve.points]
    ends = [scale * x for s in known for x in (s.low, s.mean, s.high) if x is not None]
    ends += [scale * arm.mean for arm in arms]
    margin = 0.08 * (max(ends) - min(ends)) or 0.5
    above = 1 + 0.6 * len(arms)  # room for their names
    return Axis(min(ends) - margin, max(ends) + above * margin)


def _point(curve: LearningCurve, i: int, x: LogAxis, y: Axis, scale: float) -> SizePoint:
    n, score = curve.points[i].n_real, curve.points[i].score
    low, high = (None if v is None else _y(y, scale * v) for v in (score.low, score.high))
    return SizePoint(
        x.place(n),
        _y(y, scale * score.mean),
        low,
        high,
        f"{n:,}",
        score_text(curve.metric, score.mean),
        interval(curve.metric, score),
    )


def _arm_lines(
    curve: LearningCurve,
    worths: Sequence[Worth],
    scores: dict[str, Score],
    x_axis: LogAxis,
    y_axis: Axis,
    scale: float,
) -> tuple[ArmLine, ...]:
    heights = [_y(y_axis, scale * scores[x.arm].mean) for x in worths]
    labels = stack(heights, LABEL_GAP)
    lines = []
    for worth, y, label in zip(worths, heights, labels, strict=True):
        n, place = worth.n_real, x_axis.place
        x = None if worth.rows is None else place(n + worth.rows)
        band = None
        if not worth.rows == worth.low == worth.high is None:
            low = 0.0 if worth.low is None else place(n + worth.low)
            high = 100.0 if worth.high is None else place(n + worth.high)
            band = (low, high)
        text = score_text(curve.metric, scores[worth.arm].mean)
        lines.append(ArmLine(plain(worth.arm), text, y, label, x, band))
    return tuple(lines)


def stack(places: Sequence[float], gap: float) -> list[float]:
    """Where names go that stand on lines at these places: above all lines that they would cross.

    >>> stack([50.0, 48.0, 10.0], 5.0)
    [48.0, 43.0, 10.0]
    """
    moved = list(places)
    waiting = sorted(range(len(places)), key=lambda i: -places[i])  # the lowest line first
    while waiting:
        group = [waiting.pop(0)]
        while waiting and places[group[-1]] - places[waiting[0]] < gap * len(group):
            group.append(waiting.pop(0))
        for k, i in enumerate(group):
            moved[i] = places[group[-1]] - k * gap
    return moved


def _fit(
    curve: LearningCurve, x_axis: LogAxis, y_axis: Axis, scale: float
) -> tuple[str, tuple[str, ...]]:
    """SVG points of a - b n^-c between the sizes measured, and before and after them."""
    if curve.a is None or curve.b is None or curve.c is None:
        return "", ()
    a, b, c = curve.a, curve.b, curve.c

    def line(first: float, last: float) -> str:
        sizes = [first * (last / first) ** (i / N_STEPS) for i in range(N_STEPS + 1)]
        known = [(n, scale * (a - b * n**-c)) for n in sizes]
        return " ".join(f"{x_axis.place(n)},{_y(y_axis, y)}" for n, y in known if y_axis.holds(y))

    first, last = curve.points[0].n_real, curve.points[-1].n_real
    guessed = (line(x_axis.low, first), line(last, x_axis.high))
    return line(first, last), tuple(part for part in guessed if part)


def _doubt(curve: LearningCurve, x_axis: LogAxis, y_axis: Axis, scale: float) -> str:
    """SVG points around the interval of the curve; empty without one."""
    ends = [(p.n_real, p.score.low, p.score.high) for p in curve.fitted]
    known = [(n, low, high) for n, low, high in ends if low is not None and high is not None]
    there = [(n, high) for n, _, high in known]
    back = [(n, low) for n, low, _ in reversed(known)]
    held = [(n, min(max(scale * y, y_axis.low), y_axis.high)) for n, y in there + back]
    return " ".join(f"{x_axis.place(n)},{_y(y_axis, y)}" for n, y in held)


def _y(axis: Axis, value: float) -> float:
    return round(100 - axis.place(value), 2)
