"""Commands that turn values into other values, or find values in a text."""

from __future__ import annotations

import re

from lab.spl import nodes
from lab.spl.arguments import Arguments, Kind, boolean, integer, refused, text
from lab.spl.commands.base import Invocation, Parser, field_list

CONVERSIONS = ("auto", "ctime", "dur2sec", "memk", "mktime", "mstime", "none", "num", "rmcomma",
               "rmunit")
_EMPTY = ("auto", "num")
"""Functions that stand for every field when none is named (searchbnf.conf [convert-auto])."""


def convert(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    table: dict[str, Kind] = {"timeformat": text}
    given: dict[str, object] = {}
    conversions = []
    while not arguments.done:
        if arguments.at_option():
            arguments.option(table, given)
        elif not arguments.accept(","):
            conversions.append(_conversion(arguments))
    if not conversions:
        raise call.error("'convert' has no function", hint="for example convert ctime(_time) AS t")
    return nodes.Convert(tuple(conversions), span=call.span, **given)


def _conversion(arguments: Arguments) -> nodes.Conversion:
    """`function(field) [AS name]`; auto may stand alone."""
    token = arguments.peek()
    if token.kind != "word":
        raise arguments.error(f"expected a function in 'convert', found {arguments.found()}")
    arguments.take()
    function = token.value.lower()
    if function not in CONVERSIONS:
        raise arguments.error(
            f"'convert' knows no function {token.value!r}", token,
            hint="its functions: " + ", ".join(CONVERSIONS),
        )
    name = ""
    if arguments.at("("):
        opening = arguments.peek()
        name = arguments.source.text[opening.end:arguments.closing_parenthesis().start].strip()
    elif function != "auto":
        raise arguments.error(f"{function} needs a field in parentheses", token)
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    elif "," in name or " " in name:
        raise arguments.error(f"{function}() takes one field", token,
                              hint=f"write {function}(a) {function}(b)")
    if not name:
        if function not in _EMPTY:
            raise arguments.error(f"{function}() names no field", token)
        name = "*"
    alias = None
    if arguments.at_word("as"):
        word = arguments.take()
        alias = arguments.field("a name after AS")
        if function == "none":
            raise arguments.error("none() converts nothing and takes no AS", word)
        if alias.count("*") != name.count("*"):
            raise arguments.error(f"{name} AS {alias}: both need the same number of *", word)
    return nodes.Conversion(function, name, alias)


def replace(call: Invocation) -> nodes.Command:
    """`replace (old WITH new)... IN fields`."""
    arguments = call.arguments()
    pairs: list[tuple[str, str]] = []
    names: tuple[str, ...] = ()
    while not arguments.done:
        if arguments.accept(","):
            continue
        if pairs and arguments.accept_word("in"):
            names = field_list(arguments)
            break
        token = arguments.peek()
        old = text(arguments, "the value to replace")
        if not arguments.accept_word("with"):
            raise arguments.error("expected WITH in 'replace'", hint="replace old WITH new IN field")
        new = text(arguments, "the new value")
        if new.count("*") not in (0, old.count("*")):
            raise arguments.error(f"{old} WITH {new}: the new value has as many * or none", token)
        pairs.append((old, new))
    if not pairs:
        raise call.error("'replace' has no values", hint="replace old WITH new IN field")
    if not names:
        raise call.error(
            "'replace' without IN is not supported by the lab: it spares fields that stats or eval"
            " have made", hint="name the fields with IN")
    return nodes.Replace(tuple(pairs), names, span=call.span)


def fieldformat(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    name = arguments.field()
    if not arguments.at("="):
        raise arguments.error("expected = in 'fieldformat'", hint="fieldformat field=expression")
    start = arguments.take().end
    return nodes.Fieldformat(name, call.expression(start), span=call.span)


def strcat(call: Invocation) -> nodes.Command:
    """`strcat [allrequired=bool] sources target`, which says the same as an eval (Search
    Reference, strcat): sources are fields, or text in double quotes."""
    arguments, given = call.arguments(), {}
    arguments.options({"allrequired": boolean}, given)
    parts: list[nodes.Expression] = []
    target = ""
    while not arguments.done:
        if arguments.accept(","):
            continue
        token = arguments.peek()
        quoted = token.kind == "string"
        target = text(arguments, "a source") if quoted else arguments.field()
        span = arguments.span(token)
        parts.append(nodes.Literal(target, span=span) if quoted
                     else nodes.FieldRef(target, span=span))
    last = parts.pop() if parts else None
    if not isinstance(last, nodes.FieldRef) or not parts:
        raise call.error("'strcat' takes its sources and then the field that it makes",
                         hint='for example strcat host ":" port address')
    required = bool(given.get("allrequired", False))
    if not required:
        parts = [nodes.Call("coalesce", (part, nodes.Literal("")), span=part.span)
                 if isinstance(part, nodes.FieldRef) else part for part in parts]
    joined: nodes.Expression = nodes.Literal("")
    for part in parts:
        joined = nodes.Binary(".", joined, part, span=call.span)
    if required:
        joined = nodes.Call("coalesce", (joined, last), span=call.span)
    return nodes.Eval(((target, joined),), span=call.span)


_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)")


def rangemap(call: Invocation) -> nodes.Command:
    """`rangemap field=f name=low-high... [default=text]`: an eval of the field `range`, which holds
    the names of all ranges that the value is in, both ends included (Search Reference, rangemap)."""
    arguments = call.arguments()
    field, default = None, "None"
    ranges: list[tuple[str, float, float]] = []
    while not arguments.done:
        if arguments.accept(","):
            continue
        if not arguments.at_option():
            raise arguments.error(f"unexpected {arguments.found()} in 'rangemap'",
                                  hint="write name=low-high")
        token = arguments.take()
        arguments.take()
        value = text(arguments, token.value)
        match = _RANGE.fullmatch(value)
        if token.value == "field":
            field = value
        elif token.value == "default":
            default = value
        elif match is None:
            raise arguments.error(f"{token.value}={value} is no range", token,
                                  hint="two numbers: 1-30, -5--1")
        else:
            ranges.append((token.value, float(match[1]), float(match[2])))
    if field is None or not ranges:
        raise call.error("'rangemap' needs field= and a range",
                         hint="rangemap field=count low=0-0 elevated=1-100 default=severe")
    value = nodes.Call("tonumber", (nodes.FieldRef(field),))
    found = nodes.Call("mvappend", tuple(
        nodes.Call("if", (
            nodes.Binary("AND", nodes.Binary(">=", value, nodes.Literal(low)),
                         nodes.Binary("<=", value, nodes.Literal(high))),
            nodes.Literal(name), nodes.Call("null", ())))
        for name, low, high in ranges))
    return nodes.Eval((("range", nodes.Call("coalesce", (found, nodes.Literal(default)))),),
                      span=call.span)


_EXTRACT: dict[str, tuple[str, Kind]] = {
    "pairdelim": ("pair_delimiters", text), "kvdelim": ("key_delimiters", text),
    "limit": ("limit", integer(1)), "maxchars": ("maximum", integer(1)),
    "mv_add": ("multiple", boolean), "clean_keys": ("clean_keys", boolean),
    "reload": ("", boolean),
    "auto": ("", refused("what remains of the command then is not documented")),
    "segment": ("", refused("it shows where in the event the values stand")),
}


def extract(call: Invocation) -> nodes.Command:
    """reload reads the configuration anew, which the lab does for each search."""
    given: dict[str, object] = {}
    names = field_list(call.arguments(), {key: kind for key, (_, kind) in _EXTRACT.items()}, given)
    if ("pairdelim" in given) != ("kvdelim" in given):
        raise call.error("'extract' takes pairdelim and kvdelim together")
    if names and "pairdelim" in given:
        raise call.error("'extract' takes delimiters or the names of extractors, not both")
    named = {_EXTRACT[key][0]: value for key, value in given.items() if _EXTRACT[key][0]}
    return nodes.Extract(extractors=names, span=call.span, **named)


PARSERS: dict[str, Parser] = {
    "convert": convert, "replace": replace, "fieldformat": fieldformat, "strcat": strcat,
    "rangemap": rangemap, "extract": extract,
}
