"""The value of an expression without fields, for macros' validation and eval-based definitions.

Only what such expressions use is here; anything else is refused by name.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from lab.spl import nodes
from lab.spl.errors import SPLError

Value = str | float | int | bool | None


def constant(expression: nodes.Expression) -> Value:
    """The value; None is null. A field has no value here, so it is null."""
    if isinstance(expression, nodes.Literal):
        return expression.value
    if isinstance(expression, nodes.FieldRef):
        return None
    if isinstance(expression, nodes.Unary):
        return _unary(expression)
    if isinstance(expression, nodes.Binary):
        return _binary(expression)
    if isinstance(expression, nodes.InList):
        value = constant(expression.operand)
        return None if value is None else any(
            _equal(value, constant(item)) for item in expression.items
        )
    if isinstance(expression, nodes.Call):
        return _call(expression)
    raise SPLError("this expression cannot be evaluated without events", expression.span)


def _unary(node: nodes.Unary) -> Value:
    value = constant(node.operand)
    if node.operator == "NOT":
        return None if value is None else not value
    number = _number(value)
    return None if number is None else -number if node.operator == "-" else number


def _binary(node: nodes.Binary) -> Value:
    left, right = constant(node.left), constant(node.right)
    if node.operator == "AND":
        return bool(left) and bool(right)
    if node.operator == "OR":
        return bool(left) or bool(right)
    if node.operator == "XOR":
        return bool(left) != bool(right)
    if left is None or right is None:
        return None
    if node.operator == ".":
        return _text(left) + _text(right)
    if node.operator in _COMPARE:
        return _compare(node.operator, left, right)
    if node.operator == "LIKE":
        return _like(_text(left), _text(right))
    return _arithmetic(node.operator, left, right)


_COMPARE: dict[str, Callable[[object, object], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
    "<=": operator.le, ">=": operator.ge,
}


def _compare(name: str, left: Value, right: Value) -> bool:
    first, second = _number(left), _number(right)
    if first is not None and second is not None:
        return _COMPARE[name](first, second)
    return _COMPARE[name](_text(left), _text(right))


def _equal(left: Value, right: Value) -> bool:
    return right is not None and _compare("=", left, right)


def _arithmetic(name: str, left: Value, right: Value) -> Value:
    first, second = _number(left), _number(right)
    if first is None or second is None:
        return _text(left) + _text(right) if name == "+" else None
    if name in "/%" and second == 0:
        return None
    return {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
            "%": operator.mod}[name](first, second)


def _like(value: str, pattern: str) -> bool:
    regex = "".join(
        ".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern
    )
    return re.fullmatch(regex, value, re.DOTALL) is not None


def _number(value: Value) -> float | int | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return value
    try:
        return float(value)
    except ValueError:
        return None


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _call(node: nodes.Call) -> Value:
    name, parts = node.name, node.arguments
    if name == "if":
        return constant(parts[1] if constant(parts[0]) is True else parts[2])
    if name in ("case", "validate"):
        for condition, value in zip(parts[::2], parts[1::2]):
            if (constant(condition) is True) == (name == "case"):
                return constant(value)
        return None
    if name == "coalesce":
        return next((v for v in map(constant, parts) if v is not None), None)
    if name == "null":
        return None
    if name in _TESTS:
        return _TESTS[name](constant(parts[0]))
    if name not in _FUNCTIONS:
        raise SPLError(
            f"{name}() is not supported by the lab in a macro's validation or eval definition",
            node.span, construct=name,
        )
    values = [constant(part) for part in parts]
    return None if None in values else _FUNCTIONS[name](*values)


_TESTS: dict[str, Callable[[Value], bool]] = {
    "isnull": lambda v: v is None,
    "isnotnull": lambda v: v is not None,
    "isnum": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "isint": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "isstr": lambda v: isinstance(v, str),
    "isbool": lambda v: isinstance(v, bool),
}

_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "true": lambda: True,
    "false": lambda: False,
    "len": lambda v: len(_text(v)),
    "lower": lambda v: _text(v).lower(),
    "upper": lambda v: _text(v).upper(),
    "trim": lambda v: _text(v).strip(),
    "tostring": _text,
    "tonumber": _number,
    "match": lambda v, p: re.search(p, _text(v)) is not None,
    "replace": lambda v, p, r: re.sub(p, lambda _: r, _text(v)),
}
