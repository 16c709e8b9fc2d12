"""eval's printf: the conversions of C, with `*` for a width or precision among the arguments."""

from __future__ import annotations

import re

from lab.engine.bounds import CHARACTERS, within
from lab.engine.values import to_number

_CONVERSION = re.compile(r"%(?P<flags>['\-+ #0]*)(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+))?"
                         r"(?P<kind>[diufFeEgGxXoszcp%])")


def printf(form: str | None, values: list[str | None] | None) -> str | None:
    """Missing arguments print as 0 or nothing; None for a missing form."""
    if form is None:
        return None
    rest = list(values or [])

    def take() -> str | None:
        return rest.pop(0) if rest else None

    def convert(match: re.Match[str]) -> str:
        kind = {"p": "X", "z": "s"}.get(match["kind"], match["kind"])
        if kind == "%":
            return "%"
        width, precision = match["width"] or "", match["precision"]
        if width == "*":
            width = str(int(to_number(take()) or 0))
        if precision == "*":
            precision = str(int(to_number(take()) or 0))
        flags = match["flags"]
        thousands = "'" in flags
        flags = flags.replace("'", "")
        value = take()
        for size in (width, precision or ""):
            within(int(size or 0), CHARACTERS, "a width or precision of printf()", "printf")
        places = "" if precision is None else "." + precision
        if kind in "sc":
            return f"%{flags.replace('0', '')}{width}{places}s" % (value or "")
        amount = to_number(value) or 0.0
        if kind in "diu":
            return (f"{int(amount):,}" if thousands else f"%{flags}{width}{places}d" % int(amount))
        if kind in "xXo":
            return f"%{flags}{width}{places}{kind}" % int(amount)
        if thousands:
            return f"{amount:,{places or '.6'}f}"
        return f"%{flags}{width}{places}{kind}" % amount

    return _CONVERSION.sub(convert, form)
