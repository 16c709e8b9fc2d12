"""Commands that carry values from row to row, add totals, or turn a table."""

from __future__ import annotations

import re

from lab.spl import nodes
from lab.spl.arguments import Arguments, boolean, integer, name_of, refused, span_of, text
from lab.spl.commands.base import Invocation, Parser, field_list


def filldown(call: Invocation) -> nodes.Command:
    return nodes.Filldown(field_list(call.arguments()), span=call.span)


def _one(call: Invocation, names: tuple[str, ...]) -> str:
    if len(names) != 1 or "*" in names[0]:
        raise call.error(f"'{call.name}' takes one field, {len(names)} given"
                         if len(names) != 1 else f"'{call.name}' takes no wildcard")
    return names[0]


def nomv(call: Invocation) -> nodes.Command:
    return nodes.Nomv(_one(call, field_list(call.arguments())), span=call.span)


def mvcombine(call: Invocation) -> nodes.Command:
    given: dict[str, object] = {}
    name = _one(call, field_list(call.arguments(), {"delim": text}, given))
    if name.startswith("_"):
        raise call.error("'mvcombine' does not apply to internal fields", "rename the field first")
    return nodes.Mvcombine(name, str(given.get("delim", " ")), span=call.span)


def _aliased(call: Invocation, arguments: Arguments) -> tuple[str, str | None]:
    """`field [AS newfield]`."""
    if arguments.done:
        raise call.error(f"'{call.name}' names no field")
    name, alias = arguments.field(), None
    if arguments.accept_word("as"):
        alias = arguments.field("a name after AS")
    return name, alias


