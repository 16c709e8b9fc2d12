"""Comments and macros: from the search as written to the text that is parsed.

Facts are those of Splunk's Knowledge Manager Manual ("Use search macros in searches", "Search
macro examples") and macros.conf.spec: macros inside double quotes are not expanded, arguments
are positional or `name=value`, an argument in quotes may hold commas and parentheses, a macro is
found by its name and its number of arguments, `validation` is an eval expression.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from lab.spl.constant import constant
from lab.spl.errors import Span, SPLError, nearest
from lab.spl.expressions import parse_expression
from lab.spl.text import Builder, SourceText

if TYPE_CHECKING:
    from lab.datamodels import DataModel

MAXIMUM_DEPTH = 100
"""limits.conf [search] max_macro_depth."""


class Macro(Protocol):
    name: str
    arguments: tuple[str, ...]
    definition: str
    iseval: bool
    validation: str
    errormsg: str


class Knowledge(Protocol):
    """What a search refers to by name."""

    def macro(self, name: str, arity: int) -> Macro | None: ...

    def macro_names(self) -> list[str]: ...

    def saved_search(self, name: str) -> str | None: ...

    def saved_search_names(self) -> list[str]: ...

    def datamodel(self, name: str) -> DataModel | None: ...

    def datamodel_names(self) -> list[str]: ...


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|```|`|\\.|[^"`\\]+|["\\]', re.DOTALL)
_CALL_PART = re.compile(r'"(?:[^"\\]|\\.)*"|`', re.DOTALL)
_CALL = re.compile(r"\s*([^\s(),\"]+)\s*(?:\((.*)\))?\s*\Z", re.DOTALL)
_ARGUMENT_PART = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[(),]', re.DOTALL)
_NAMED = re.compile(r"\s*(\w+)\s*=(?!=)\s*(.*)\Z", re.DOTALL)


def expand(text: str, knowledge: Knowledge) -> SourceText:
    """Take comments out and put every macro's definition in."""
    builder = Builder()
    _expand(text, None, (), knowledge, builder)
    return builder.finish()


def _expand(
    text: str, call: Span | None, trail: tuple[tuple[str, int], ...], knowledge: Knowledge,
    builder: Builder,
) -> None:
    """Append `text` expanded; `call` is the outermost macro call it came from, if any."""

    def place(start: int, end: int) -> Span:
        return call if call is not None else Span(start, end)

    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        token, start, end = match[0], match.start(), match.end()
        if token == "```":
            close = text.find("```", end)
            if close < 0:
                raise SPLError(
                    "a comment is never closed", place(start, end), construct="```",
                    hint="a comment stands between three backticks and three backticks",
                )
            builder.add(" ", place(start, close + 3), False)
            position = close + 3
        elif token == "`":
            close = _closing_backtick(text, end)
            if close < 0:
                raise SPLError(
                    "a macro call is never closed", place(start, end), construct="`",
                    hint="a macro call stands between two backticks",
                )
            _call(text[end:close], place(start, close + 1), trail, knowledge, builder)
            position = close + 1
        else:
            builder.add(token, place(start, end), call is None)
            position = end


def _closing_backtick(text: str, start: int) -> int:
    for match in _CALL_PART.finditer(text, start):
        if match[0] == "`":
            return match.start()
    return -1


def _call(
    body: str, place: Span, trail: tuple[tuple[str, int], ...], knowledge: Knowledge,
    builder: Builder,
) -> None:
    builder.count_call(place)
    match = _CALL.match(body)
    if match is None:
        raise SPLError(
            f"`{body.strip()}` is not a macro call", place, construct="macro",
            hint="write `name` or `name(argument, argument)`",
        )
    name = match[1]
    values = _arguments(match[2], place) if match[2] is not None else []
    macro = knowledge.macro(name, len(values))
    if macro is None:
        raise _unknown(name, len(values), place, knowledge)
    key = (name, len(values))
    names = " > ".join(called for called, _ in (*trail, key))
    inner = Span(place.start, place.end, names)
    if key in trail or len(trail) >= MAXIMUM_DEPTH:
        raise SPLError(f"the macro `{name}` calls itself", inner, construct=name)
    bound = _bind(macro, values, inner)
    if macro.validation:
        _validate(macro, bound, inner)
    definition = macro.definition.strip()
    text = _substitute(definition, bound)
    if macro.iseval:
        value = _evaluate(text, inner)
        if not isinstance(value, str):
            raise SPLError(
                f"the eval-based definition of the macro `{name}` gives no string", inner,
                construct=name,
            )
        text = value
    _expand(text, inner, (*trail, key), knowledge, builder)


def _unknown(name: str, arity: int, place: Span, knowledge: Knowledge) -> SPLError:
    others = [str(n) for n in range(11) if n != arity and knowledge.macro(name, n) is not None]
    called = f"`{name}`" if arity == 0 else f"`{name}({arity})`"
    return SPLError(
        f"unknown macro {called}", place, construct=name,
        hint=f"`{name}` takes {' or '.join(others)} arguments, {arity} were given" if others
        else nearest(name, knowledge.macro_names())
        or "no macros.conf that the lab reads defines it",
    )


def _arguments(text: str, place: Span) -> list[str]:
    """The arguments as written, split at commas outside of quotes and parentheses."""
    if not text.strip():
        return []
    parts, depth, begin = [], 0, 0
    for match in _ARGUMENT_PART.finditer(text):
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth -= 1
            if depth < 0:
                raise SPLError("')' closes no '(' in a macro's arguments", place, construct=")")
        elif match[0] == "," and depth == 0:
            parts.append(text[begin : match.start()])
            begin = match.end()
    parts.append(text[begin:])
    return parts


def _bind(macro: Macro, values: Sequence[str], place: Span) -> dict[str, str]:
    """Argument names to values; all positional or all named."""
    named = [_NAMED.match(value) for value in values]
    hits = [match is not None and match[1] in macro.arguments for match in named]
    if any(hits):
        if not all(hits):
            raise SPLError(
                f"the macro `{macro.name}` is called with named and positional arguments mixed",
                place, construct=macro.name, hint="name all of them or none",
            )
        bound = {match[1]: _value(match[2]) for match in named if match is not None}
        missing = [name for name in macro.arguments if name not in bound]
        if missing:
            raise SPLError(
                f"the macro `{macro.name}` gets no value for {', '.join(missing)}", place,
                construct=macro.name,
            )
        return bound
    return {name: _value(value) for name, value in zip(macro.arguments, values)}


def _value(text: str) -> str:
    text = text.strip()
    if re.fullmatch(r'"(?:[^"\\]|\\.)*"', text, re.DOTALL):
        return text[1:-1].replace('\\"', '"')
    return text


def _substitute(text: str, bound: dict[str, str]) -> str:
    if not bound:
        return text
    names = "|".join(re.escape(name) for name in sorted(bound, key=len, reverse=True))
    return re.sub(rf"\$({names})\$", lambda match: bound[match[1]], text)


def _validate(macro: Macro, bound: dict[str, str], place: Span) -> None:
    """macros.conf.spec: a Boolean must be true; a string is itself the error message."""
    result = _evaluate(_substitute(macro.validation, bound), place)
    if result is None or result is True:
        return
    message = result if isinstance(result, str) else macro.errormsg
    raise SPLError(
        f"the macro `{macro.name}` refuses its arguments: {message or macro.validation}", place,
        construct=macro.name,
    )


def _evaluate(text: str, place: Span) -> str | float | bool | None:
    source = SourceText.standing_for(text, place)
    return constant(parse_expression(source, 0, len(text)))
