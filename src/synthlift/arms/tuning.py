"""A small grid of settings of an arm, tried on validation rows.

Every arm of a study is tried equally often: one with a smaller grid, or none, fills up with further
classifier seeds, for the best of several looks better than a single one even where nothing was
gained (PROTOCOL 2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from itertools import product
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthlift.arms.base import Arm

TUNABLE = ("weight", "ratio", "threshold", "strength")
Grid = tuple[tuple[str, tuple[float | None, ...]], ...]


def read_grid(arm: Any) -> Grid:
    """The grid that an arm's `tune` names, its values checked; a ValueError for a wrong one."""
    if arm.tune is None:
        return ()
    known = [name for name in TUNABLE if name in {f.name for f in fields(arm)}]
    try:
        wanted = dict(arm.tune)
    except (TypeError, ValueError):
        raise ValueError(
            f"tune is a grid, as in {{{known[0]}: [0, 1]}}, not {arm.tune!r}"
        ) from None
    grid = []
    for name, given in wanted.items():
        if name not in known:
            raise ValueError(f"tune names {name!r}; this arm tunes {', '.join(known)}")
        values = tuple(dict.fromkeys(_number(name, v) for v in _listed(given)))
        if not values:
            raise ValueError(f"tune.{name} lists no value; give some, as in [0, 1]")
        for value in values:
            replace(arm, tune=None, **{name: value})  # refuses what the arm does not take
        grid.append((name, values))
    return tuple(grid)


def _listed(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, list | tuple) else (given,)


def _number(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"tune.{name} is a list of numbers, not of {value!r}")
    return float(value)


@dataclass(frozen=True)
class Option:
    """One of the trainings among which an arm is chosen; seed: number of its classifier seed."""

    arm: Arm
    seed: int

    @property
    def settings(self) -> tuple[tuple[str, float | None], ...]:
        """By name, what it was trained with."""
        return tuple((n, getattr(self.arm, n)) for n in TUNABLE if hasattr(self.arm, n))


def count_trials(arms: Iterable[Arm]) -> int:
    """Trainings of every arm: the size of the largest grid; 1 where nothing is tuned."""
    return max((len(_settings(arm)) for arm in arms), default=1)


def options(arm: Arm, n_trials: int) -> list[Option]:
    """The trainings of an arm: its whole grid, then again with the next seed, up to n_trials."""
    settings = _settings(arm)
    return [Option(settings[i % len(settings)], i // len(settings)) for i in range(n_trials)]


def _settings(arm: Arm) -> list[Arm]:
    """Every combination of the grid; those that differ in nothing that is used count once."""
    if not arm.tune:
        return [arm]
    names = [name for name, _ in arm.tune]
    found: list[Any] = []
    used: list[Any] = []
    for values in product(*(values for _, values in arm.tune)):
        setting: Any = replace(arm, tune=None, **dict(zip(names, values, strict=True)))  # type: ignore[type-var]
        what = _what_is_used(setting)
        if what not in used:
            found.append(setting)
            used.append(what)
    return found


def _what_is_used(setting: Any) -> Any:
    """At a weight of 0 no sample is used, whichever are chosen."""
    plain = {"ratio": None, "threshold": 0.0}
    if getattr(setting, "weight", None) != 0:
        return setting
    return replace(setting, **{n: v for n, v in plain.items() if hasattr(setting, n)})
