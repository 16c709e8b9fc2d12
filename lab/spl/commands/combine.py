"""Commands around subsearches: append and kin, join, foreach, format, return, savedsearch."""

from __future__ import annotations

import re

from lab.spl import nodes
from lab.spl.arguments import Arguments, Kind, boolean, choice, integer, refused, text
from lab.spl.commands.base import Invocation, Parser
from lab.spl.errors import SPLError
from lab.spl.text import SourceText

_LIMITS: dict[str, Kind] = {
    "maxtime": integer(1), "maxout": integer(1), "timeout": integer(1),
}


def append(call: Invocation) -> nodes.Command:
    arguments, given = call.arguments(), {}
    arguments.options({**_LIMITS, "extendtimerange": boolean}, given)
    pipeline = call.pipeline(arguments.subsearch())
    arguments.expect_end()
    return nodes.Append(pipeline, int(given.get("maxout", 50000)),
                        bool(given.get("extendtimerange", False)), span=call.span)


def appendcols(call: Invocation) -> nodes.Command:
    arguments, given = call.arguments(), {}
    arguments.options({**_LIMITS, "override": boolean}, given)
    pipeline = call.pipeline(arguments.subsearch())
    arguments.expect_end()
    return nodes.Appendcols(
        pipeline, bool(given.get("override", False)), int(given.get("maxout", 50000)),
        span=call.span,
    )


