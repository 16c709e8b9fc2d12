"""Commands that make, name or drop fields: eval, fields, table, rename, rex, spath and kin."""

from __future__ import annotations

import re

from lab.spl import nodes
from lab.spl.arguments import boolean, choice, integer, name_of, text
from lab.spl.commands.base import Invocation, Parser, field_list
from lab.spl.errors import SPLError
from lab.spl.expressions import is_boolean
from lab.spl.patterns import check_pattern, check_sed
from lab.spl.text import blank

_TARGET = re.compile(r"\s*(?:\"((?:[^\"\\]|\\.)+)\"|'((?:[^'\\]|\\.)+)'|([^\s\"'=,()]+))\s*=(?!=)")


def evaluate(call: Invocation) -> nodes.Command:
    """`eval a=expression, b=expression`; the name before `=` may be quoted either way."""
    assignments = []
    position = call.start
    if not call.text.strip():
        raise call.error("'eval' assigns nothing", hint="write eval field=expression")
    while True:
        match = _TARGET.match(call.source.text, position, call.end)
        if match is None:
            raise SPLError(
                "expected 'field = expression' in 'eval'",
                call.source.span(blank(call.source.text, position, call.end), call.end),
                construct="eval", hint="comparisons are for where; eval assigns to one field",
            )
        name = match[1] or match[2] or match[3]
        stop = _assignment_end(call, match.end())
        expression = call.expression(match.end(), stop)
        if is_boolean(expression):
            raise SPLError(
                f"eval cannot assign a Boolean to {name!r}", expression.span, construct=name,
                hint='write if(condition, "true", "false") or tostring(condition)',
            )
        assignments.append((name, expression))
        if stop >= call.end:
            return nodes.Eval(tuple(assignments), span=call.span)
        position = stop + 1


_PART = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[(),]", re.DOTALL)


def _assignment_end(call: Invocation, start: int) -> int:
    """The comma outside of quotes and parentheses that ends an assignment, or the end."""
    depth = 0
    for match in _PART.finditer(call.source.text, start, call.end):
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth -= 1
        elif match[0] == "," and depth <= 0:
            return match.start()
    return call.end


def fields(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    keep = True
    token = arguments.peek()
    if token.kind == "word" and token.value in ("+", "-"):
        arguments.take()
        keep = token.value == "+"
    elif token.kind == "word" and token.value[0] in "+-":
        raise arguments.error(
            f"{token.value!r}: put a blank behind the sign", token, hint="fields - a b"
        )
    names = field_list(arguments)
    if not names:
        raise call.error("'fields' names no field")
    return nodes.Fields(names, keep, span=call.span)


def table(call: Invocation) -> nodes.Command:
    names = field_list(call.arguments())
    if not names:
        raise call.error("'table' names no field")
    return nodes.Table(names, span=call.span)


def rename(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    pairs = []
    while not arguments.done:
        if arguments.accept(","):
            continue
        token = arguments.peek()
        old = arguments.field()
        if not arguments.accept_word("as"):
            raise arguments.error(f"expected AS after {old!r} in 'rename'")
        new = arguments.field("a name after AS")
        if old.count("*") != new.count("*"):
            raise arguments.error(
                f"{old!r} and {new!r} have different numbers of wildcards", token,
                hint="each * of the old name needs one in the new",
            )
        pairs.append((old, new))
    if not pairs:
        raise call.error("'rename' renames nothing", hint="write rename old AS new")
    return nodes.Rename(tuple(pairs), span=call.span)


def fillnull(call: Invocation) -> nodes.Command:
    given: dict[str, object] = {}
    names = field_list(call.arguments(), {"value": text}, given)
    return nodes.Fillnull(str(given.get("value", "0")), names, span=call.span)


def rex(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    options = {
        "field": name_of, "mode": choice("sed"), "max_match": integer(0), "offset_field": name_of,
    }
    given: dict[str, object] = {}
    pattern = None
    while not arguments.done:
        if arguments.at_option():
            arguments.option(options, given)
        elif pattern is None and arguments.peek().kind in ("string", "word"):
            pattern = arguments.take()
        else:
            raise arguments.error(
                f"unexpected {arguments.found()} in 'rex'",
                hint="the regular expression stands in double quotes",
            )
    if pattern is None:
        raise call.error("'rex' has no regular expression")
    span = arguments.span(pattern)
    mode = str(given.get("mode", "extract"))
    if mode == "sed":
        for option in ("max_match", "offset_field"):
            if option in given:
                raise call.error(f"the option {option} has no meaning with mode=sed")
        check_sed(pattern.value, span)
    elif not check_pattern(pattern.value, span).groupindex:
        raise SPLError(
            "the regular expression of 'rex' has no named group", span, construct="rex",
            hint="write (?<field>...) around what is to be extracted",
        )
    return nodes.Rex(
        pattern.value, str(given.get("field", "_raw")), mode, int(given.get("max_match", 1)),
        given.get("offset_field"), span=call.span,
    )


def mvexpand(call: Invocation) -> nodes.Command:
    given: dict[str, object] = {}
    names = field_list(call.arguments(), {"limit": integer(0)}, given)
    if len(names) != 1:
        raise call.error(f"'mvexpand' takes one field, {len(names)} given")
    return nodes.Mvexpand(names[0], int(given.get("limit", 0)), span=call.span)


def makemv(call: Invocation) -> nodes.Command:
    given: dict[str, object] = {}
    arguments = call.arguments()
    options = {"delim": text, "tokenizer": text, "allowempty": boolean, "setsv": boolean}
    names = field_list(arguments, options, given)
    if len(names) != 1:
        raise call.error(f"'makemv' takes one field, {len(names)} given")
    if "delim" in given and "tokenizer" in given:
        raise call.error("'makemv' takes delim or tokenizer, not both")
    tokenizer = given.get("tokenizer")
    if tokenizer is not None and check_pattern(str(tokenizer), call.span).groups < 1:
        raise call.error("the tokenizer of 'makemv' has no group", hint="write ([^,]+),?")
    return nodes.Makemv(
        names[0], str(given.get("delim", " ")), tokenizer, bool(given.get("allowempty", False)),
        bool(given.get("setsv", False)), span=call.span,
    )


def spath(call: Invocation) -> nodes.Command:
    given: dict[str, object] = {}
    options = {"path": text, "input": name_of, "output": name_of}
    names = field_list(call.arguments(), options, given)
    if names:
        if len(names) > 1 or "path" in given:
            raise call.error("'spath' takes one path")
        given["path"] = names[0]
    path, output = given.get("path"), given.get("output")
    if output is not None and path is None:
        raise call.error("'spath' with output needs a path")
    return nodes.Spath(path, str(given.get("input", "_raw")), output, span=call.span)


def fromjson(call: Invocation) -> nodes.Command:
    """`fromjson field [prefix=text]` (Search Reference, fromjson)."""
    given: dict[str, object] = {}
    names = field_list(call.arguments(), {"prefix": text}, given)
    if len(names) != 1:
        raise call.error(f"'fromjson' takes one field, {len(names)} given")
    return nodes.Fromjson(names[0], str(given.get("prefix", "")), span=call.span)


PARSERS: dict[str, Parser] = {
    "eval": evaluate, "fields": fields, "table": table, "rename": rename, "fillnull": fillnull,
    "rex": rex, "mvexpand": mvexpand, "makemv": makemv, "spath": spath,
    "fromjson": fromjson,
}

