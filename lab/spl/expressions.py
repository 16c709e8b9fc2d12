"""The expressions of eval, where and `count(eval(...))`: a Pratt parser.

Precedence, loosest first: XOR, OR, AND, NOT, comparison (also LIKE and IN), `+ - .`, `* / %`,
unary minus (Search Manual, "Boolean expressions with logical operators": in eval and where AND
goes before OR; the search command has it the other way round). A field whose name holds anything but letters, digits and the underscore stands
in single quotes; `a.b` without them joins two fields as strings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.functions import check_call, kind
from lab.spl.patterns import check_pattern
from lab.spl.text import SourceText

MAXIMUM_NESTING = 100

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w]))
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<field>'(?:[^'\\]|\\.)*')
    | (?P<name>[^\W\d]\w*)
    | (?P<operator>==|!=|<=|>=|[-+*/%.<>=(),!])
    """,
    re.VERBOSE | re.DOTALL,
)

_BINARY = {
    "XOR": 1, "OR": 2, "AND": 3,
    "=": 5, "==": 5, "!=": 5, "<": 5, ">": 5, "<=": 5, ">=": 5, "LIKE": 5, "IN": 5,
    "+": 6, "-": 6, ".": 6, "*": 7, "/": 7, "%": 7,
}
_NOT, _COMPARISON, _UNARY = 4, 5, 8
VALUE_HINT = (
    "a value is a field, a number, a string in double quotes, a function call, or one of these"
    " in parentheses; operators stand between values"
)
_WORDS = {"AND", "OR", "XOR", "NOT", "LIKE", "IN"}
QUOTE_HINT = (
    "in eval and where a field name with anything but letters, digits and _ stands in single"
    " quotes, a string in double quotes"
)


@dataclass(frozen=True)
class Token:
    """`kind`: number, string, field, name, operator, end. Words that are operators are operators."""

    kind: str
    text: str
    start: int
    end: int


def string_value(text: str) -> str:
    r"""A double-quoted string of eval: `\"`, `\\` and `\t` (a tab) are escapes, the rest stays.

    Search Manual, "Types of expressions": in "C:\\windows\temp" the `\t` is a tab.
    """
    return re.sub(
        r'\\(["\\t])', lambda match: "\t" if match[1] == "t" else match[1], text[1:-1]
    )


def parse_expression(source: SourceText, start: int, end: int) -> nodes.Expression:
    """The expression that fills [start, end)."""
    parser = ExpressionParser(source, start, end)
    result = parser.expression()
    parser.expect_end()
    return result


class ExpressionParser:
    """A cursor over the tokens of [start, end); `eval` uses it for its list of assignments."""

    def __init__(self, source: SourceText, start: int, end: int):
        self.source = source
        self.tokens = list(_tokens(source, start, end))
        self.index = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.index += 1
        return token

    def at(self, text: str) -> bool:
        return self.token.kind == "operator" and self.token.text == text

    def expect(self, text: str, why: str) -> Token:
        if not self.at(text):
            raise self.error(f"expected '{text}' {why}, found {self.found()}")
        return self.take()

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.error(f"unexpected {self.found()} after the expression", hint=self._hint())

    def found(self) -> str:
        return "the end" if self.token.kind == "end" else self.token.text

    def error(self, message: str, hint: str = "") -> SPLError:
        token = self.token
        return SPLError(
            message, self.source.span(token.start, token.end),
            construct=token.text or "the end", hint=hint or VALUE_HINT,
        )

    def _hint(self) -> str:
        before = self.tokens[self.index - 1] if self.index else None
        if self.token.kind == "number" and self.token.text.startswith("."):
            return (
                f"{self.token.text} is read as a number: put a blank on each side of the dot that"
                " joins a string and a number"
            )
        if self.token.kind in ("name", "string", "field", "number") and before is not None:
            return "an operator is missing between two values; strings are joined with a dot"
        return ""

    def expression(self, binding: int = 0) -> nodes.Expression:
        self._depth += 1
        if self._depth > MAXIMUM_NESTING:
            raise self.error(f"the expression is nested deeper than {MAXIMUM_NESTING} levels")
        start = self.token.start
        left = self._prefix()
        while self.token.kind == "operator":
            operator = self.token.text
            power = _BINARY.get(operator)
            if power is None or power <= binding:
                break
            self.take()
            if operator == "IN":
                left = nodes.InList(left, self._list(), span=self._span(start))
            else:
                right = self.expression(power)
                operator = "=" if operator == "==" else operator
                left = nodes.Binary(operator, left, right, span=self._span(start))
            if power == _COMPARISON and _BINARY.get(self.token.text) == power \
                    and self.token.kind == "operator":
                raise self.error(
                    f"comparisons cannot be chained: unexpected '{self.token.text}'",
                    hint="join two comparisons with AND",
                )
        self._depth -= 1
        return left

    def _span(self, start: int):
        return self.source.span(start, self.tokens[self.index - 1].end)

    def _prefix(self) -> nodes.Expression:
        token = self.take()
        span = self.source.span(token.start, token.end)
        if token.kind == "number":
            if token.text.isdigit():
                return nodes.Literal(int(token.text), span=span)
            return nodes.Literal(float(token.text), token.text, span=span)
        if token.kind == "string":
            return nodes.Literal(string_value(token.text), span=span)
        if token.kind == "field":
            return nodes.FieldRef(re.sub(r"\\(['\\])", r"\1", token.text[1:-1]), span=span)
        if token.kind == "name":
            if self.at("("):
                return self._call(token)
            if token.text.lower() in ("true", "false", "null"):
                raise SPLError(
                    f"a bare {token.text} is taken for a field of that name", span,
                    construct=token.text,
                    hint=f"write {token.text.lower()}(), or '{token.text}' for the field",
                )
            return nodes.FieldRef(token.text, span=span)
        if token.kind == "operator":
            if token.text == "(":
                inner = self.expression()
                self.expect(")", "to close the parenthesis")
                return inner
            if token.text in ("-", "+"):
                operand = self.expression(_UNARY)
                return nodes.Unary(token.text, operand, span=self._span(token.start))
            if token.text in ("NOT", "!"):
                operand = self.expression(_NOT)
                return nodes.Unary("NOT", operand, span=self._span(token.start))
            if token.text in ("LIKE", "IN") and self.at("("):
                return self._call(token)
        self.index -= token.kind != "end"
        raise self.error(f"expected a value, found {self.found()}")

    def _list(self) -> tuple[nodes.Expression, ...]:
        self.expect("(", "before the list of IN")
        items = [self.expression()]
        while self.at(","):
            self.take()
            items.append(self.expression())
        self.expect(")", "after the list of IN")
        return tuple(items)

    def _call(self, name: Token) -> nodes.Expression:
        self.take()
        arguments: list[nodes.Expression] = []
        if not self.at(")"):
            arguments.append(self.expression())
            while self.at(","):
                self.take()
                arguments.append(self.expression())
        if not self.at(")"):
            raise self.error(
                f"expected ',' or ')' in the arguments of {name.text}(), found {self.found()}",
                hint=self._hint(),
            )
        self.take()
        span = self._span(name.start)
        function = check_call(name.text, len(arguments), span)
        _check_literal_pattern(function, arguments)
        if function == "like":
            return nodes.Binary("LIKE", arguments[0], arguments[1], span=span)
        if function == "in":
            return nodes.InList(arguments[0], tuple(arguments[1:]), span=span)
        return nodes.Call(function, tuple(arguments), span=span)


