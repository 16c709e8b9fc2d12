"""Digits of decimals (Search Reference, eval: Rounding; Mathematical functions: sigfig).

A decimal as written limits what a calculation with it shows: significant digits for `*` and `/`,
places behind the point for `+` and `-`. The number itself keeps all its digits.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal

from lab.engine.values import format_number, to_number
from lab.spl.errors import SPLError

_DECIMAL = re.compile(r"\s*[-+]?(\d*)\.(\d*)(?:[eE]([-+]?\d+))?\s*")


class Decimals(float):
    """A number with limits: `figures` significant digits, `places` behind the point, either None
    where nothing limits; `written` is how it is shown, where that is settled."""

    figures: int | None = None
    places: int | None = None
    written: str | None = None


def made(value: float, figures: int | None = None, places: int | None = None,
         written: str | None = None) -> Decimals:
    found = Decimals(value)
    found.figures, found.places, found.written = figures, places, written
    return found


def read(source: str) -> float | None:
    """The number of a text, with the limits that its digits set; whole numbers set none."""
    value = to_number(source)
    match = _DECIMAL.fullmatch(source)
    if value is None or match is None:
        return value
    whole, fraction, exponent = match[1], match[2], int(match[3] or 0)
    figures = len((whole + fraction).lstrip("0")) or len(fraction) or 1
    return made(value, figures, max(0, len(fraction) - exponent), source.strip())


def _magnitude(value: float) -> int:
    """The power of ten of the first digit."""
    return Decimal(repr(float(value))).adjusted()


def _cut(value: float, places: int) -> str:
    shown = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{abs(shown) if shown == 0 else shown:f}"


def _places(value: Decimals) -> int | None:
    """Places that are shown; digits before the point are never rounded away."""
    if value.places is not None:
        return value.places
    if value.figures is None:
        return None
    return max(0, value.figures - 1 - _magnitude(value)) if value else value.figures - 1


def shown(value: float) -> str:
    if isinstance(value, Decimals):
        if value.written is not None:
            return value.written
        if (places := _places(value)) is not None and math.isfinite(value):
            return _cut(value, places)
    return format_number(float(value))


def _limits(value: float) -> tuple[int | None, int | None]:
    """(significant digits, places) of an operand."""
    if not isinstance(value, Decimals) or (value.figures is None and value.places is None):
        return None, None
    places = _places(value)
    figures = value.figures
    if figures is None:
        figures = max(1, _magnitude(value) + 1 + places) if value else max(1, places)
    return figures, places


def _least(left: int | None, right: int | None) -> int | None:
    return min((one for one in (left, right) if one is not None), default=None)


def calculated(operator: str, left: float, right: float, result: float) -> float:
    """The result with the limits that its operands set. SPLError for a remainder of which the two
    rules show different digits."""
    (first, behind), (second, after) = _limits(left), _limits(right)
    figures, places = _least(first, second), _least(behind, after)
    if figures is None and places is None:
        return result
    if operator in ("+", "-"):
        return made(result, None, places)
    if operator in ("*", "/"):
        # Zero has no significant digits, so it limits nothing.
        return made(result, figures) if result else result
    if shown(made(result, figures)) != shown(made(result, None, places)):
        raise SPLError("the digits of a remainder of decimals are not documented",
                       construct="remainder", hint="write exact() around the decimals")
    return made(result, None, places)


def negative(value: float) -> float:
    if not isinstance(value, Decimals):
        return -value
    written = None
    if value.written is not None:
        written = value.written[1:] if value.written.startswith("-") \
            else "-" + value.written.removeprefix("+")
    return made(-value, value.figures, value.places, written)


def figured(value: float) -> float:
    """sigfig(): digits before the point give way too."""
    figures, places = _limits(value)
    if figures is None:
        return float(value)
    if value.places is None and value:
        places = figures - 1 - _magnitude(value)
    amount = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return made(float(amount), written=f"{amount:f}")
