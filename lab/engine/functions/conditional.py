"""Eval's comparison, conditional and informational functions."""

from __future__ import annotations

from itertools import groupby

from lab.engine.columns import literal
from lab.engine.expressions import (
    CONVERT,
    NULL,
    Compiler,
    Typed,
    common_kind,
    condition,
    many,
    number,
    text,
)
from lab.engine.functions import SIMPLE, Simple, special
from lab.engine.predicates import PredicateCompiler
from lab.spl import nodes
from lab.spl.errors import SPLError


@special("if")
def _if(compiler: Compiler, node: nodes.Call) -> Typed:
    test = compiler.compile(node.arguments[0])
    branches = [compiler.compile(argument) for argument in node.arguments[1:]]
    return choose(node, [(condition(test, node.arguments[0].span), branches[0])], branches[1])


@special("case")
def _case(compiler: Compiler, node: nodes.Call) -> Typed:
    """The first value whose condition is true; null where none is."""
    pairs = []
    for test, value in zip(node.arguments[::2], node.arguments[1::2]):
        pairs.append((condition(compiler.compile(test), test.span), compiler.compile(value)))
    return choose(node, pairs, NULL)


@special("validate")
def _validate(compiler: Compiler, node: nodes.Call) -> Typed:
    """The value beside the first condition that is not true; null where all are."""
    pairs = []
    for test, value in zip(node.arguments[::2], node.arguments[1::2]):
        sql = condition(compiler.compile(test), test.span)
        pairs.append((f"NOT coalesce({sql}, FALSE)", compiler.compile(value)))
    return choose(node, pairs, NULL)


def choose(node: nodes.Call, pairs: list[tuple[str, Typed]], otherwise: Typed) -> Typed:
    kind = common_kind([value for _, value in pairs] + [otherwise], node.span)
    if kind == "null":
        return NULL
    convert = CONVERT[kind]
    whens = " ".join(f"WHEN {test} THEN {convert(value, node.span)}" for test, value in pairs)
    return Typed(f"CASE {whens} ELSE {convert(otherwise, node.span)} END", kind)


@special("coalesce")
def _coalesce(compiler: Compiler, node: nodes.Call) -> Typed:
    parts = [compiler.compile(argument) for argument in node.arguments]
    parts = [part for part in parts if part.kind != "null"]
    if not parts:
        return NULL
    kind = common_kind(parts, node.span)
    values = ", ".join(CONVERT[kind](part, node.span) for part in parts)
    return Typed(f"coalesce({values})", kind)


@special("nullif")
def _nullif(compiler: Compiler, node: nodes.Call) -> Typed:
    left, right = (compiler.compile(argument) for argument in node.arguments)
    if left.kind == "null":
        return NULL
    same = compiler.compare("=", left, right, node.span)
    return Typed(f"CASE WHEN {same} THEN NULL ELSE {left.sql} END", left.kind)


@special("null")
def _null(compiler: Compiler, node: nodes.Call) -> Typed:
    return NULL


@special("true")
def _true(compiler: Compiler, node: nodes.Call) -> Typed:
    return Typed("TRUE", "bool", True)


@special("false")
def _false(compiler: Compiler, node: nodes.Call) -> Typed:
    return Typed("FALSE", "bool", False)


@special("isnull", "isnotnull")
def _isnull(compiler: Compiler, node: nodes.Call) -> Typed:
    value = compiler.compile(node.arguments[0])
    word = "IS NULL" if node.name == "isnull" else "IS NOT NULL"
    return Typed(f"({value.sql} {word})", "bool")


@special("isnum", "isint", "isstr", "isbool", "isdouble", "ismv")
def _is_kind(compiler: Compiler, node: nodes.Call) -> Typed:
    """A field's text that looks numeric is a number; a quoted string never is."""
    value = compiler.compile(node.arguments[0])
    name = node.name
    if name == "isbool":
        return Typed("TRUE" if value.kind == "bool" else "FALSE", "bool")
    if name == "ismv":
        return Typed(f"coalesce(len({value.sql}) > 1, FALSE)" if value.kind == "mv" else "FALSE",
                     "bool")
    if value.kind in ("null", "bool"):
        return Typed("FALSE", "bool")
    quoted_string = value.kind == "str" and isinstance(value.literal, str)
    if name == "isstr":
        if value.kind == "num":
            return Typed("FALSE", "bool")
        if quoted_string:
            return Typed("TRUE", "bool")
        one = text(value, node.span)
        return Typed(f"({one} IS NOT NULL AND spl_num({one}) IS NULL)", "bool")
    if quoted_string:
        return Typed("FALSE", "bool")
    sql = number(value, node.span)
    if name == "isnum":
        return Typed(f"({sql} IS NOT NULL)", "bool")
    whole = f"coalesce({sql} = trunc({sql}), FALSE)"
    return Typed(whole if name == "isint" else f"coalesce({sql} <> trunc({sql}), FALSE)", "bool")


