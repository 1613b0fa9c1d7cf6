"""Where a report comes from, in groups of labels and values; no path of the machine among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthlift.core.results import Report
from synthlift.report.words import plain, regime_name

Rows = list[tuple[str, str]]
UNSET = {"compute": "automatic"}  # what None stands for


def provenance_groups(report: Report) -> list[tuple[str, Rows]]:
    """The study, the work, the machine and the versions; a group with nothing in it is left out."""
    found = dict(report.provenance)
    found.pop("command", None)
    work: Rows = []
    stages, seconds = found.pop("stages", None), found.pop("seconds", None)
    if isinstance(stages, Mapping):
        work.append(("Stages", stages_text(stages)))
    if isinstance(seconds, int | float):
        work.append(("Time", duration(seconds)))
    study = _study(report)
    if "seed" in found:
        study.append(("Seed", recorded(found.pop("seed"))))
    named = {name: value for name, value in found.items() if isinstance(value, Mapping)}
    other = [(_label(k), recorded(v)) for k, v in found.items() if k not in named]
    groups = [("Study", study), ("Work", work)]
    groups += [(_label(name), _rows(value, UNSET.get(name))) for name, value in named.items()]
    groups.append(("Other", other))
    return [(title, rows) for title, rows in groups if rows]


def provenance_rows(report: Report) -> Rows:
    """The same without groups and without the sizes of the study, which stand elsewhere."""
    sizes = dict(_study(report))
    groups = provenance_groups(report)
    return [row for _, rows in groups for row in rows if row[0] not in sizes]


def _study(report: Report) -> Rows:
    return [
        ("Dataset", plain(report.dataset)),
        ("Regime", regime_name(report)),
        ("Repeats", f"{report.n_repeats:,}"),
        ("Training rows", f"{report.n_train:,}"),
        ("Validation rows", f"{report.n_valid:,}"),
        ("Test rows", f"{report.n_test:,}"),
    ]


def _rows(values: Mapping[str, Any], unset: str | None) -> Rows:
    """Labels and values, `unset` for None; names with an underscore are for the program."""
    shown = {k: v for k, v in values.items() if not str(k).startswith("_")}
    return [(plain(k), recorded(unset if v is None else v)) for k, v in shown.items()]


def _label(name: str) -> str:
    return plain(name.replace("_", " ").capitalize())


def stages_text(stages: Mapping[str, Any]) -> str:
    """'40 run, 3 reused'."""
    return ", ".join(f"{number} {plain(name)}" for name, number in stages.items())


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(8.25), duration(90), duration(7260)
    ('8.2 s', '1 min 30 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def recorded(value: object) -> str:
    """A recorded value as text."""
    if isinstance(value, list | tuple):
        return ", ".join(recorded(item) for item in value)
    return "not recorded" if value is None else plain(value)
