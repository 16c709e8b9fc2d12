"""Eval's mathematical, trigonometric and bitwise functions."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from lab.engine.bounds import CHARACTERS, within
from lab.engine.expressions import NULL, Compiler, Typed, many, number
from lab.engine.functions import SIMPLE, Simple, special
from lab.engine.precision import significant
from lab.spl import nodes
from lab.spl.errors import SPLError

_ONE_ARGUMENT = {
    "abs": "abs({0})", "ceiling": "ceil({0})", "floor": "floor({0})",
    "exp": "exp({0})", "ln": "CASE WHEN {0} > 0 THEN ln({0}) END",
    "sqrt": "CASE WHEN {0} >= 0 THEN sqrt({0}) END",
    "acos": "CASE WHEN abs({0}) <= 1 THEN acos({0}) END",
    "asin": "CASE WHEN abs({0}) <= 1 THEN asin({0}) END",
    "acosh": "CASE WHEN {0} >= 1 THEN acosh({0}) END", "asinh": "asinh({0})",
    "atanh": "CASE WHEN abs({0}) < 1 THEN atanh({0}) END", "atan": "atan({0})",
    "cos": "CASE WHEN isfinite({0}) THEN cos({0}) END", "cosh": "cosh({0})",
    "sin": "CASE WHEN isfinite({0}) THEN sin({0}) END", "sinh": "sinh({0})",
    "tan": "CASE WHEN isfinite({0}) THEN tan({0}) END", "tanh": "tanh({0})",
}
SIMPLE.update({name: Simple("n", "num", sql) for name, sql in _ONE_ARGUMENT.items()})

SIMPLE.update({
    "pi": Simple("", "num", "pi()"),
    "pow": Simple("nn", "num", "pow({0}, {1})"),
    "log": Simple("nN", "num", "CASE WHEN {0} > 0 AND {1} > 0 AND {1} <> 1 THEN CASE {1}"
                               " WHEN 10 THEN log10({0}) WHEN 2 THEN log2({0})"
                               " ELSE ln({0}) / ln({1}) END END", defaults=("10",)),
    "atan2": Simple("nn", "num", "atan2({0}, {1})"),
    "hypot": Simple("nn", "num", "sqrt(({0}) * ({0}) + ({1}) * ({1}))"),
    "bit_not": Simple("n", "num", "CAST(xor(CAST({0} AS BIGINT), 9007199254740991) AS DOUBLE)"),
    "bit_shift_left": Simple("nn", "num", "CAST(CAST({0} AS BIGINT) << CAST({1} AS BIGINT)"
                                          " AS DOUBLE)"),
    "bit_shift_right": Simple("nn", "num", "CAST(CAST({0} AS BIGINT) >> CAST({1} AS BIGINT)"
                                           " AS DOUBLE)"),
})

_PLACES = 12
"""Up to as many decimals, rounding works on the number as it is written, exactly."""


@special("exact")
def _exact(compiler: Compiler, node: nodes.Call) -> Typed:
    """All digits of the double; with it as an operand, nothing limits the result."""
    return Typed(number(compiler.compile(node.arguments[0]), node.span), "num")


@special("sigfig")
def _sigfig(compiler: Compiler, node: nodes.Call) -> Typed:
    """The number with the digits that its calculation leaves it, and no others."""
    value = compiler.compile(node.arguments[0])
    if value.places is None:
        return Typed(number(value, node.span), "num")
    name = compiler.session.function("py_significant", significant, ["DOUBLE", "BIGINT"],
                                     "DOUBLE")
    return Typed(f"{name}({number(value, node.span)}, {value.places})", "num")


@special("round")
def _round(compiler: Compiler, node: nodes.Call) -> Typed:
    """With decimals the result is their text, which keeps trailing zeros: round(5, 2) is 5.00."""
    value = number(compiler.compile(node.arguments[0]), node.arguments[0].span)
    if len(node.arguments) == 1:
        return Typed(f"round({value})", "num")
    places = compiler.compile(node.arguments[1])
    if not isinstance(places.literal, int):
        name = compiler.session.function("py_round", _rounded, ["DOUBLE", "DOUBLE"], "VARCHAR")
        return Typed(f"{name}({value}, {number(places, node.span)})", "str")
    if places.literal < 0:
        raise SPLError("round() takes no negative number of decimal places",
                       node.arguments[1].span, "round")
    within(places.literal, CHARACTERS, "the number of decimal places of round()", "round")
    if places.literal == 0:
        return Typed(f"round({value})", "num")
    plain = f"printf('%.{places.literal}f', {value})"
    if places.literal > _PLACES:
        return Typed(plain, "str")
    written = f"TRY_CAST(CAST({value} AS VARCHAR) AS DECIMAL(38, {_PLACES}))"
    return Typed(f"coalesce(CAST(round({written}, {places.literal}) AS VARCHAR), {plain})", "str")


def _rounded(value: float | None, places: float | None) -> str | None:
    if value is None or places is None:
        return None
    if places < 0:
        raise ValueError("SPL:round() takes no negative number of decimal places")
    within(places, CHARACTERS, "the number of decimal places of round()", "round")
    step = Decimal(1).scaleb(-int(places))
    return f"{Decimal(repr(value)).quantize(step, ROUND_HALF_UP):f}"


_BITS = {"bit_and": "&", "bit_or": "|"}


@special("bit_and", "bit_or", "bit_xor")
def _bits(compiler: Compiler, node: nodes.Call) -> Typed:
    parts = [f"CAST({number(compiler.compile(a), a.span)} AS BIGINT)" for a in node.arguments]
    sql = parts[0]
    for part in parts[1:]:
        sql = f"xor({sql}, {part})" if node.name == "bit_xor" else \
            f"({sql} {_BITS[node.name]} {part})"
    return Typed(f"CAST({sql} AS DOUBLE)", "num")


@special("sum", "avg")
def _total(compiler: Compiler, node: nodes.Call) -> Typed:
    """Over all values of all arguments that are numbers; null where there is none."""
    parts = [compiler.compile(argument) for argument in node.arguments]
    for part, argument in zip(parts, node.arguments):
        if isinstance(part.literal, str):
            raise SPLError(f"{node.name}() takes no quoted string", argument.span, node.name,
                           "convert it with tonumber()")
    parts = [part for part in parts if part.kind != "null"]
    if not parts:
        return NULL
    lists = [f"list_transform({many(part, node.span)}, lambda x: spl_num(x))" for part in parts]
    joined = f"flatten([{', '.join(lists)}])"
    return Typed(f"list_{node.name}({joined})", "num")