def appendpipe(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    arguments.options({"run_in_preview": boolean}, {})
    pipeline = call.pipeline(arguments.subsearch(), generating=False)
    arguments.expect_end()
    return nodes.Appendpipe(pipeline, span=call.span)


_JOIN: dict[str, Kind] = {
    "type": choice("inner", "left", "outer"), "usetime": boolean, "earlier": boolean,
    "overwrite": boolean, "max": integer(0),
    "return_multivalue": refused("it came with a version the lab has no description of"),
    "left": refused("aliases of the two sides"), "right": refused("aliases of the two sides"),
}


def join(call: Invocation) -> nodes.Command:
    arguments, given = call.arguments(), {}
    names: list[str] = []
    while not arguments.done and arguments.peek().kind != "subsearch":
        if arguments.accept(","):
            continue
        if arguments.at_option():
            arguments.option(_JOIN, given)
        else:
            names.append(arguments.field())
    pipeline = call.pipeline(arguments.subsearch())
    arguments.expect_end()
    kind = str(given.pop("type", "inner"))
    return nodes.Join(
        tuple(names), pipeline, "left" if kind == "outer" else kind, span=call.span, **given
    )


_FOREACH_TOKENS = ("<<FIELD>>", "<<MATCHSTR>>", "<<MATCHSEG1>>", "<<MATCHSEG2>>",
                   "<<MATCHSEG3>>", "<<ITEM>>", "<<ITER>>")
_FOREACH_NAMES = ("fieldstr", "matchstr", "matchseg1", "matchseg2", "matchseg3", "itemstr",
                  "iterstr")
"""The options that give a token another spelling, in the order of the tokens."""



def _placeholder(arguments: Arguments, name: str) -> str:
    """A token as it is written in the template, also in angle brackets: `<<NUMBER>>`."""
    if not arguments.at("<"):
        return text(arguments, name)
    first = last = arguments.take()
    while arguments.peek().glued and arguments.peek().kind in ("word", "operator"):
        last = arguments.take()
    return arguments.source.text[first.start:last.end]


_FOREACH: dict[str, Kind] = {
    "mode": choice("multifield", "multivalue", "json_array", "auto_collections"),
    **dict.fromkeys(_FOREACH_NAMES, _placeholder),
}


def foreach(call: Invocation) -> nodes.Command:
    arguments, given = call.arguments(), {}
    names: list[str] = []
    while not arguments.done and arguments.peek().kind != "subsearch":
        if arguments.accept(","):
            continue
        if arguments.at_option():
            arguments.option(_FOREACH, given)
        else:
            names.append(arguments.field())
    token = arguments.subsearch()
    arguments.expect_end()
    mode = str(given.get("mode", "multifield"))
    if not names:
        raise call.error("'foreach' names no field", hint="for example foreach count_* [ ... ]")
    if mode != "multifield" and len(names) != 1:
        raise call.error(f"'foreach mode={mode}' takes one field")
    template = token.value
    for option, placeholder in zip(_FOREACH_NAMES, _FOREACH_TOKENS, strict=True):
        if given.get(option):
            template = template.replace(str(given[option]), placeholder)
    _check_template(call, template, arguments.span(token))
    return nodes.Foreach(tuple(names), template, mode, span=call.span)


def _check_template(call: Invocation, template: str, span) -> None:
    """Parse the template with a plain name in its tokens, so that errors show without any row."""
    for placeholder in _FOREACH_TOKENS:
        template = template.replace(placeholder, "field")
    unknown = re.search(r"<<(\w+)>>", template)
    if unknown is not None:
        raise SPLError(
            f"'foreach' knows no token {unknown[0]}", span, construct=unknown[0],
            hint="its tokens: " + " ".join(_FOREACH_TOKENS),
        )
    call.recurse(SourceText.standing_for(template, span), 0, len(template), False)


def format_(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    given: dict[str, object] = {}
    strings: list[str] = []
    options: dict[str, Kind] = {
        "mvsep": text, "maxresults": integer(0), "emptystr": text,
        "quote": refused("it serves searchmatch() with a subsearch"),
    }
    while not arguments.done:
        if arguments.at_option():
            arguments.option(options, given)
        elif arguments.peek().kind == "string":
            strings.append(arguments.take().value)
        else:
            raise arguments.error(f"unexpected {arguments.found()} in 'format'")
    if len(strings) not in (0, 6):
        raise call.error(
            f"'format' takes six strings or none, {len(strings)} given",
            hint='"row prefix" "column prefix" "column separator" "column end"'
            ' "row separator" "row end"',
        )
    return nodes.Format(*strings, span=call.span, **given)


def return_(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    limit = 1
    token = arguments.peek()
    if token.kind == "word" and re.fullmatch(r"\d+", token.value):
        limit = integer(1)(arguments, "the number of return")
    items: list[tuple[str, str, bool]] = []
    while not arguments.done:
        if arguments.accept(","):
            continue
        items.append(_return_item(arguments))
    if not items:
        raise call.error("'return' names no field")
    return nodes.Return(tuple(items), limit, span=call.span)


def _return_item(arguments: Arguments) -> tuple[str, str, bool]:
    token = arguments.peek()
    name = arguments.field()
    if arguments.accept("="):
        return arguments.field("a field after ="), name, False
    if name.startswith("$") and token.kind == "word":
        if len(name) == 1:
            raise arguments.error("'$' names no field in 'return'", token)
        return name[1:], name[1:], True
    return name, name, False


def savedsearch(call: Invocation) -> nodes.Command:
    if not call.first:
        raise call.error("'savedsearch' must be the first command of its search")
    arguments = call.arguments()
    if arguments.done:
        raise call.error("'savedsearch' names no saved search")
    name = arguments.field("the name of a saved search")
    given: list[tuple[str, str]] = []
    substitute = True
    while not arguments.done:
        if not arguments.at_option():
            raise arguments.error(
                f"unexpected {arguments.found()} in 'savedsearch'", hint="write argument=value"
            )
        key = arguments.take().value
        arguments.take()
        if key.lower() == "nosubstitution":
            substitute = not boolean(arguments, key)
        elif any(key == known for known, _ in given):
            raise arguments.error(f"the argument {key} is given twice")
        else:
            given.append((key, text(arguments, key)))
    pipeline = call.saved(name, tuple(given) if substitute else (), call.span)
    return nodes.Savedsearch(name, tuple(given), pipeline, span=call.span)


PARSERS: dict[str, Parser] = {
    "append": append, "appendcols": appendcols, "appendpipe": appendpipe, "join": join,
    "foreach": foreach, "format": format_, "return": return_, "savedsearch": savedsearch,
}
