"""Eval's text, conversion and cryptographic functions."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote

from lab.engine import patterns
from lab.engine.columns import literal
from lab.engine.expressions import NULL, Compiler, Typed, number, text
from lab.engine.functions import SIMPLE, Simple, constant_text, special
from lab.engine.functions.printf import printf
from lab.engine.values import to_number
from lab.spl import nodes
from lab.spl.errors import SPLError


def _hash(algorithm: str):
    def digest(value: str | None) -> str | None:
        return None if value is None else hashlib.new(algorithm, value.encode()).hexdigest()

    return digest


def _urldecode(value: str | None) -> str | None:
    return None if value is None else unquote(value)


def _trim(which: str):
    def trim(value: str | None, characters: str | None) -> str | None:
        if value is None or characters is None:
            return None
        return getattr(value, which)(characters)

    return trim


def _substr(value: str | None, start: float | None, length: float | None) -> str | None:
    """Counts from 1, a negative start from the end."""
    if value is None or start is None:
        return None
    begin = int(start)
    begin = begin - 1 if begin > 0 else max(len(value) + begin, 0) if begin < 0 else 0
    return value[begin:] if length is None else value[begin:begin + max(int(length), 0)]


SIMPLE.update({
    "lower": Simple("s", "str", "lower({0})", each=True),
    "upper": Simple("s", "str", "upper({0})", each=True),
    "len": Simple("s", "num", "CAST(length({0}) AS DOUBLE)"),
    "trim": Simple("sS", "str", "trim({0}, {1})", each=True, defaults=("' ' || chr(9)",)),
    "ltrim": Simple("sS", "str", "ltrim({0}, {1})", each=True, defaults=("' ' || chr(9)",)),
    "rtrim": Simple("sS", "str", "rtrim({0}, {1})", each=True, defaults=("' ' || chr(9)",)),
    "substr": Simple("snN", "str", python=_substr, each=True, defaults=("NULL",)),
    "urldecode": Simple("s", "str", python=_urldecode, each=True),
    "md5": Simple("s", "str", "md5({0})"),
    "sha1": Simple("s", "str", "sha1({0})"),
    "sha256": Simple("s", "str", "sha256({0})"),
    "sha512": Simple("s", "str", python=_hash("sha512")),
})


@special("replace")
def _replace(compiler: Compiler, node: nodes.Call) -> Typed:
    subject = compiler.compile(node.arguments[0])
    if subject.kind == "null":
        return NULL
    if subject.kind == "mv":
        variable = compiler.session.new("v")
        inner = _replace_one(compiler, node, variable)
        return Typed(f"list_transform({subject.sql}, lambda {variable}: {inner})", "mv")
    return Typed(_replace_one(compiler, node, text(subject, node.span)), "str")


def _replace_one(compiler: Compiler, node: nodes.Call, subject: str) -> str:
    pattern, put = (constant_text(argument) for argument in node.arguments[1:])
    if pattern is not None:
        patterns.checked(pattern, node.arguments[1].span)
        form = patterns.re2(pattern)
        if form is not None and put is not None:
            return (f"regexp_replace({subject}, {literal(form)},"
                    f" {literal(patterns.replacement(put))}, 'g')")
    arguments = [text(compiler.compile(argument), node.span) for argument in node.arguments[1:]]
    name = compiler.session.function("py_replace", _replace_python, ["VARCHAR"] * 3, "VARCHAR")
    return f"{name}({subject}, {', '.join(arguments)})"


def _replace_python(value: str | None, pattern: str | None, put: str | None) -> str | None:
    if value is None or pattern is None or put is None:
        return None
    template = re.sub(r"\\(?!\d)", r"\\\\", patterns.replacement(put))
    return patterns.compiled(pattern).sub(template, value)


@special("tostring")
def _tostring(compiler: Compiler, node: nodes.Call) -> Typed:
    value = compiler.compile(node.arguments[0])
    if len(node.arguments) == 1:
        if value.kind == "bool":
            return Typed(f"CASE WHEN {value.sql} THEN 'True' WHEN NOT {value.sql} THEN 'False'"
                         " END", "str")
        if value.kind == "mv":
            return value
        return Typed(text(value, node.span), "str")
    style = constant_text(node.arguments[1])
    if style not in TOSTRING:
        raise SPLError("tostring() knows the formats " + ", ".join(sorted(TOSTRING)),
                       node.arguments[1].span, "tostring")
    name = compiler.session.function(f"py_tostring_{style}", TOSTRING[style], ["DOUBLE"],
                                     "VARCHAR")
    return Typed(f"{name}({number(value, node.span)})", "str")


def _commas(value: float | None) -> str | None:
    """Thousands separated, rounded to at most two decimals."""
    if value is None:
        return None
    return f"{int(value):,}" if value == int(value) else f"{value:,.2f}"


def _duration(value: float | None) -> str | None:
    if value is None:
        return None
    seconds = int(value)
    days, rest = divmod(abs(seconds), 86400)
    sign = "-" if seconds < 0 else ""
    clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    fraction = f"{abs(value) - abs(seconds):.6f}"[1:] if value != seconds else ""
    return f"{sign}{days}+{clock}{fraction}" if days else f"{sign}{clock}{fraction}"


TOSTRING = {
    "commas": _commas, "duration": _duration,
    "hex": lambda value: None if value is None else f"0x{int(value):X}",
    "binary": lambda value: None if value is None else f"{int(value):b}",
}


@special("tonumber", "todouble", "toint")
def _tonumber(compiler: Compiler, node: nodes.Call) -> Typed:
    value = compiler.compile(node.arguments[0])
    if len(node.arguments) == 2:
        base = compiler.compile(node.arguments[1])
        if isinstance(base.literal, (int, float)) and not 2 <= base.literal <= 36:
            raise SPLError(f"{node.name}() takes a base between 2 and 36",
                           node.arguments[1].span, node.name)
        name = compiler.session.function("py_tonumber", _from_base, ["VARCHAR", "DOUBLE"],
                                         "DOUBLE")
        return Typed(f"{name}({text(value, node.span)}, {number(base, node.span)})", "num")
    if isinstance(value.literal, str) and to_number(value.literal) is None:
        raise SPLError(f"{node.name}() cannot read the string {value.literal!r} as a number",
                       node.arguments[0].span, node.name)
    sql = number(value, node.span)
    if value.kind in ("str", "mv"):
        # A field's text with spaces around its digits is no number here (Conversion functions).
        written = text(value, node.span)
        sql = f"CASE WHEN {written} = trim({written}) THEN {sql} END"
    return Typed(f"floor({sql})" if node.name == "toint" else sql, "num")


def _from_base(value: str | None, base: float | None) -> float | None:
    if value is None or base is None:
        return None
    if base == 10:
        return to_number(value)
    try:
        return float(int(value, int(base)))
    except ValueError:
        return None


@special("printf")
def _printf(compiler: Compiler, node: nodes.Call) -> Typed:
    arguments = [compiler.compile(argument) for argument in node.arguments]
    texts = ", ".join(text(argument, node.span) for argument in arguments[1:])
    name = compiler.session.function("py_printf", printf, ["VARCHAR", "VARCHAR[]"], "VARCHAR")
    listed = f"CAST([{texts}] AS VARCHAR[])"
    return Typed(f"{name}({text(arguments[0], node.span)}, {listed})", "str")