def accum(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    name, alias = _aliased(call, arguments)
    arguments.expect_end()
    return nodes.Accum(name, alias or name, span=call.span)


def delta(call: Invocation) -> nodes.Command:
    arguments, given = call.arguments(), {}
    table = {"p": integer(1)}
    arguments.options(table, given)
    name, alias = _aliased(call, arguments)
    arguments.options(table, given)
    arguments.expect_end()
    return nodes.Delta(name, alias or f"delta({name})", int(given.get("p", 1)), span=call.span)


def addtotals(call: Invocation) -> nodes.Command:
    table = {"row": boolean, "col": boolean, "labelfield": name_of, "label": text,
             "fieldname": name_of}
    given: dict[str, object] = {}
    names = field_list(call.arguments(), table, given)
    return nodes.Addtotals(names, span=call.span, **given)


def untable(call: Invocation) -> nodes.Command:
    names = field_list(call.arguments())
    if len(names) != 3 or len(set(names)) != 3:
        raise call.error("'untable' takes three different fields",
                         "untable row_field column_name_field value_field")
    return nodes.Untable(*names, span=call.span)


def xyseries(call: Invocation) -> nodes.Command:
    given: dict[str, object] = {}
    table = {"grouped": boolean, "sep": text, "format": text}
    names = field_list(call.arguments(), table, given)
    if len(names) < 3 or len(set(names)) != len(names):
        raise call.error("'xyseries' takes three or more different fields",
                         "xyseries x_field y_name_field y_data_field")
    if "format" in given:
        if len(names) == 3:
            raise call.error("format of 'xyseries' names the columns of several data fields")
        if "$VAL$" not in given["format"] or "$AGG$" not in given["format"]:
            raise call.error("format of 'xyseries' needs $AGG$ and $VAL$ in it")
    if any("*" in name for name in names):
        raise call.error("'xyseries' takes no wildcard")
    return nodes.Xyseries(
        names[0], names[1], names[2:], str(given.get("sep", ": ")), given.get("format"),
        bool(given.get("grouped", False)), span=call.span,
    )


def transpose(call: Invocation) -> nodes.Command:
    arguments, given = call.arguments(), {}
    table = {"column_name": name_of, "header_field": name_of, "include_empty": boolean}
    limit = None
    while not arguments.done:
        if arguments.at_option():
            arguments.option(table, given)
        elif limit is None and re.fullmatch(r"\d+", arguments.peek().value):
            limit = integer(0)(arguments, "the number of rows of transpose")
        else:
            raise arguments.error(f"unexpected {arguments.found()} in 'transpose'",
                                  hint="transpose takes a number of rows and its options")
    return nodes.Transpose(5 if limit is None else limit, span=call.span, **given)


def addcoltotals(call: Invocation) -> nodes.Command:
    """addtotals row=false col=true."""
    given: dict[str, object] = {}
    names = field_list(call.arguments(), {"labelfield": name_of, "label": text}, given)
    return nodes.Addtotals(names, False, True, span=call.span, **given)


def uniq(call: Invocation) -> nodes.Command:
    call.no_arguments()
    return nodes.Uniq(span=call.span)


def autoregress(call: Invocation) -> nodes.Command:
    arguments, given = call.arguments(), {}

    def steps(inner: Arguments, name: str) -> tuple[int, int]:
        token = inner.peek()
        match = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", text(inner, name))
        if match is None or int(match[1]) < 1 or match[2] and int(match[2]) < int(match[1]):
            raise inner.error("p is a number from 1, or two of them as in 2-4", token)
        return int(match[1]), int(match[2] or match[1])

    arguments.options({"p": steps}, given)
    name, alias = _aliased(call, arguments)
    arguments.options({"p": steps}, given)
    arguments.expect_end()
    first, last = given.get("p", (1, 1))
    if alias is not None and last > first:
        raise call.error("'autoregress' takes no AS with a range of p")
    return nodes.Autoregress(name, alias, first, last, span=call.span)


def trendline(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    trends = []
    while not arguments.done:
        if arguments.accept(","):
            continue
        token = arguments.peek()
        written = arguments.field("a trend")
        match = re.fullmatch(r"(sma|wma|ema)(\d{1,5})\((.+)\)", written, re.IGNORECASE)
        if match is None or not 2 <= int(match[2]) <= 10000:
            raise arguments.error(f"{written!r} is no trend", token,
                                  hint="sma5(field) or wma5(field), with a period of 2 to 10000")
        if match[1].lower() == "ema":
            raise arguments.error("ema is not supported by the lab: its first value is not"
                                  " documented", token)
        alias = arguments.field("a name after AS") if arguments.accept_word("as") else written
        trends.append(nodes.Trend(match[1].lower(), int(match[2]), match[3].strip(), alias))
    if not trends:
        raise call.error("'trendline' has no trend", hint="for example trendline sma5(count)")
    return nodes.Trendline(tuple(trends), span=call.span)


def makecontinuous(call: Invocation) -> nodes.Command:
    arguments, given = call.arguments(), {}
    table = {"span": span_of, **{name: refused("how wide the buckets get is not documented")
                                 for name in ("bins", "start", "end", "aligntime", "minspan")}}
    name = None
    while not arguments.done:
        if arguments.at_option():
            arguments.option(table, given)
        elif name is None:
            name = arguments.field()
        else:
            raise arguments.error(f"unexpected {arguments.found()} in 'makecontinuous'")
    if "span" not in given:
        raise call.error("'makecontinuous' needs a span here: how wide Splunk makes the buckets"
                         " without one is not documented", hint="write span=1h")
    return nodes.Makecontinuous(name or "_time", nodes.Bucket(span=str(given["span"])),
                                span=call.span)


def fieldsummary(call: Invocation) -> nodes.Command:
    given: dict[str, object] = {}
    names = field_list(call.arguments(), {"maxvals": integer(1)}, given)
    return nodes.Fieldsummary(names, int(given.get("maxvals", 100)), span=call.span)


PARSERS: dict[str, Parser] = {
    "filldown": filldown, "nomv": nomv, "mvcombine": mvcombine, "accum": accum, "delta": delta,
    "addtotals": addtotals, "untable": untable, "xyseries": xyseries, "transpose": transpose,
    "addcoltotals": addcoltotals, "uniq": uniq, "autoregress": autoregress,
    "trendline": trendline, "makecontinuous": makecontinuous, "fieldsummary": fieldsummary,
}
