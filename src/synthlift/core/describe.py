"""A recipe as plain values, from which `configure.build` makes an equal one in another process."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


def to_config(value: Any) -> Any:
    """A recipe as a mapping with its `_target_`, tuples as lists, plain values as they are.

    A TypeError for what a configuration can't say.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        fields = [f.name for f in dataclasses.fields(value) if f.init]
        target = {"_target_": f"{kind.__module__}.{kind.__qualname__}"}
        return target | {name: to_config(getattr(value, name)) for name in fields}
    if isinstance(value, Mapping):
        return {str(name): to_config(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_config(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{value!r:.80} ({type(value).__name__}) can't be said in a configuration")
