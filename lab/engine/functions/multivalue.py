"""Eval's multivalue functions. A list is never empty: what would be empty is missing."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from lab.engine.bounds import VALUES, within
from lab.engine.expressions import (
    NULL,
    Compiler,
    Typed,
    condition,
    many,
    none_if_empty,
    number,
    text,
)
from lab.engine.functions import SIMPLE, Simple, special
from lab.engine.functions.conditional import parts_list
from lab.engine.values import format_number, to_number
from lab.spl import nodes
from lab.spl.errors import Span, SPLError


def _mvrange(start: float | None, end: float | None, step: float | None) -> list[str] | None:
    if start is None or end is None or not step:
        return None
    within((end - start) / step, VALUES, "the number of values of mvrange()", "mvrange")
    values, value = [], start
    while (value < end) if step > 0 else (value > end):
        values.append(format_number(value))
        value += step
    return values or None


def _mvfind(values: list[str] | None, pattern: str | None) -> float | None:
    from lab.engine.patterns import compiled

    if values is None or pattern is None:
        return None
    expression = compiled(pattern)
    for position, value in enumerate(values):
        if expression.search(value):
            return float(position)
    return None


def _split(value: str | None, delimiter: str | None) -> list[str] | None:
    if value is None or delimiter is None:
        return None
    return list(value) or None if delimiter == "" else value.split(delimiter)


def _mvdedup(values: list[str] | None) -> list[str] | None:
    return None if values is None else list(dict.fromkeys(values))


SIMPLE.update({
    "mvjoin": Simple("ls", "str", "array_to_string({0}, {1})"),
    "mvdedup": Simple("l", "mv", python=_mvdedup),
    "mvreverse": Simple("l", "mv", "list_reverse({0})"),
    "mvsort": Simple("l", "mv", "list_sort({0})"),
    "mvfind": Simple("ls", "num", python=_mvfind),
    "split": Simple("ss", "mv", python=_split),
    "mvzip": Simple("llS", "mv", "spl_list(list_transform(list_zip({0}, {1}, TRUE),"
                                 " lambda pair: pair[1] || {2} || pair[2]))", defaults=("','",)),
})


@special("mvcount")
def _mvcount(compiler: Compiler, node: nodes.Call) -> Typed:
    value = compiler.compile(node.arguments[0])
    if value.kind == "null":
        return NULL
    if value.kind == "mv":
        return Typed(f"CAST(len({value.sql}) AS DOUBLE)", "num")
    return Typed(f"CASE WHEN {value.sql} IS NOT NULL THEN CAST(1 AS DOUBLE) END", "num")


@special("mvrange")
def _range(compiler: Compiler, node: nodes.Call) -> Typed:
    arguments = [compiler.compile(argument) for argument in node.arguments]
    if len(arguments) == 3 and isinstance(arguments[2].literal, str) \
            and to_number(arguments[2].literal) is None:
        arguments[2] = _seconds(arguments[2].literal, node.arguments[2].span)
    parts = [number(argument, node.span) for argument in arguments]
    if len(parts) == 2:
        parts.append("CAST(1 AS DOUBLE)")
    name = compiler.session.function("py_mvrange", _mvrange, ["DOUBLE"] * 3, "VARCHAR[]")
    return Typed(f"{name}({', '.join(parts)})", "mv")


def _seconds(words: str, span: Span) -> Typed:
    match = re.fullmatch(r"(\d+)([smhdw])", words)
    if match is None:
        raise SPLError(f"mvrange() knows no step {words!r}", span, "mvrange",
                       "a number, or a time span such as 7d")
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[match[2]]
    return Typed(f"CAST({seconds} AS DOUBLE)", "num", seconds)


@special("mvindex")
def _mvindex(compiler: Compiler, node: nodes.Call) -> Typed:
    """Counts from 0, from the end where negative; out of range is null."""
    value = compiler.compile(node.arguments[0])
    if value.kind == "null":
        return NULL
    listed = many(value, node.span)
    indexes = [compiler.compile(argument) for argument in node.arguments[1:]]
    first = number(indexes[0], node.span)
    if len(indexes) == 1:
        literal = indexes[0].literal
        if isinstance(literal, (int, float)):
            return Typed(f"({listed})[{int(literal) + 1 if literal >= 0 else int(literal)}]",
                         "str")
        return Typed(f"list_extract({listed}, CAST(CASE WHEN {first} >= 0 THEN {first} + 1"
                     f" ELSE {first} END AS BIGINT))", "str")
    last = number(indexes[1], node.span)
    name = compiler.session.function("py_mvslice", _mvslice, ["VARCHAR[]", "DOUBLE", "DOUBLE"],
                                     "VARCHAR[]")
    return Typed(f"{name}({listed}, {first}, {last})", "mv")


def _mvslice(values: list[str] | None, first: float | None, last: float | None):
    if values is None or first is None or last is None:
        return None
    size = len(values)
    begin, end = (int(i) + size if i < 0 else int(i) for i in (first, last))
    if begin < 0 or begin >= size or end < begin:
        return None
    return values[begin:end + 1] or None


@special("mvappend")
def _mvappend(compiler: Compiler, node: nodes.Call) -> Typed:
    parts = [compiler.compile(argument) for argument in node.arguments]
    parts = [part for part in parts if part.kind != "null"]
    if not parts:
        return NULL
    return Typed(none_if_empty(parts_list(parts, node)), "mv")


@special("mvmap")
def _mvmap(compiler: Compiler, node: nodes.Call) -> Typed:
    """The expression for each value of the field; null outcomes are left out."""
    name, source = _field(compiler, node.arguments[0], node)
    if source.kind == "null":
        return NULL
    variable, kept, sub = (compiler.session.new("v") for _ in range(3))
    inner = replace(compiler, bound={**compiler.bound, name: Typed(variable, "str")})
    value = inner.compile(node.arguments[1])
    listed = many(source, node.span)
    if value.kind == "mv":
        mapped = (f"flatten(list_transform({listed}, lambda {variable}:"
                  f" coalesce({value.sql}, CAST([] AS VARCHAR[]))))")
        return Typed(none_if_empty(f"list_filter({mapped}, lambda {sub}: {sub} IS NOT NULL)"), "mv")
    mapped = f"list_transform({listed}, lambda {variable}: {text(value, node.span)})"
    return Typed(none_if_empty(f"list_filter({mapped}, lambda {kept}: {kept} IS NOT NULL)"), "mv")


@special("mvfilter")
def _mvfilter(compiler: Compiler, node: nodes.Call) -> Typed:
    names = field_names(node.arguments[0])
    if len(names) != 1:
        raise SPLError("mvfilter() works on exactly one field", node.span, "mvfilter",
                       "name one field in its condition; mvmap() can see others")
    name = names.pop()
    source = compiler.column(name)
    if source.kind == "null":
        return NULL
    variable = compiler.session.new("v")
    inner = replace(compiler, bound={**compiler.bound, name: Typed(variable, "str")})
    test = condition(inner.compile(node.arguments[0]), node.span)
    return Typed(none_if_empty(f"list_filter({many(source)}, lambda {variable}:"
                               f" coalesce({test}, FALSE))"), "mv")


def _field(compiler: Compiler, node: nodes.Expression, call: nodes.Call) -> tuple[str, Typed]:
    """The field that mvmap walks: a field, or an expression over exactly one."""
    if isinstance(node, nodes.FieldRef):
        return node.name, compiler.column(node.name)
    names = field_names(node)
    if len(names) != 1:
        raise SPLError("mvmap() needs one field to walk over", call.span, "mvmap")
    return names.pop(), compiler.compile(node)


def field_names(node: nodes.Expression) -> set[str]:
    """Every field that an expression reads."""
    if isinstance(node, nodes.FieldRef):
        return {node.name}
    parts: tuple[nodes.Expression, ...] = ()
    if isinstance(node, nodes.Unary):
        parts = (node.operand,)
    elif isinstance(node, nodes.Binary):
        parts = (node.left, node.right)
    elif isinstance(node, nodes.InList):
        parts = (node.operand, *node.items)
    elif isinstance(node, nodes.Call):
        parts = node.arguments
        if node.name == "searchmatch" and isinstance(parts[0], nodes.Literal):
            return set(_searched(str(parts[0].value)))
    return set().union(*(field_names(part) for part in parts)) if parts else set()


@lru_cache(maxsize=256)
def _searched(text: str) -> frozenset[str]:
    """The fields of searchmatch()'s search; none where it is wrong, which is told when it runs.

    Macros are not expanded in quotes, so the parse needs no knowledge of the app.
    """
    from lab.engine.demand import predicate_names
    from lab.spl.parse import parse

    try:
        (command,) = parse("search " + text, None).commands
    except SPLError:
        return frozenset()
    return frozenset(predicate_names(command.predicate))