_LOGIC = frozenset({"=", "!=", "<", ">", "<=", ">=", "LIKE", "AND", "OR", "XOR"})


def is_boolean(node: nodes.Expression) -> bool:
    """Whether an expression can be nothing but true, false or null."""
    if isinstance(node, nodes.Binary):
        return node.operator in _LOGIC
    if isinstance(node, nodes.Unary):
        return node.operator == "NOT"
    if isinstance(node, nodes.Call):
        if node.name == "if":
            return is_boolean(node.arguments[1]) and is_boolean(node.arguments[2])
        if node.name in ("case", "validate"):
            return all(is_boolean(value) for value in node.arguments[1::2])
        return kind(node.name) == "boolean"
    return isinstance(node, nodes.InList)


_PATTERN_ARGUMENT = {"match": 1, "replace": 1, "mvfind": 1}


def _check_literal_pattern(function: str, arguments: list[nodes.Expression]) -> None:
    """A regular expression written out is checked now, with its place."""
    position = _PATTERN_ARGUMENT.get(function)
    if position is not None:
        pattern = arguments[position]
        if isinstance(pattern, nodes.Literal) and isinstance(pattern.value, str):
            check_pattern(pattern.value, pattern.span)


def _tokens(source: SourceText, start: int, end: int):
    position = start
    while position < end:
        match = _TOKEN.match(source.text, position, end)
        if match is None:
            raise _bad_character(source, position, end)
        if match.lastgroup != "space":
            kind, text = match.lastgroup, match[0]
            if kind == "name" and text.upper() in _WORDS:
                kind, text = "operator", text.upper()
            yield Token(kind, text, match.start(), match.end())
        position = match.end()
    yield Token("end", "", end, end)


def _bad_character(source: SourceText, position: int, end: int) -> SPLError:
    character = source.text[position]
    span = source.span(position, position + 1)
    if character == "[":
        return SPLError(
            "a subsearch inside an expression is not supported by the lab yet", span,
            construct="[",
        )
    if character in "\"'":
        return SPLError(
            f"the quote {character} is never closed", span, construct=character, hint=QUOTE_HINT
        )
    if character.isdigit():
        word = re.compile(r"[\w.]+").match(source.text, position, end)[0]
        return SPLError(
            f"{word!r} is neither a number nor a field name",
            source.span(position, position + len(word)), construct=word, hint=QUOTE_HINT,
        )
    if character == "$":
        return SPLError(
            "a $token$ was not replaced", span, construct="$",
            hint="tokens are replaced by dashboards, macros and savedsearch before a search runs",
        )
    return SPLError(
        f"unexpected character {character!r} in an expression", span, construct=character,
        hint=QUOTE_HINT,
    )
