"""How many digits the result of a calculation shows.

"Results are rounded to a precision appropriate to the precision of the input results" (Search
Reference, eval: Rounding; sigfig() says which): a product or quotient has the significant digits
of its less precise operand, a sum or difference its decimals. Only digits behind the point go:
1.00*1111 is 1111, and sigfig() of it 1110. What limits is a decimal as it is
written, in the search or in a field; whole numbers, results of functions and aggregations, and
exact() do not. A value keeps all its digits until it becomes a field or a text; only what is
shown is rounded (exact(): "precision in the formatted output").
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

from lab.engine.values import format_number

DIGITS = 17
"""The significant digits that a number has at most (Search Reference, eval: Long numbers)."""

_EVERY_DIGIT = Context(prec=800)


def shown(value: float | None, places: int | None) -> str | None:
    """The text of a number with so many decimals, halves away from zero; nothing is -0."""
    if value is None:
        return None
    if places is None or not math.isfinite(value):
        return format_number(value)
    rounded = _rounded(value, max(places, 0))
    return f"{rounded if rounded else abs(rounded):f}"


def significant(value: float | None, places: int | None) -> float | None:
    """The number with so many decimals; negative are tens, hundreds…"""
    if value is None or places is None or not math.isfinite(value):
        return value
    return float(_rounded(value, places))


def _rounded(value: float, places: int) -> Decimal:
    written = Decimal(repr(value)) if value else Decimal(0)
    most = DIGITS - 1 - written.adjusted() if value else DIGITS
    step = Decimal(1).scaleb(-min(places, most))
    return written.quantize(step, ROUND_HALF_UP, _EVERY_DIGIT)


def decimals(written: str) -> int | None:
    """The decimals of a number as written; None without a point."""
    digits, _, exponent = written.lower().partition("e")
    if "." not in digits:
        return None
    return len(digits.partition(".")[2]) - int(exponent or 0)
