"""Looks at a study before it has ended: the planned ones, and those that nobody planned.

Whoever adds repeats because the first ones did not say enough errs more often than the interval
says; a sequence of looks that was declared beforehand does not (PROTOCOL 3).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthlift.core.errors import ConfigError
from synthlift.core.results import Report
from synthlift.core.text import several
from synthlift.statistics.sequential import look_alpha, look_sizes

if TYPE_CHECKING:
    from synthlift.experiment import Repeat


@dataclass(frozen=True)
class Look:
    """A comparison after so many repeats; alpha: what the primary questions share at it.

    sizes: repeats at all planned looks; empty where none is planned.
    """

    n_repeats: int
    alpha: float = 0.05
    sizes: tuple[int, ...] = ()


def check_looks(n_repeats: int | None, until_decided: int | None) -> None:
    """A ConfigError for a cap that is too small, or beside a fixed number of repeats."""
    if until_decided is None:
        return
    try:
        look_sizes(until_decided)
    except ConfigError as error:
        raise ConfigError(f"until_decided: {error}") from error
    if n_repeats is not None:
        raise ConfigError(
            "give n_repeats, a fixed number, or until_decided, at most so many, and leave the "
            "other null"
        )


def looks_of(until_decided: int | None, n_repeats: Callable[[], int]) -> list[Look]:
    """The looks of a study in their order; n_repeats: of one without planned looks."""
    if until_decided is None:
        return [Look(n_repeats())]
    sizes = look_sizes(until_decided)
    return [Look(n, look_alpha(i), tuple(sizes)) for i, n in enumerate(sizes)]


def is_decided(report: Report) -> bool:
    """Whether no primary question is open; one that lost an arm to a failure is not."""
    return not {"undecided", "no interval"} & {lift.verdict for lift in report.primary}


def say_look(look: Look | None) -> list[str]:
    """What the report says of a planned look."""
    if look is None or not look.sizes:
        return []
    number, sizes = look.sizes.index(look.n_repeats) + 1, several([str(n) for n in look.sizes])
    return [
        f"planned look {number} of {len(look.sizes)}: it was declared beforehand that the study "
        f"ends as soon as it is decided, after {sizes} repeats; its primary questions share "
        f"{100 * look.alpha:g} % of error at this look, so that all looks together keep to 5 %"
    ]


def unplanned_looks(root: Path, repeats: Sequence[Repeat], report: Report) -> list[str]:
    """Remember that this study was looked at, and say whether it was with other repeats before.

    root: of the store. A primary question is known by the predictions of its two arms in the first
    repeat, whatever else the study asks. Nothing is remembered where the store can't be written.
    """
    seen: set[int] = set()
    for lift in report.primary:
        asked = {(arm, lift.classifier) for arm in (lift.arm, lift.baseline)}
        made = sorted(t.made_of for t in repeats[0].trials if (t.arm, t.classifier) in asked)
        name = hashlib.sha256(json.dumps([repeats[0].number, made]).encode()).hexdigest()[:32]
        seen |= _remember(root / "looks" / name, report.n_repeats)
    others = [str(n) for n in sorted(seen)]
    if not others:
        return []
    return [
        f"an unplanned look: a primary question was reported on with {several(others)} repeats "
        f"before, and now with {report.n_repeats}; whoever stops where it suits errs in about 7 "
        "instead of 5 of 100 studies; declare a cap beforehand with until_decided=N"
    ]


def _remember(folder: Path, n_repeats: int) -> set[int]:
    """The numbers of repeats that were looked at before this one was for the first time."""
    own = folder / str(n_repeats)
    if own.exists():
        return {int(n) for n in own.read_text().split() if n.isdigit()}
    earlier = sorted(int(p.name) for p in folder.glob("*") if p.name.isdigit())
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = own.with_suffix(".tmp")
        temporary.write_text(" ".join(map(str, earlier)))
        temporary.replace(own)
    return {*earlier}
