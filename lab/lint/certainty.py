"""When an expression cannot be null, and which fields a true condition proves to be there."""

from __future__ import annotations

from collections.abc import Callable

from lab.engine.functions.multivalue import field_names
from lab.spl import nodes

ALWAYS_ANSWER = frozenset({
    "now", "time", "pi", "true", "false", "isnull", "isnotnull", "isnum", "isstr", "isint",
    "isbool", "typeof", "mvrange", "json_object", "json_array",
})
NULL_FROM_FULL = frozenset({
    "null", "nullif", "mvindex", "mvfilter", "mvfind", "spath", "tonumber", "strptime",
    "relative_time", "json_extract", "json_extract_exact", "json_keys", "searchmatch", "mvmap",
    "lookup", "validate", "ln", "log", "sqrt", "toint", "todouble",
})
"""Functions that can give null although every argument has a value."""
ANY_ARGUMENT = frozenset({"coalesce", "mvappend", "max", "min"})
TESTS = frozenset({"match", "like", "cidrmatch", "isnotnull", "isnum", "isstr", "isint", "in"})
COMPARISONS = frozenset({"=", "!=", "<", ">", "<=", ">=", "LIKE"})


def never_null(node: nodes.Expression, has: Callable[[str], bool]) -> bool:
    """`has(name)`: the field is in every row. Arithmetic is taken to be over numbers."""
    if isinstance(node, nodes.Literal):
        return True
    if isinstance(node, nodes.FieldRef):
        return has(node.name)
    if isinstance(node, nodes.Unary):
        return never_null(node.operand, has)
    if isinstance(node, nodes.Binary):
        return never_null(node.left, has) and never_null(node.right, has)
    if isinstance(node, nodes.InList):
        return never_null(node.operand, has)
    if isinstance(node, nodes.Call):
        return _call(node, has)
    return False


def _call(node: nodes.Call, has: Callable[[str], bool]) -> bool:
    values = node.arguments
    if node.name in ALWAYS_ANSWER:
        return True
    if node.name in ANY_ARGUMENT:
        return any(never_null(value, has) for value in values)
    if node.name == "if":
        proven = implied(values[0])
        return never_null(values[1], lambda name: name in proven or has(name)) \
            and never_null(values[2], lambda name: name in absent(values[0]) or has(name))
    if node.name == "case":
        last = values[-2]
        return isinstance(last, nodes.Call) and last.name == "true" and all(
            never_null(value, lambda name, test=test: name in implied(test) or has(name))
            for test, value in zip(values[::2], values[1::2]))
    if node.name == "mvindex" and isinstance(values[0], nodes.Call) and values[0].name == "split":
        return len(values) == 2 and _is_end(values[1]) and never_null(values[0], has)
    if node.name == "mvindex":
        return len(values) == 2 and _is_end(values[1]) and never_null(values[0], has)
    if node.name in NULL_FROM_FULL:
        return False
    return all(never_null(value, has) for value in values)


def _is_end(node: nodes.Expression) -> bool:
    """The first or the last value, which every multivalue has."""
    if isinstance(node, nodes.Unary):
        return node.operator == "-" and isinstance(node.operand, nodes.Literal) \
            and node.operand.value == 1
    return isinstance(node, nodes.Literal) and node.value == 0


def implied(node: nodes.Expression) -> frozenset[str]:
    """Fields that have a value in every row for which the condition is true."""
    if isinstance(node, nodes.Binary):
        if node.operator == "AND":
            return implied(node.left) | implied(node.right)
        if node.operator == "OR":
            return implied(node.left) & implied(node.right)
        if node.operator in COMPARISONS:
            return _strict(node.left) | _strict(node.right)
    if isinstance(node, nodes.InList):
        return _strict(node.operand)
    if isinstance(node, nodes.Unary) and node.operator == "NOT":
        return absent(node.operand)
    if isinstance(node, nodes.Call) and node.name in TESTS:
        return _strict(node.arguments[-1] if node.name == "cidrmatch" else node.arguments[0])
    return frozenset()


def absent(node: nodes.Expression) -> frozenset[str]:
    """Fields that have a value where the condition is false: those that isnull() asks for."""
    if isinstance(node, nodes.Call) and node.name == "isnull":
        return _strict(node.arguments[0])
    if isinstance(node, nodes.Binary) and node.operator == "OR":
        return absent(node.left) | absent(node.right)
    return frozenset()


def _strict(node: nodes.Expression) -> frozenset[str]:
    """Fields without which the expression is null."""
    if isinstance(node, nodes.Call) and node.name in (
            ANY_ARGUMENT | ALWAYS_ANSWER | {"if", "case", "mvmap"}):
        return frozenset()
    if isinstance(node, nodes.Call):
        return frozenset().union(*(_strict(value) for value in node.arguments[:1]))
    if isinstance(node, nodes.Binary) and node.operator in ("AND", "OR", "XOR"):
        return frozenset()
    return frozenset(field_names(node))


def implied_by_search(node: nodes.Predicate | None) -> frozenset[str]:
    """The same for the terms of a search: `field=value` and `field!=value` need the field."""
    if isinstance(node, (nodes.Compare, nodes.InValues)):
        return frozenset({node.field_name})
    if isinstance(node, nodes.And):
        return frozenset().union(*(implied_by_search(part) for part in node.parts))
    if isinstance(node, nodes.Or):
        parts = [implied_by_search(part) for part in node.parts]
        return frozenset.intersection(*parts) if parts else frozenset()
    return frozenset()
