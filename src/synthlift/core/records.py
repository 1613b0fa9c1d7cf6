"""A frozen dataclass back from the JSON that `dataclasses.asdict` made of it."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def rebuild(kind: type[T], fields: dict[str, Any]) -> T:
    """The record of this class; its fields are plain values, records, or tuples of them.

    >>> from synthlift.core.findings import CurvePoint, Score
    >>> rebuild(CurvePoint, {"n_real": 5, "score": {"mean": 0.9, "low": None, "high": None}})
    CurvePoint(n_real=5, score=Score(mean=0.9, low=None, high=None))
    """
    return kind(**{name: _value(hint, fields[name]) for name, hint in _hints(kind, fields)})


def _hints(kind: type[Any], fields: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, hint) for name, hint in get_type_hints(kind).items() if name in fields]


def _value(hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return rebuild(hint, value)
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], item) for item in value)
    return value
