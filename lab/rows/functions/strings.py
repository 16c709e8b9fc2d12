"""Text: cases, cuts, replacements, digests, conversions."""

from __future__ import annotations

import hashlib
import math
import re
from urllib.parse import unquote

from lab.rows.expressions import evaluate
from lab.rows.functions.conditional import pattern
from lab.rows.functions.mathematics import half_up
from lab.rows.networks import masked
from lab.rows.state import Row, State
from lab.rows.values import Text, Value, many, number, single, text
from lab.spl import nodes
from lab.spl.errors import SPLError


def _substr(value: Value, start: Value, length: Value = None) -> Value:
    """Positions count from 1; a negative one counts from the end."""
    given, begin = text(value), number(start)
    if begin is None:
        return None
    begin = int(begin)
    begin = max(0, len(given) + begin) if begin < 0 else max(0, begin - 1)
    if length is None:
        return Text(given[begin:])
    size = number(length)
    return None if size is None else Text(given[begin:begin + max(0, int(size))])


def _replace(value: Value, expression: Value, replacement: Value) -> Value:
    new = text(replacement)

    def filled(match: re.Match) -> str:
        return re.sub(r"\\(\d)", lambda group: match[int(group[1])] or "", new)

    return Text(pattern(text(expression)).sub(filled, text(value)))


def _tostring(value: Value, style: Value = None) -> Value:
    if style is None or isinstance(value, bool):
        return Text(text(value))
    amount, name = number(value), text(style)
    if name == "binary":
        return Text(format(int(amount), "b"))
    if amount is None:
        return Text(text(value))
    if name == "hex":
        return Text(f"0x{int(amount):X}")
    if name == "commas":
        rounded = half_up(amount, 2)
        return Text(f"{int(rounded):,}" if rounded.is_integer() and amount.is_integer()
                    else f"{rounded:,.2f}")
    if name == "duration":
        return Text(_duration(amount))
    raise SPLError(f"tostring() knows no format {name!r}", construct=name)


def _duration(seconds: float) -> str:
    whole = int(abs(seconds))
    days, rest = divmod(whole, 86400)
    clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    part = abs(seconds) - whole
    if part:
        clock += f"{part:.6f}"[1:]
    return ("-" if seconds < 0 else "") + (f"{days}+{clock}" if days else clock)


def _tonumber(arguments, row: Row, state: State) -> Value:
    """Null for a field's text that is no number; a literal that is none is an error."""
    value = single(evaluate(arguments[0], row, state))
    base = evaluate(arguments[1], row, state) if len(arguments) > 1 else None
    if value is None or (len(arguments) > 1 and base is None):
        return None
    if isinstance(value, str) and value != value.strip():
        return None
    if base is None:
        given = number(value)
        if given is None and isinstance(arguments[0], nodes.Literal):
            raise SPLError(f"tonumber() cannot read {value!r}", arguments[0].span, "tonumber")
        return given
    if number(base) is None or not 2 <= number(base) <= 36:
        raise SPLError("tonumber() takes a base between 2 and 36", arguments[1].span, "tonumber")
    try:
        return float(int(text(value).strip(), int(number(base))))
    except (ValueError, TypeError):
        return None


WIDEST = 1000
_FORMAT = re.compile(r"%([-+ 0#']*)(\d+|\*)?(?:\.(\d+|\*))?([a-zA-Z%])")


def _printf(form: Value, *values: Value) -> Value:
    waiting = list(values)

    def one(match: re.Match) -> str:
        flags, width, precision, kind = match.groups()
        if kind == "%":
            return "%"
        if kind not in "diouxXpfFeEgGaAszc" or kind in "aA":
            raise SPLError(f"the row evaluator's printf() does not know {match[0]}",
                           construct="printf")
        kind = {"z": "s", "p": "X"}.get(kind, kind)
        if width == "*":
            width = text(waiting.pop(0)) if waiting else ""
        if precision == "*":
            precision = text(waiting.pop(0)) if waiting else ""
        if max(int(width or 0), int(precision or 0)) > WIDEST:
            raise SPLError(f"printf(): {match[0]} is wider than {WIDEST}", construct="printf")
        value = waiting.pop(0) if waiting else None
        whole = "%" + flags + (width or "") + (f".{precision}" if precision else "")
        if kind == "s":
            return (whole + "s") % ("" if value is None else text(value))
        amount = number(value) or 0.0
        if kind == "c":
            return chr(int(amount))
        if "'" in flags:
            if kind not in "dif" or flags != "'":
                raise SPLError(f"the row evaluator's printf() does not know {match[0]}",
                               construct="printf")
            form = f",.{precision or 6}f" if kind == "f" else ",d"
            return format(amount if kind == "f" else math.trunc(amount), form).rjust(int(width or 0))
        return (whole + kind) % (math.trunc(amount) if kind in "diouxX" else amount)

    return Text(_FORMAT.sub(one, text(form)))


def _hash(name: str):
    return lambda value: Text(hashlib.new(name, text(value).encode()).hexdigest())


def _trim(left: bool, right: bool):
    def applied(value: Value, characters: Value = " \t") -> Value:
        given, cut = text(value), text(characters)
        if left:
            given = given.lstrip(cut)
        return Text(given.rstrip(cut) if right else given)

    return applied


def _each(function):
    """Of a multivalue each value (Search Reference, Text functions: lower)."""

    def applied(value: Value) -> Value:
        if isinstance(value, list):
            return many([function(one) for one in value])
        return None if value is None else Text(function(text(value)))

    return applied


def _based(value: Value, base: Value) -> float | None:
    if base is None:
        given = number(value)
        return None if given is None else float(given)
    try:
        return float(int(text(value), int(number(base))))
    except (ValueError, TypeError):
        return None


def _toint(value: Value, base: Value) -> float | None:
    given = _based(value, base)
    return None if given is None else float(math.floor(given))


STRICT = {
    "len": lambda v: float(len(text(v))), "substr": _substr, "replace": _replace,
    "trim": _trim(True, True), "ltrim": _trim(True, False), "rtrim": _trim(False, True),
    "ipmask": lambda mask, address: masked(text(mask), text(address)),
    "toint": lambda v, base=None: _toint(v, base), "todouble": lambda v, base=None: _based(v, base),
    "urldecode": lambda v: Text(unquote(text(v))), "tostring": _tostring,
    "md5": _hash("md5"), "sha1": _hash("sha1"), "sha256": _hash("sha256"),
    "sha512": _hash("sha512"),
}
PLAIN = {"printf": _printf, "lower": _each(str.lower), "upper": _each(str.upper)}
LAZY = {"tonumber": _tonumber}
