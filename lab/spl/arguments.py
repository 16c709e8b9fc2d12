"""The arguments of a command: its tokens, a cursor over them, and its table of options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from lab.spl.errors import Span, SPLError
from lab.spl.text import SourceText, closing_bracket, unbalanced_quote, unquote
from lab.spl.usage import usage

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<subsearch>\[)
    | (?P<operator>!=|<=|>=|[=<>(),])
    | (?P<word>(?:\\.|!(?!=)|[^\s"\[\],=<>()!\\])+|[\\\]])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """`kind`: word, string, operator, subsearch, end. `glued`: no white space before it.

    `value` is the text without quotes; a subsearch's is what stands between its brackets.
    """

    kind: str
    value: str
    start: int
    end: int
    glued: bool = False


class Arguments:
    """A cursor over the arguments of one command in [start, end)."""

    def __init__(self, source: SourceText, start: int, end: int, command: str):
        self.source, self.start, self.end, self.command = source, start, end, command
        self._tokens = list(_tokens(source, start, end))
        self._index = 0

    # --- the cursor --------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._index + ahead, len(self._tokens) - 1)]

    @property
    def done(self) -> bool:
        return self.peek().kind == "end"

    def take(self) -> Token:
        token = self.peek()
        if token.kind != "end":
            self._index += 1
        return token

    def at(self, operator: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token.kind == "operator" and token.value == operator

    def accept(self, operator: str) -> bool:
        if self.at(operator):
            self._index += 1
            return True
        return False

    def at_word(self, *words: str) -> bool:
        token = self.peek()
        return token.kind == "word" and token.value.lower() in words

    def accept_word(self, *words: str) -> Token | None:
        return self.take() if self.at_word(*words) else None

    def seek(self, position: int) -> None:
        """Move to the first token at or behind `position` of the text."""
        while not self.done and self.peek().start < position:
            self._index += 1

    def expect_end(self) -> None:
        if not self.done:
            raise self.error(f"unexpected {self.found()} in '{self.command}'")

    # --- errors ------------------------------------------------------------------------------

    def span(self, token: Token | None = None) -> Span:
        token = self.peek() if token is None else token
        return self.source.span(token.start, token.end)

    def found(self) -> str:
        token = self.peek()
        return "the end" if token.kind == "end" else repr(self.source.text[token.start:token.end])

    def error(self, message: str, token: Token | None = None, hint: str = "") -> SPLError:
        token = self.peek() if token is None else token
        return SPLError(
            message, self.span(token),
            construct=self.source.text[token.start:token.end] or self.command,
            hint=hint or usage(self.command),
        )

    # --- pieces ------------------------------------------------------------------------------

    def field(self, what: str = "a field name") -> str:
        """One name, quoted or not; a balanced parenthesis glued to it belongs to it: `sum(x)`."""
        token = self.peek()
        if token.kind == "string":
            self.take()
            if not token.value:
                raise self.error("a field name is empty", token)
            return token.value
        if token.kind != "word":
            raise self.error(f"expected {what} in '{self.command}', found {self.found()}")
        self.take()
        if token.value.startswith("'"):
            raise self.error(
                f"single quotes do not quote a field name in '{self.command}'", token,
                hint="use double quotes here; single quotes quote fields in eval and where only",
            )
        end = token.end
        while self.at("(") and self.peek().start == end:
            end = self.closing_parenthesis().end
            if self.peek().kind == "word" and self.peek().glued:
                end = self.take().end
        return self.source.text[token.start:end]

    def closing_parenthesis(self) -> Token:
        """Move behind the parenthesis that closes the one at the cursor, and give it."""
        opening, depth = self.peek(), 0
        while not self.done:
            token = self.take()
            if token.kind == "operator" and token.value in "()":
                depth += 1 if token.value == "(" else -1
                if depth == 0:
                    return token
        raise self.error("'(' is never closed", opening)

    def at_option(self) -> bool:
        """A word before an equals sign."""
        return self.peek().kind == "word" and self.at("=", 1)

    def option(self, table: Mapping[str, Kind], into: dict[str, object]) -> None:
        """Take one `name=value` of the command's table of options."""
        token = self.take()
        name = token.value.lower()
        if name not in table:
            near = get_close_matches(name, table, 1)
            known = ", ".join(sorted(table)) or "none"
            raise self.error(
                f"'{self.command}' has no option {token.value!r}", token,
                hint=(f"did you mean {near[0]}? " if near else "") + f"its options: {known}",
            )
        if name in into:
            raise self.error(f"the option {name} is given twice", token)
        self.take()
        into[name] = table[name](self, name)

    def options(self, table: Mapping[str, Kind], into: dict[str, object]) -> None:
        """Take every option that stands here, and the commas between them."""
        while self.at_option():
            self.option(table, into)
            while self.at(",") and self.peek(1).kind == "word" and self.at("=", 2):
                self.take()

    def subsearch(self) -> Token:
        if self.peek().kind != "subsearch":
            raise self.error(
                f"expected a subsearch in square brackets in '{self.command}', found"
                f" {self.found()}"
            )
        return self.take()


