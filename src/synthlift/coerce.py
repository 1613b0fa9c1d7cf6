"""Check a configuration's values against the types that a recipe declares, before it is built.

A value that is meant but spelt otherwise is converted (1 for 1.0, a class 3 for "3"), so that one
meaning has one key; everything else is refused in the user's words.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Mapping
from typing import Any

from synthlift.core.errors import ConfigError

PLAIN: dict[str, tuple[type, str]] = {
    "int": (int, "a whole number"),
    "float": (float, "a number"),
    "bool": (bool, "true or false"),
    "str": (str, "text"),
    "None": (type(None), "null"),
}


class _Unfit(Exception):
    """The value is of no type that is allowed."""


def with_types(recipe: Any, arguments: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The arguments of a recipe, converted; a ConfigError names the first that does not fit."""
    typed = dict(arguments)
    for field in dataclasses.fields(recipe):
        if field.name not in typed:
            continue
        words = _declared(field.type).split(" | ")
        try:
            typed[field.name] = _fit(typed[field.name], words, recipe)
        except _Unfit:
            wanted = " or ".join(map(_in_words, words))
            hint = "; a text such as true takes quotes: '\"true\"'" if "text" in wanted else ""
            where = ".".join(filter(None, [key, field.name]))
            raise ConfigError(f"{where} is {wanted}, not {arguments[field.name]!r}{hint}") from None
    return typed


def _declared(kind: Any) -> str:
    """A type as it was written, also where annotations are evaluated."""
    if isinstance(kind, str):
        return kind
    return kind.__name__ if isinstance(kind, type) else str(kind)


def _fit(value: Any, words: list[str], recipe: Any) -> Any:
    for word in words:
        try:
            return _fit_one(value, word, recipe)
        except _Unfit:
            continue
    raise _Unfit


def _fit_one(value: Any, word: str, recipe: Any) -> Any:
    if word in PLAIN:
        if word in ("float", "str") and type(value) is int:
            value = PLAIN[word][0](value)
        if type(value) is not PLAIN[word][0] or not _is_finite(value):
            raise _Unfit
        return value
    if word.startswith("tuple["):
        return _fit_tuple(value, word[len("tuple[") : -1].split(", "), recipe)
    if word.startswith(("Literal[", "Mapping[")):
        return value  # the recipe's own checks know more
    if word == "Any" and (value is None or dataclasses.is_dataclass(value)):
        return value
    if dataclasses.is_dataclass(value) and word != "Any" and _plays(value, word, recipe):
        return value
    raise _Unfit


def _plays(value: Any, word: str, recipe: Any) -> bool:
    """Whether an object has all that a role asks for, if the recipe's module knows the role."""
    role = getattr(sys.modules.get(recipe.__module__), word, None)
    if not isinstance(role, type):
        return True
    if not getattr(role, "_is_protocol", False):
        return isinstance(value, role)
    members = (name for name in vars(role) if not name.startswith("_") or name == "__call__")
    return all(hasattr(value, name) for name in members)


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _fit_tuple(value: Any, inner: list[str], recipe: Any) -> tuple[Any, ...]:
    if not isinstance(value, tuple) or (inner[-1] != "..." and len(value) != len(inner)):
        raise _Unfit
    kinds = inner[:1] * len(value) if inner[-1] == "..." else inner
    return tuple(_fit_one(v, kind, recipe) for v, kind in zip(value, kinds, strict=True))


def _in_words(word: str) -> str:
    if word in PLAIN:
        return PLAIN[word][1]
    if word.startswith("tuple["):
        *inner, last = word[len("tuple[") : -1].split(", ")
        element = PLAIN[inner[0]][1] if inner and inner[0] in PLAIN else "a recipe"
        length = "" if last == "..." else f"{len(inner) + 1} values, "
        return f"a list ({length}each {element})"
    if word == "Any":
        return "null or a recipe with a _target_"
    article = "an" if word[0] in "AEIOU" else "a"
    return f"{article} {word}, written as {{_target_: CLASS, ...}}"
