"""Commands that choose or order rows: search, where, head, tail, reverse, sort, dedup, regex."""

from __future__ import annotations

import re

from lab.spl import nodes
from lab.spl.arguments import Arguments, boolean, integer
from lab.spl.commands.base import Invocation, Parser
from lab.spl.patterns import check_pattern


def search(call: Invocation) -> nodes.Command:
    predicate, window = call.predicate(call.start, call.end)
    if not call.first and window != nodes.TimeWindow():
        raise call.error(
            "time modifiers belong to the first search, which reads the indexes",
            hint="further down compare _time in where",
        )
    return nodes.Search(predicate, window, call.first, span=call.span)


def where(call: Invocation) -> nodes.Command:
    if not call.text.strip():
        raise call.error("'where' needs a condition", hint="for example where count > 10")
    return nodes.Where(call.expression(), span=call.span)


def head(call: Invocation) -> nodes.Command:
    arguments, given = call.arguments(), {}
    table = {"limit": integer(1), "null": boolean, "keeplast": boolean}
    condition = None
    while not arguments.done:
        if arguments.at_option():
            arguments.option(table, given)
        elif arguments.at("(") and condition is None:
            opening = arguments.peek()
            closing = arguments.closing_parenthesis()
            condition = call.expression(opening.end, closing.start)
        elif re.fullmatch(r"\d+", arguments.peek().value) and "limit" not in given:
            given["limit"] = integer(1)(arguments, "limit")
        else:
            raise arguments.error(
                f"unexpected {arguments.found()} in 'head'",
                hint="head takes a number, or a condition in parentheses",
            )
    limit = given.get("limit", 10 if condition is None else None)
    return nodes.Head(
        limit, condition, bool(given.get("null", False)), bool(given.get("keeplast", False)),
        span=call.span,
    )


def tail(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    limit = 10 if arguments.done else integer(1)(arguments, "the number of tail")
    arguments.expect_end()
    return nodes.Tail(limit, span=call.span)


def reverse(call: Invocation) -> nodes.Command:
    call.no_arguments()
    return nodes.Reverse(span=call.span)


def sort(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    given: dict[str, object] = {}
    arguments.options({"limit": integer(0)}, given)
    if arguments.peek().kind == "word" and re.fullmatch(r"\d+", arguments.peek().value) \
            and "limit" not in given:
        given["limit"] = integer(0)(arguments, "limit")
    keys, backwards, sign = [], False, ""
    while not arguments.done:
        if arguments.accept(","):
            continue
        if keys and arguments.at_word("d", "desc") and arguments.peek(1).kind == "end":
            arguments.take()
            backwards = True
            continue
        if arguments.at_word("-", "+"):
            sign = arguments.take().value
        keys.append(sort_key(arguments, sign == "-"))
    if not keys:
        raise call.error("'sort' names no field", hint="for example sort - count")
    return nodes.Sort(tuple(keys), int(given.get("limit", 10000)), backwards, span=call.span)


_HOW = re.compile(r"(auto|str|num|ip)\((.*)\)", re.DOTALL)


def sort_key(arguments: Arguments, descending: bool) -> nodes.SortKey:
    """`field`, `-field`, `num(field)`, `"quoted field"`.

    searchbnf.conf: a sign apart from the field holds for every field behind it that has no sign
    of its own; `descending` says so.
    """
    token = arguments.peek()
    name = arguments.field()
    if token.kind == "word" and name[0] in "+-":
        descending, name = name[0] == "-", name[1:]
        if not name:
            raise arguments.error("a sign is followed by a sign", token)
    match = _HOW.fullmatch(name) if arguments.peek(-1).kind != "string" else None
    if match is not None:
        inner = match[2].strip()
        if not inner:
            raise arguments.error(f"{match[1]}() names no field", token)
        name = inner[1:-1] if len(inner) > 1 and inner[0] == inner[-1] == '"' else inner
        return nodes.SortKey(name, descending, match[1])
    return nodes.SortKey(name, descending)


def dedup(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    table = {"keepevents": boolean, "keepempty": boolean, "consecutive": boolean}
    given: dict[str, object] = {}
    limit = 1
    if arguments.peek().kind == "word" and re.fullmatch(r"\d+", arguments.peek().value):
        limit = integer(1)(arguments, "the number of dedup")
    names: list[str] = []
    keys: list[nodes.SortKey] = []
    while not arguments.done:
        if arguments.accept(","):
            continue
        if arguments.at_word("sortby"):
            arguments.take()
            sign = ""
            while not arguments.done and not arguments.at_option():
                if arguments.accept(","):
                    continue
                if arguments.at_word("-", "+"):
                    sign = arguments.take().value
                keys.append(sort_key(arguments, sign == "-"))
            if not keys:
                raise call.error("'sortby' of dedup names no field")
        elif arguments.at_option():
            arguments.option(table, given)
        else:
            names.append(arguments.field())
    if not names:
        raise call.error("'dedup' names no field")
    return nodes.Dedup(tuple(names), limit, sortby=tuple(keys), span=call.span, **given)


def regex(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    name, negated = "_raw", False
    if arguments.peek().kind == "word" and (arguments.at("=", 1) or arguments.at("!=", 1)):
        name = arguments.field()
        negated = arguments.take().value == "!="
    token = arguments.peek()
    if arguments.done:
        raise call.error("'regex' has no regular expression")
    if token.kind == "string":
        arguments.take()
        arguments.expect_end()
        pattern = token.value
    else:
        pattern = call.source.text[token.start:call.end]
    check_pattern(pattern, call.source.span(token.start, call.end))
    return nodes.Regex(pattern, name, negated, span=call.span)


PARSERS: dict[str, Parser] = {
    "search": search, "where": where, "head": head, "tail": tail, "reverse": reverse,
    "sort": sort, "dedup": dedup, "regex": regex,
}
