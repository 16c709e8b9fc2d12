"""Eval's date and time functions. The search's time zone is UTC; `now()` is the search's now."""

from __future__ import annotations

from lab.engine.expressions import Compiler, Typed, number, text
from lab.engine.functions import SIMPLE, Simple, constant_text, special
from lab.engine.timeformat import strftime, strptime
from lab.spl import nodes
from lab.spl.errors import SPLError

SIMPLE["strftime"] = Simple("ns", "str", python=strftime)
SIMPLE["strptime"] = Simple("ss", "num", python=strptime)


@special("strftime")
def _strftime(compiler: Compiler, node: nodes.Call) -> Typed:
    value = compiler.compile(node.arguments[0])
    form = text(compiler.compile(node.arguments[1]), node.arguments[1].span)
    name = compiler.session.function("py_strftime", strftime, ["DOUBLE", "VARCHAR"], "VARCHAR")
    if value.kind == "mv":
        variable = compiler.session.new("v")
        return Typed(f"list_transform({value.sql}, lambda {variable}:"
                     f" {name}(spl_num({variable}), {form}))", "mv")
    return Typed(f"{name}({number(value, node.span)}, {form})", "str")


@special("now")
def _now(compiler: Compiler, node: nodes.Call) -> Typed:
    return Typed(f"CAST({int(compiler.session.context.now)} AS DOUBLE)", "num")


@special("time")
def _time(compiler: Compiler, node: nodes.Call) -> Typed:
    """Splunk gives the wall clock at each event; here it stands still at the search's now."""
    return Typed(f"CAST({float(compiler.session.context.now)!r} AS DOUBLE)", "num")


@special("relative_time")
def _relative_time(compiler: Compiler, node: nodes.Call) -> Typed:
    from lab.spl.timemodifier import resolve

    modifier = constant_text(node.arguments[1])
    if modifier is not None:
        resolve(modifier, compiler.session.context.now)

    def relative(moment: float | None, words: str | None) -> float | None:
        if moment is None or words is None:
            return None
        try:
            return resolve(words, moment)
        except SPLError:
            return None

    start = number(compiler.compile(node.arguments[0]), node.span)
    words = text(compiler.compile(node.arguments[1]), node.arguments[1].span)
    name = compiler.session.function("py_relative_time", relative, ["DOUBLE", "VARCHAR"],
                                     "DOUBLE")
    return Typed(f"{name}({start}, {words})", "num")
