"""Values of one row: None, float, str, a list of str (never empty), and bool inside expressions.

Text read from a field stands for a number where it looks like one (a plain `str`); text that an
expression made is text and nothing else (`Text`), until a field holds it.
"""

from __future__ import annotations

from typing import Any

from lab.rows import precision
from lab.spl.errors import SPLError

Value = Any


class Text(str):
    """A string literal, or what a string function returned."""


def single(value: Value) -> Value:
    """The one value where an expression needs one; several are refused, not guessed at."""
    if isinstance(value, list):
        if len(value) > 1:
            raise SPLError(
                "a field with several values stands where one value is needed",
                construct="multivalue",
            )
        return value[0] if value else None
    return value


def number(value: Value) -> float | None:
    value = single(value)
    if value is None or isinstance(value, bool):
        return None
    return value if isinstance(value, float) else precision.read(value)


def text(value: Value) -> str | None:
    value = single(value)
    if value is None:
        return None
    if isinstance(value, bool):
        return "True" if value else "False"
    return precision.shown(value) if isinstance(value, float) else str(value)


def texts(value: Value) -> list[str]:
    """Every value as text; none for null."""
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [text(value)]


def stored(value: Value) -> Value:
    """What a field keeps of an expression's value."""
    if isinstance(value, list):
        return [str(one) for one in value] or None
    if isinstance(value, bool):
        return text(value)
    if isinstance(value, precision.Decimals) and value.figures is None and value.places is None:
        return value
    return text(value) if isinstance(value, (str, precision.Decimals)) else value


def many(values: list[str]) -> Value:
    """A multivalue; null where there is none."""
    return values or None
