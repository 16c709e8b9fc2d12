"""Multivalues: making, cutting, filtering and mapping them."""

from __future__ import annotations

import re

from lab.rows.expressions import evaluate, holds, named
from lab.rows.functions.conditional import pattern
from lab.rows.state import Row, State
from lab.rows.values import Text, Value, many, number, text, texts
from lab.spl.errors import SPLError
from lab.spl.timemodifier import resolve


def _mvindex(value: Value, start: Value, end: Value = None) -> Value:
    """Counts from 0, negative from the end; null out of range."""
    values, first = texts(value), number(start)
    if not values or first is None:
        return None
    size, first = len(values), int(first)
    begin = first + size if first < 0 else first
    if end is None:
        return values[begin] if 0 <= begin < size else None
    last = number(end)
    if last is None:
        return None
    stop = int(last) + size if last < 0 else int(last)
    if begin < 0 or stop >= size or begin > stop:
        return None
    return values[begin:stop + 1]


def _mvfind(value: Value, expression: Value) -> Value:
    if value is None or expression is None:
        return None
    found = pattern(text(expression))
    return next((float(i) for i, one in enumerate(texts(value)) if found.search(one)), None)


def _mvjoin(value: Value, delimiter: Value) -> Value:
    if value is None or delimiter is None:
        return None
    return Text(text(delimiter).join(texts(value)))


def _split(value: Value, delimiter: Value) -> Value:
    if value is None or delimiter is None:
        return None
    given, cut = text(value), text(delimiter)
    return list(given) if cut == "" else given.split(cut)


def _mvzip(left: Value, right: Value, delimiter: Value = ",") -> Value:
    if left is None or right is None:
        return None
    return many([a + text(delimiter) + b for a, b in zip(texts(left), texts(right))])


def _mvrange(start: Value, end: Value, step: Value = 1.0) -> Value:
    """`end` is left out; a step may be a span of time such as 1d."""
    first, last = number(start), number(end)
    if first is None or last is None or step is None:
        return None
    size = number(step)
    if size is None:
        if not re.fullmatch(r"\d+[A-Za-z]+", text(step)):
            raise SPLError(f"mvrange() cannot step by {text(step)!r}", construct="mvrange")
        size = resolve("+" + text(step), first) - first
    if size == 0:
        raise SPLError("mvrange() cannot step by 0", construct="mvrange")
    found, at = [], first
    while at < last if size > 0 else at > last:
        found.append(text(at))
        at += size
    return many(found)


def _mvmap(arguments, row: Row, state: State) -> Value:
    """The expression for each value, in the field's own name; nulls fall away."""
    names = named(arguments[0])
    if len(names) != 1:
        raise SPLError("mvmap() works on one field", arguments[0].span, "mvmap")
    (name,) = names
    results: list[str] = []
    for one in texts(evaluate(arguments[0], row, state)):
        inner = {**row, name: one}
        results += texts(evaluate(arguments[1], inner, state))
    return many(results)


def _mvfilter(arguments, row: Row, state: State) -> Value:
    names = named(arguments[0])
    if len(names) != 1:
        raise SPLError("mvfilter() works on one field", arguments[0].span, "mvfilter")
    (name,) = names
    return many([one for one in texts(row.get(name))
                 if holds(arguments[0], {**row, name: one}, state)])


LAZY = {"mvmap": _mvmap, "mvfilter": _mvfilter}
PLAIN = {
    "mvappend": lambda *values: many([one for value in values for one in texts(value)]),
    "mvcount": lambda v: float(len(texts(v))) if v is not None else None,
    "mvdedup": lambda v: many(list(dict.fromkeys(texts(v)))),
    "mvsort": lambda v: many(sorted(texts(v))),
    "mvreverse": lambda v: many(texts(v)[::-1]),
    "mvindex": _mvindex, "mvfind": _mvfind, "mvjoin": _mvjoin, "split": _split, "mvzip": _mvzip,
    "mvrange": _mvrange,
}
