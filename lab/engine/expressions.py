"""Eval expressions as SQL over the columns of a frame.

Kinds of a compiled expression: "num", "str", "mv" as in frames, "bool" for conditions, "null".
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
from lab.engine.session import DECIMALS_MESSAGE, Session
from lab.spl import nodes
from lab.spl.errors import NOWHERE, Span, SPLError

MV_TYPE, NUM_TYPE, STR_TYPE = "VARCHAR[]", "DOUBLE", "VARCHAR"


@dataclass(frozen=True)
class Typed:
    sql: str
    kind: str
    literal: Any = None


NULL = Typed("NULL", "null")


def number(typed: Typed, span: Span = NOWHERE) -> str:
    if typed.kind == "num":
        return typed.sql
    if typed.kind == "null":
        return "CAST(NULL AS DOUBLE)"
    if typed.kind == "bool":
        raise SPLError("a condition stands where a number is needed", span, hint="use if()")
    return f"spl_num({text(typed, span)})"


def text(typed: Typed, span: Span = NOWHERE) -> str:
    if typed.kind == "str":
        return typed.sql
    if typed.kind == "num":
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
    kinds = {part.kind for part in parts} - {"null"}
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
    """`bound` are fields that stand for a lambda's variable (mvmap, mvfilter).

    `exact` is set inside exact(…), where decimals do not limit the precision of a result.
    """

    session: Session
    frame: Frame
    bound: dict[str, Typed] = field(default_factory=dict)
    exact: bool = False
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
            return Typed(f"CAST({node.value!r} AS DOUBLE)", "num", node.value)
        return Typed(sql_literal(node.value), "str", node.value)

    def _unary(self, node: nodes.Unary) -> Typed:
        operand = self.compile(node.operand)
        if node.operator == "NOT":
            return Typed(f"(NOT {condition(operand, node.span)})", "bool")
        sql = number(operand, node.span)
        value = operand.literal
        if node.operator == "-":
            flipped = -value if isinstance(value, (int, float)) else None
            return Typed(f"(-{sql})", "num", flipped)
        return Typed(sql, "num", value if operand.kind == "num" else None)

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
        a, b = self.operand(left, node.left), self.operand(right, node.right)
        if operator == "/":
            return Typed(f"({a} / nullif({b}, 0))", "num")
        if operator == "%":
            return Typed(f"({a} % nullif({b}, 0))", "num")
        return Typed(f"({a} {operator} {b})", "num")

    def _plus(self, left: Typed, right: Typed, node: nodes.Binary) -> Typed:
        """Two numbers are added, two strings joined; a field's text may be either."""
        if "num" in (left.kind, right.kind):
            a, b = self.operand(left, node.left), self.operand(right, node.right)
            return Typed(f"({a} + {b})", "num")
        if "null" in (left.kind, right.kind):
            return NULL
        a, b = text(left, node.left.span), text(right, node.right.span)
        if isinstance(left.literal, str) or isinstance(right.literal, str):
            return Typed(f"({a} || {b})", "str")
        value = "spl_num" if self.exact else "spl_operand"
        return Typed(
            f"CASE WHEN spl_num({a}) + spl_num({b}) IS NOT NULL"
            f" THEN spl_text({value}({a}) + {value}({b})) ELSE {a} || {b} END", "str",
        )

    def operand(self, typed: Typed, node: nodes.Expression) -> str:
        """A number to calculate with. Decimals as written limit what Splunk shows of the result
        (Search Reference, eval: Rounding); that is refused, unless inside exact()."""
        if self.exact:
            return number(typed, node.span)
        if isinstance(typed.literal, float):
            raise SPLError(DECIMALS_MESSAGE, node.span, "exact")
        if typed.kind in ("str", "mv"):
            return f"spl_operand({text(typed, node.span)})"
        return number(typed, node.span)

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
