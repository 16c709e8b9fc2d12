"""Numbers: rounding, powers, the largest and the smallest."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from lab.rows.precision import figured, made
from lab.rows.values import Text, Value, number, text, texts
from lab.spl.errors import SPLError


def _numeric(function: Callable[..., float | None]) -> Callable[..., float | None]:
    """Null where an argument is no number, or the result is none."""

    def applied(*values: Value) -> float | None:
        given = [number(value) for value in values]
        if None in given:
            return None
        try:
            result = function(*given)
        except (ValueError, OverflowError, ZeroDivisionError):
            return None
        return float(result) if result is not None and math.isfinite(result) else None

    return applied


def half_up(value: float, places: float = 0.0) -> float:
    """Halves go away from zero."""
    scale = 10.0 ** int(places)
    return math.copysign(math.floor(abs(value) * scale + 0.5) / scale, value) + 0.0


def _round(value: Value, places: Value = None) -> Value:
    """With decimals asked for, the number shows them: round(5, 2) is 5.00."""
    amount = number(value)
    count = 0.0 if places is None else number(places)
    if amount is None or count is None:
        return None
    if count < 0:
        raise SPLError("round() takes no negative number of decimals", construct="round")
    if count == 0:
        return half_up(amount)
    step = Decimal(1).scaleb(-int(count))
    rounded = Decimal(repr(float(amount))).quantize(step, ROUND_HALF_UP)
    return made(float(rounded), written=f"{rounded:f}")


def _log(value: float, base: float = 10.0) -> float:
    return math.log10(value) if base == 10 else math.log(value) / math.log(base)


def _pow(base: float, exponent: float) -> float | None:
    result = base ** exponent
    return None if isinstance(result, complex) else result


def _extreme(largest: bool) -> Callable[..., Value]:
    """Strings are greater than numbers; strings among themselves go by code point."""

    def applied(*values: Value) -> Value:
        flat = [(one, isinstance(value, list)) for value in values
                for one in (value if isinstance(value, list) else [value]) if one is not None]
        numbers, words = [], []
        for one, _ in flat:
            given = None if isinstance(one, Text) else number(one)
            (words if given is None else numbers).append(
                text(one) if given is None else given)
        if largest and words:
            return Text(max(words))
        if numbers:
            return max(numbers) if largest else min(numbers)
        return Text(min(words)) if words else None

    return applied


def _total(*values: Value) -> list[float]:
    from lab.engine.values import to_number

    if any(isinstance(value, Text) for value in values):
        raise SPLError("a quoted string is no number to add up", construct="string")
    found = [to_number(one) for value in values for one in texts(value)]
    return [one for one in found if one is not None]


def _average(*values: Value) -> float | None:
    found = _total(*values)
    return sum(found) / len(found) if found else None


def _sigfig(value: float | None) -> float | None:
    return None if value is None else figured(value)


def _bits(function: Callable[[int, int], int]) -> Callable[..., float | None]:
    """Over whole numbers that are not negative; null where an argument is something else."""

    def applied(*values: Value) -> float | None:
        given = [number(value) for value in values]
        if any(one is None or one < 0 or not one.is_integer() for one in given):
            return None
        return float(functools.reduce(function, map(int, given)))

    return applied


STRICT = {
    "abs": _numeric(abs), "ceiling": _numeric(lambda v: float(math.ceil(v))),
    "floor": _numeric(lambda v: float(math.floor(v))), "exp": _numeric(math.exp),
    "ln": _numeric(math.log), "log": _numeric(_log), "sqrt": _numeric(math.sqrt),
    "pow": _numeric(_pow), "round": _round, "exact": _numeric(lambda v: v),
    "pi": lambda: math.pi, "sigfig": lambda value: _sigfig(number(value)),
    **{name: _numeric(getattr(math, name)) for name in (
        "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh",
        "acosh", "atanh", "hypot")},
    "bit_and": _bits(lambda a, b: a & b), "bit_or": _bits(lambda a, b: a | b),
    "bit_xor": _bits(lambda a, b: a ^ b),
}
PLAIN = {
    "max": _extreme(True), "min": _extreme(False),
    "sum": lambda *values: sum(_total(*values)) if _total(*values) else None, "avg": _average,
}