@special("typeof")
def _typeof(compiler: Compiler, node: nodes.Call) -> Typed:
    value = compiler.compile(node.arguments[0])
    if value.kind == "null":
        return Typed("'Invalid'", "str", "Invalid")
    if value.kind == "bool":
        return Typed("'Bool'", "str", "Bool")
    if value.kind == "mv":
        return Typed(f"CASE WHEN {value.sql} IS NULL THEN 'Invalid' WHEN len({value.sql}) > 1"
                     f" THEN 'Multivalue' WHEN spl_num({value.sql}[1]) IS NULL THEN 'String'"
                     " ELSE 'Number' END", "str")
    if value.kind == "num":
        return Typed(f"CASE WHEN {value.sql} IS NULL THEN 'Invalid' ELSE 'Number' END", "str")
    if isinstance(value.literal, str):
        return Typed("'String'", "str", "String")
    return Typed(f"CASE WHEN {value.sql} IS NULL THEN 'Invalid' WHEN spl_num({value.sql})"
                 " IS NULL THEN 'String' ELSE 'Number' END", "str")


@special("max", "min")
def _extreme(compiler: Compiler, node: nodes.Call) -> Typed:
    """Strings are greater than numbers; several values of a field all count."""
    parts = [compiler.compile(argument) for argument in node.arguments]
    parts = [part for part in parts if part.kind != "null"]
    if not parts:
        return NULL
    if all(part.kind == "num" and part.places is None for part in parts):
        function = "greatest" if node.name == "max" else "least"
        return Typed(f"{function}({', '.join(part.sql for part in parts)})", "num")
    joined = parts_list(parts, node)
    name = compiler.session.function(
        f"py_{node.name}", _greatest if node.name == "max" else _least, ["VARCHAR[]"], "VARCHAR"
    )
    return Typed(f"{name}({joined})", "str")


def parts_list(parts: list[Typed], node: nodes.Call) -> str:
    """All values of all arguments as one list; missing ones are left out."""
    lists: list[str] = []
    for several, run in groupby(parts, lambda part: part.kind in ("mv", "null")):
        if several:
            lists += [f"coalesce({many(part, node.span)}, CAST([] AS VARCHAR[]))" for part in run]
        else:
            values = ", ".join(text(part, node.span) for part in run)
            lists.append(f"list_filter([{values}], lambda x: x IS NOT NULL)")
    return f"list_concat({', '.join(lists)})" if len(lists) > 1 else lists[0]


def _sort_key(value: str) -> tuple[int, float, str]:
    from lab.engine.values import to_number

    found = to_number(value)
    return (1, 0.0, value) if found is None else (0, found, "")


def _greatest(values: list[str] | None) -> str | None:
    return max(values, key=_sort_key) if values else None


def _least(values: list[str] | None) -> str | None:
    return min(values, key=_sort_key) if values else None


@special("searchmatch")
def _searchmatch(compiler: Compiler, node: nodes.Call) -> Typed:
    from lab.engine.functions import constant_text
    from lab.spl.parse import parse

    words = constant_text(node.arguments[0])
    if words is None:
        raise SPLError("searchmatch() needs a quoted search", node.span, "searchmatch")
    command = parse("search " + words, compiler.session.context.app).commands[0]
    sql = PredicateCompiler(compiler.session, compiler.frame).compile(command.predicate)
    return Typed(sql, "bool")


@special("match")
def _match(compiler: Compiler, node: nodes.Call) -> Typed:
    from lab.engine import patterns
    from lab.engine.functions import constant_text

    pattern = constant_text(node.arguments[1])
    subject = compiler.compile(node.arguments[0])
    if subject.kind == "null":
        return Typed("CAST(NULL AS BOOLEAN)", "bool")
    if subject.kind == "mv":
        variable = compiler.session.new("v")
        inner = _match_one(compiler, node, Typed(variable, "str"), pattern, patterns)
        return Typed(f"spl_any(list_transform({subject.sql}, lambda {variable}: {inner}))", "bool")
    return Typed(_match_one(compiler, node, subject, pattern, patterns), "bool")


def _match_one(compiler: Compiler, node: nodes.Call, subject: Typed, pattern: str | None,
               patterns) -> str:
    sql = text(subject, node.span)
    if pattern is not None:
        patterns.checked(pattern, node.arguments[1].span)
        form = patterns.re2(pattern)
        if form is not None:
            return f"regexp_matches({sql}, {literal(form)})"
        expression = literal(pattern)
    else:
        expression = text(compiler.compile(node.arguments[1]), node.span)
    name = compiler.session.function("py_match", _match_python, ["VARCHAR", "VARCHAR"], "BOOLEAN")
    return f"{name}({sql}, {expression})"


def _match_python(value: str | None, pattern: str | None) -> bool | None:
    from lab.engine.patterns import compiled

    if value is None or pattern is None:
        return None
    return compiled(pattern).search(value) is not None


def _cidrmatch(network: str | None, address: str | None) -> bool | None:
    from lab.engine.addresses import contains

    return None if network is None or address is None else contains(network, address)


@special("cidrmatch")
def _cidr(compiler: Compiler, node: nodes.Call) -> Typed:
    network, address = (compiler.compile(argument) for argument in node.arguments)
    name = compiler.session.function(
        "py_cidrmatch", _cidrmatch, ["VARCHAR", "VARCHAR"], "BOOLEAN"
    )
    if address.kind == "mv":
        variable = compiler.session.new("v")
        return Typed(f"spl_any(list_transform({address.sql}, lambda {variable}:"
                     f" {name}({text(network)}, {variable})))", "bool")
    return Typed(f"{name}({text(network, node.span)}, {text(address, node.span)})", "bool")


SIMPLE["ipmask"] = Simple("ss", "str", python=lambda mask, ip: __import__(
    "lab.engine.addresses", fromlist=["masked"]).masked(mask, ip), each=False)
