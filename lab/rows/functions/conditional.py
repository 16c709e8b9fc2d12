"""if, case, coalesce, the tests of what a value is, and matches."""

from __future__ import annotations

import regex

from lab.rows.expressions import any_of, compare, evaluate, holds
from lab.rows.networks import in_network
from lab.rows.state import Row, State
from lab.rows.values import Text, Value, number, text
from lab.spl import nodes
from lab.spl.errors import SPLError


def _if(arguments, row: Row, state: State) -> Value:
    return evaluate(arguments[1] if holds(arguments[0], row, state) else arguments[2], row, state)


def _case(arguments, row: Row, state: State) -> Value:
    for condition, value in zip(arguments[::2], arguments[1::2]):
        if holds(condition, row, state):
            return evaluate(value, row, state)
    return None


def _validate(arguments, row: Row, state: State) -> Value:
    """The value of the first condition that is not true."""
    for condition, value in zip(arguments[::2], arguments[1::2]):
        if not holds(condition, row, state):
            return evaluate(value, row, state)
    return None


def _coalesce(arguments, row: Row, state: State) -> Value:
    for argument in arguments:
        value = evaluate(argument, row, state)
        if value is not None:
            return value
    return None


def _isnum(value: Value) -> bool:
    return isinstance(value, float) or (
        isinstance(value, str) and not isinstance(value, Text) and number(value) is not None
    )


def _nullif(left: Value, right: Value) -> Value:
    return None if compare("=", left, right) is True else left


def _typeof(value: Value) -> Value:
    if value is None:
        return Text("Invalid")
    if isinstance(value, bool):
        return Text("Bool")
    return Text("Number" if _isnum(value) else "String")


def pattern(source: str) -> regex.Pattern:
    try:
        return regex.compile(source)
    except regex.error as error:
        raise SPLError(f"{source!r} is no regular expression: {error}", construct=source) from error


def _match(value: Value, expression: Value) -> bool | None:
    return any_of(lambda a, b: pattern(text(b)).search(text(a)) is not None, value, expression)


def _cidrmatch(network: Value, address: Value) -> bool | None:
    return any_of(lambda a, b: in_network(text(a), text(b)), network, address)


def _searchmatch(arguments, row: Row, state: State) -> Value:
    """True where the row matches a search string."""
    from lab.rows.predicates import matches
    from lab.spl.parse import parse_predicate

    (words,) = arguments
    if not isinstance(words, nodes.Literal):
        raise SPLError("searchmatch() takes a string", words.span, "searchmatch")
    return matches(parse_predicate(words.value, state.context.app), row, state)


LAZY = {"searchmatch": _searchmatch, "if": _if, "case": _case, "validate": _validate, "coalesce": _coalesce}
PLAIN = {
    "null": lambda: None, "true": lambda: True, "false": lambda: False,
    "isnull": lambda v: v is None, "isnotnull": lambda v: v is not None,
    "isnum": _isnum,
    "isint": lambda v: _isnum(v) and number(v).is_integer(),
    "isstr": lambda v: isinstance(v, str) and not _isnum(v),
    "isbool": lambda v: isinstance(v, bool),
    "nullif": _nullif, "typeof": _typeof, "match": _match, "cidrmatch": _cidrmatch,
}
STRICT = {}