def refuse_as(arguments: Arguments) -> None:
    """Where only names stand, a bare `as` would silently be one of them."""
    if arguments.at_word("as"):
        raise arguments.error(
            f"'{arguments.command}' takes no AS here", hint="use rename, or quote the name \"as\""
        )


Kind = Callable[[Arguments, str], object]
"""Reads the value of an option at the cursor."""


def text(arguments: Arguments, name: str) -> str:
    token = arguments.peek()
    if token.kind not in ("word", "string") and not (token.kind == "operator"):
        raise arguments.error(f"the option {name} has no value")
    arguments.take()
    return token.value


def name_of(arguments: Arguments, name: str) -> str:
    return arguments.field(f"a field name for {name}")


def boolean(arguments: Arguments, name: str) -> bool:
    token = arguments.peek()
    value = text(arguments, name).lower()
    if value in ("t", "true", "1", "yes", "y"):
        return True
    if value in ("f", "false", "0", "no", "n"):
        return False
    raise arguments.error(f"{name} is true or false, not {value!r}", token)


def integer(minimum: int = 0, maximum: int | None = None) -> Kind:
    def read(arguments: Arguments, name: str) -> int:
        token = arguments.peek()
        value = text(arguments, name)
        if not re.fullmatch(r"-?\d{1,18}", value):
            raise arguments.error(f"{name} is a whole number, not {value!r}", token)
        number = int(value)
        if number < minimum or (maximum is not None and number > maximum):
            limit = f"at least {minimum}" if number < minimum else f"at most {maximum}"
            raise arguments.error(f"{name} is {limit}, not {number}", token)
        return number

    return read


def number(arguments: Arguments, name: str) -> float:
    token = arguments.peek()
    value = text(arguments, name)
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", value):
        raise arguments.error(f"{name} is a number, not {value!r}", token)
    return float(value)


def choice(*values: str) -> Kind:
    def read(arguments: Arguments, name: str) -> str:
        token = arguments.peek()
        value = text(arguments, name).lower()
        if value not in values:
            raise arguments.error(f"{name} is one of {', '.join(values)}, not {value!r}", token)
        return value

    return read


def refused(reason: str) -> Kind:
    """An option that Splunk has and the lab does not support."""

    def read(arguments: Arguments, name: str) -> None:
        raise arguments.error(
            f"the option {name} of '{arguments.command}' is not supported by the lab: {reason}",
            arguments.peek(-2),
        )

    return read


_SPAN = re.compile(
    r"(?P<log>(\d+(\.\d+)?)?log(\d+(\.\d+)?)?)|(?P<count>\d+(\.\d+)?|\.\d+|(?=[a-z]))"
    r"(?P<unit>us|ms|cs|ds|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?"
    r"|mon|months?|q|qtrs?|quarters?|y|yrs?|years?)?(?P<snap>@\w+)?"
)


def span_of(arguments: Arguments, name: str) -> str:
    """A bin's width: `5m`, `1d@d`, `100`, `0.5`, `2log10`."""
    token = arguments.peek()
    value = text(arguments, name)
    match = _SPAN.fullmatch(value)
    if match is not None and match["count"] == "":
        value, match = "1" + value, _SPAN.fullmatch("1" + value)
    if match is None or (match["count"] is not None and float(match["count"]) <= 0):
        raise arguments.error(
            f"{name}={value} is not a width", token,
            hint="a number with a time unit (5m, 1h, 1d), a number, or a logarithm (2log10)",
        )
    return value


def _tokens(source: SourceText, start: int, end: int):
    position, glued = start, False
    while position < end:
        match = _TOKEN.match(source.text, position, end)
        if match is None:
            raise unbalanced_quote(source, position)
        kind, value, stop = match.lastgroup, match[0], match.end()
        if kind == "subsearch":
            stop = closing_bracket(source, position, end) + 1
            value = source.text[position + 1 : stop - 1]
        elif kind == "string":
            value = unquote(value)
        if kind != "space":
            yield Token(kind, value, position, stop, glued)
        glued = kind != "space"
        position = stop
    yield Token("end", "", end, end)
