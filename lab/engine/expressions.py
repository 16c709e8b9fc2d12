"""Eval expressions as SQL over the columns of a frame.

Kinds of a compiled expression: "num", "str", "mv" as in frames, "bool" for conditions, "null".
`places` is set where decimals limit what is shown of a number (lab/engine/precision.py), and
`value` where a text may be such a number.
`literal` is set for a quoted string or number of the search itself: a quoted string is text
even where it looks like a number, a field's text acts as a number where it looks like one.
Comparisons with a missing value are NULL, so neither they nor their NOT keep a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lab.engine.columns import literal as sql_literal
from lab.engine.frame import Column, Frame
from lab.engine.precision import decimals, shown
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import NOWHERE, Span, SPLError

LONG_SQL = 120
MV_TYPE, NUM_TYPE, STR_TYPE = "VARCHAR[]", "DOUBLE", "VARCHAR"


@dataclass(frozen=True)
class Typed:
    sql: str
    kind: str
    literal: Any = None
    places: str | None = None
    value: str | None = None


NULL = Typed("NULL", "null")


def number(typed: Typed, span: Span = NOWHERE) -> str:
    if typed.kind == "num":
        return typed.sql
    if typed.kind == "null":
        return "CAST(NULL AS DOUBLE)"
    if typed.kind == "bool":
        raise SPLError("a condition stands where a number is needed", span, hint="use if()")
    if typed.value is not None:
        return typed.value
    return f"spl_num({text(typed, span)})"


def text(typed: Typed, span: Span = NOWHERE) -> str:
    if typed.kind == "str":
        return typed.sql
    if typed.kind == "num":
        if typed.places is not None:
            return f"py_shown({typed.sql}, {typed.places})"
        return f"spl_text({typed.sql})"
    if typed.kind == "null":
        return "CAST(NULL AS VARCHAR)"
    if typed.kind == "mv":
        return f"spl_one({typed.sql})"
    raise SPLError(
        "a condition stands where a value is needed", span,
        hint="fields cannot be booleans; use if(condition, \"true\", \"false\")",
    )


def many(typed: Typed, span: Span = NOWHERE) -> str:
    if typed.kind == "mv":
        return typed.sql
    if typed.kind == "null":
        return "CAST(NULL AS VARCHAR[])"
    return f"spl_single({text(typed, span)})"


def none_if_empty(sql: str) -> str:
    """A list, NULL where it is empty. DuckDB plans a macro's argument once for each mention, which
    a long one is not worth."""
    return f"spl_list({sql})" if len(sql) < LONG_SQL else f"spl_list_once({sql})"


def settled(typed: Typed) -> Typed:
    """As the value of a field: a number whose precision is limited is the text that is shown."""
    if typed.kind == "num" and typed.places is not None:
        return Typed(text(typed), "str", typed.literal)
    return typed


def condition(typed: Typed, span: Span = NOWHERE) -> str:
    if typed.kind == "bool":
        return typed.sql
    if typed.kind == "null":
        return "CAST(NULL AS BOOLEAN)"
    raise SPLError(
        "a value stands where a condition is needed", span,
        hint="compare it with something, or use isnotnull()",
    )


def common_kind(parts: list[Typed], span: Span = NOWHERE) -> str:
    """The kind that holds every part: numbers stay numbers only among themselves."""
    kinds = {"str" if part.places is not None else part.kind for part in parts} - {"null"}
    if not kinds:
        return "null"
    if "bool" in kinds:
        if kinds == {"bool"}:
            return "bool"
        raise SPLError("conditions and values are mixed", span, hint="give values in each branch")
    if "mv" in kinds:
        return "mv"
    return "num" if kinds == {"num"} else "str"


CONVERT: dict[str, Callable[[Typed, Span], str]] = {
    "num": number, "str": text, "mv": many, "bool": condition, "null": lambda t, s: "NULL",
}


@dataclass
class Compiler:
    """`bound` are fields that stand for a lambda's variable (mvmap, mvfilter)."""

    session: Session
    frame: Frame
    bound: dict[str, Typed] = field(default_factory=dict)
    missing: Callable[[str], None] = lambda name: None

    def column(self, name: str) -> Typed:
        if name in self.bound:
            return self.bound[name]
        column: Column | None = self.frame.columns.get(name)
        if column is None:
            self.missing(name)
            return NULL
        return Typed(column.sql, column.kind)

    def compile(self, node: nodes.Expression) -> Typed:
        if isinstance(node, nodes.Literal):
            return self._literal(node)
        if isinstance(node, nodes.FieldRef):
            return self.column(node.name)
        if isinstance(node, nodes.Unary):
            return self._unary(node)
        if isinstance(node, nodes.Binary):
            return self._binary(node)
        if isinstance(node, nodes.InList):
            operand = self.compile(node.operand)
            tests = [self.compare("=", operand, self.compile(item)) for item in node.items]
            return Typed("(" + " OR ".join(tests) + ")", "bool")
        if isinstance(node, nodes.Call):
            from lab.engine.functions import call

            return call(self, node)
        raise SPLError(f"the engine does not know {type(node).__name__}", node.span)

    def condition(self, node: nodes.Expression) -> str:
        return condition(self.compile(node), node.span)

    def _literal(self, node: nodes.Literal) -> Typed:
        if isinstance(node.value, bool):
            return Typed("TRUE" if node.value else "FALSE", "bool", node.value)
        if isinstance(node.value, (int, float)):
            places = decimals(node.written)
            if places is None:
                return Typed(f"CAST({node.value!r} AS DOUBLE)", "num", node.value)
            self._showing()
            return Typed(f"CAST({node.value!r} AS DOUBLE)", "num", node.value, str(places))
        return Typed(sql_literal(node.value), "str", node.value)

    def _unary(self, node: nodes.Unary) -> Typed:
        operand = self.compile(node.operand)
        if node.operator == "NOT":
            return Typed(f"(NOT {condition(operand, node.span)})", "bool")
        sql = number(operand, node.span)
        value = operand.literal
        if node.operator == "-":
            flipped = -value if isinstance(value, (int, float)) else None
            return Typed(f"(-{sql})", "num", flipped, self._places(operand, node.operand))
        kept = value if operand.kind == "num" else None
        return Typed(sql, "num", kept, self._places(operand, node.operand))

    def _binary(self, node: nodes.Binary) -> Typed:
        operator = node.operator
        left, right = self.compile(node.left), self.compile(node.right)
        if operator in ("AND", "OR"):
            return Typed(
                f"({condition(left, node.left.span)} {operator}"
                f" {condition(right, node.right.span)})", "bool",
            )
        if operator == "XOR":
            return Typed(
                f"({condition(left, node.left.span)} <> {condition(right, node.right.span)})",
                "bool",
            )
        if operator in ("=", "!=", "<", "<=", ">", ">="):
            return Typed(self.compare(operator, left, right, node.span), "bool")
        if operator == "LIKE":
            return Typed(self.like(left, right, node.span), "bool")
        if operator == ".":
            return Typed(f"({text(left, node.left.span)} || {text(right, node.right.span)})",
                         "str")
        if operator == "+":
            return self._plus(left, right, node)
        return self._calculated(operator, left, right, node)

    def _plus(self, left: Typed, right: Typed, node: nodes.Binary) -> Typed:
        """Two numbers are added, two strings joined; a field's text may be either."""
        if "num" in (left.kind, right.kind):
            return self._calculated("+", left, right, node)
        if "null" in (left.kind, right.kind):
            return NULL
        a, b = text(left, node.left.span), text(right, node.right.span)
        if isinstance(left.literal, str) or isinstance(right.literal, str):
            return Typed(f"({a} || {b})", "str")
        total = self._calculated("+", left, right, node)
        return Typed(f"coalesce({text(total)}, {a} || {b})", "str", None, total.places, total.sql)

    def _calculated(self, operator: str, left: Typed, right: Typed, node: nodes.Binary) -> Typed:
        """A number, with the decimals that its operands leave it."""
        a, b = number(left, node.left.span), number(right, node.right.span)
        sql = f"({a} {operator} nullif({b}, 0))" if operator in "/%" else f"({a} {operator} {b})"
        first, second = self._places(left, node.left), self._places(right, node.right)
        if first is None and second is None:
            return Typed(sql, "num")
        first, second = first or "NULL", second or "NULL"
        if operator in "+-":
            return Typed(sql, "num", None, f"least({first}, {second})")
        places = f"spl_product_places({a}, {first}, {b}, {second}, {sql})"
        if operator == "%":
            places = f"spl_remainder_places(least({first}, {second}), {places}, {sql})"
        return Typed(sql, "num", None, places)

    def _places(self, typed: Typed, node: nodes.Expression) -> str | None:
        """The decimals that an operand is precise to, as SQL; None where nothing limits it."""
        if isinstance(node, nodes.Call) and node.name == "round":
            # Its result is a text here, for its zeros; as a function's it limits nothing.
            return None
        found = typed.places
        if found is None and typed.kind in ("str", "mv"):
            found = f"spl_places({text(typed)})"
        if found is not None:
            self._showing()
        return found

    def _showing(self) -> None:
        self.session.function("py_shown", shown, ["DOUBLE", "BIGINT"], "VARCHAR")

    def compare(self, operator: str, left: Typed, right: Typed, span: Span = NOWHERE) -> str:
        """A comparison as SQL; of a multivalue, any of its values may make it true."""
        if left.kind == "bool" and right.kind == "bool" and operator in ("=", "!="):
            return f"({left.sql} {'=' if operator == '=' else '<>'} {right.sql})"
        if "null" in (left.kind, right.kind):
            return "CAST(NULL AS BOOLEAN)"
        if left.kind == "mv" or right.kind == "mv":
            return self._compare_many(operator, left, right, span)
        if left.kind == "num" and right.kind == "num":
            return f"({left.sql} {SQL_OPERATORS[operator]} {right.sql})"
        a, b = text(left, span), text(right, span)
        if _text_literal(left) or _text_literal(right):
            return f"({a} {SQL_OPERATORS[operator]} {b})"
        if "num" in (left.kind, right.kind):
            return self._compare_mixed(operator, left, right, span)
        return _dynamic(operator, a, b)

    def _compare_mixed(self, operator: str, left: Typed, right: Typed, span: Span) -> str:
        a, b = number(left, span), number(right, span)
        sign = SQL_OPERATORS[operator]
        words = f"{text(left, span)} {sign} {text(right, span)}"
        return f"coalesce({a} {sign} {b}, {words})"

    def _compare_many(self, operator: str, left: Typed, right: Typed, span: Span) -> str:
        variable = self.session.new("v")
        if left.kind == "mv":
            test = self.compare(operator, Typed(variable, "str"), right, span)
            source = left.sql
        else:
            test = self.compare(operator, left, Typed(variable, "str"), span)
            source = right.sql
        return f"spl_any(list_transform({source}, lambda {variable}: {test}))"

    def like(self, left: Typed, right: Typed, span: Span = NOWHERE) -> str:
        if left.kind == "mv":
            variable = self.session.new("v")
            test = self.like(Typed(variable, "str"), right, span)
            return f"spl_any(list_transform({left.sql}, lambda {variable}: {test}))"
        return f"({text(left, span)} LIKE {text(right, span)})"


SQL_OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _text_literal(typed: Typed) -> bool:
    return typed.kind == "str" and isinstance(typed.literal, str)


def _dynamic(operator: str, a: str, b: str) -> str:
    if operator == "=":
        return f"spl_eq({a}, {b})"
    if operator == "!=":
        return f"(NOT spl_eq({a}, {b}))"
    if operator == "<":
        return f"spl_lt({a}, {b})"
    if operator == "<=":
        return f"spl_le({a}, {b})"
    if operator == ">":
        return f"spl_lt({b}, {a})"
    return f"spl_le({b}, {a})"
