"""Commands that turn values into other values: convert."""

from __future__ import annotations

from lab.spl import nodes
from lab.spl.arguments import Arguments, Kind, text
from lab.spl.commands.base import Invocation, Parser

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


PARSERS: dict[str, Parser] = {"convert": convert}
