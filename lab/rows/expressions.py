"""The value of an eval expression for one row.

Null: arithmetic, `.` and comparisons with null are null; AND and OR know three truths; where
keeps a row only for true. A multivalue compares by any of its values.
"""

from __future__ import annotations

import math
import re

from lab.rows import precision
from lab.rows.state import Row, State
from lab.rows.values import Text, Value, number, single, text
from lab.spl import nodes
from lab.spl.errors import SPLError


def evaluate(node: nodes.Expression, row: Row, state: State) -> Value:
    if isinstance(node, nodes.Literal):
        value = node.value
        if isinstance(value, bool):
            return value
        if isinstance(value, str):
            return Text(value)
        return precision.read(node.written) if "." in node.written else float(value)
    if isinstance(node, nodes.FieldRef):
        return row.get(node.name)
    if isinstance(node, nodes.Unary):
        return _unary(node, row, state)
    if isinstance(node, nodes.Binary):
        return _binary(node, row, state)
    if isinstance(node, nodes.InList):
        return membership(
            evaluate(node.operand, row, state), [evaluate(i, row, state) for i in node.items]
        )
    if isinstance(node, nodes.Call):
        from lab.rows.functions import call

        return call(node, row, state)
    raise SPLError(f"the row evaluator does not know {type(node).__name__}", node.span,
                   type(node).__name__)


def named(node: object) -> set[str]:
    """Names of the fields that an expression reads."""
    if isinstance(node, nodes.FieldRef):
        return {node.name}
    found: set[str] = set()
    for part in vars(node).values() if isinstance(node, nodes.Expression) else ():
        for one in part if isinstance(part, tuple) else (part,):
            found |= named(one)
    return found


def truth(value: Value) -> bool | None:
    """Three-valued truth of a condition."""
    if value is None or isinstance(value, bool):
        return value
    raise SPLError("a condition is neither true nor false", construct="Boolean")


def holds(node: nodes.Expression, row: Row, state: State) -> bool:
    return truth(evaluate(node, row, state)) is True


def _unary(node: nodes.Unary, row: Row, state: State) -> Value:
    value = evaluate(node.operand, row, state)
    if node.operator == "NOT":
        said = truth(value)
        return None if said is None else not said
    given = number(value)
    if given is None:
        return None
    return precision.negative(given) if node.operator == "-" else given


def _binary(node: nodes.Binary, row: Row, state: State) -> Value:
    if node.operator in ("AND", "OR", "XOR"):
        return _logic(node, row, state)
    left, right = evaluate(node.left, row, state), evaluate(node.right, row, state)
    if node.operator in _COMPARISONS:
        return compare(node.operator, left, right)
    if node.operator == "LIKE":
        return any_of(lambda a, b: like(text(a), text(b)), left, right)
    first, second = single(left), single(right)
    if first is None or second is None:
        return None
    if node.operator == ".":
        return Text(text(first) + text(second))
    return _arithmetic(node.operator, first, second)


def _logic(node: nodes.Binary, row: Row, state: State) -> bool | None:
    left = truth(evaluate(node.left, row, state))
    if node.operator == "AND" and left is False:
        return False
    if node.operator == "OR" and left is True:
        return True
    right = truth(evaluate(node.right, row, state))
    if node.operator == "AND":
        return False if right is False else None if None in (left, right) else True
    if node.operator == "OR":
        return True if right is True else None if None in (left, right) else False
    return None if None in (left, right) else left != right


def _arithmetic(operator: str, first: Value, second: Value) -> Value:
    """`+` joins two texts; every other operation needs numbers, else it is null."""
    left, right = number(first), number(second)
    if left is None or right is None:
        both = isinstance(first, str) and isinstance(second, str)
        return Text(first + second) if operator == "+" and both else None
    try:
        if operator == "+":
            result = left + right
        elif operator == "-":
            result = left - right
        elif operator == "*":
            result = left * right
        elif right == 0:
            return None
        elif operator == "/":
            result = left / right
        else:
            result = math.fmod(left, right)
    except OverflowError:
        return None
    if not math.isfinite(result):
        return None
    return precision.calculated(operator, left, right, float(result))


def like(value: str, pattern: str) -> bool:
    """`%` is any text, `_` one character; case matters."""
    made = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return re.fullmatch(made, value, re.DOTALL) is not None


_COMPARISONS = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
}


def compare(operator: str, left: Value, right: Value) -> bool | None:
    return any_of(lambda a, b: _pair(operator, a, b), left, right)


def any_of(test, left: Value, right: Value) -> bool | None:
    """Whether any value of one side passes the test with any of the other; null with null."""
    if left is None or right is None:
        return None
    first = left if isinstance(left, list) else [left]
    second = right if isinstance(right, list) else [right]
    return any(test(a, b) for a in first for b in second)


def _pair(operator: str, left: Value, right: Value) -> bool:
    """Numbers by size, anything else by code point; a literal in quotes is never a number."""
    test = _COMPARISONS[operator]
    if not isinstance(left, Text) and not isinstance(right, Text):
        first, second = number(left), number(right)
        if first is not None and second is not None:
            return test(first, second)
    return test(text(left), text(right))


def membership(value: Value, items: list[Value]) -> bool | None:
    """x IN (a, b): as x=a OR x=b."""
    found = [compare("=", value, item) for item in items]
    if True in found:
        return True
    return None if None in found else False
