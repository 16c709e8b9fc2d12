r"""Regular expressions: PCRE as SPL writes them, on RE2 where it says the same, else in Python.

RE2 (DuckDB's) has neither look-around, backreferences, possessive nor atomic groups; DuckDB
reads at most 9 groups. Those patterns run on the `regex` module, whose syntax covers what PCRE's
users write. `(?<name>` is the same as `(?P<name>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import regex

from lab.engine.bounds import PATTERN_SECONDS
from lab.engine.database import accepts
from lab.spl.errors import Span, SPLError

_NAMED = re.compile(r"\(\?<(?![=!])")
_BEYOND_RE2 = re.compile(
    r"\(\?(?:=|!|<=|<!|>|\||#|R|\d|&|\()|\\[1-9]|\\[gkKGXRhHvNZ]|[*+?}]\+|\(\*"
)


def python_form(pattern: str) -> str:
    return _NAMED.sub("(?P<", pattern)


class Bounded:
    """A compiled pattern whose every use ends: SPLError where one takes longer than the bound."""

    def __init__(self, expression: regex.Pattern):
        self.groups, self.groupindex = expression.groups, expression.groupindex
        self.search = self._bounded(expression.search)
        self.match = self._bounded(expression.match)
        self.fullmatch = self._bounded(expression.fullmatch)
        self.findall = self._bounded(expression.findall)
        self.sub = self._bounded(expression.sub)
        self.finditer = self._bounded(lambda *given, **named: list(
            expression.finditer(*given, **named)))
        self.pattern = expression.pattern

    def _bounded(self, use: Callable[..., Any]) -> Callable[..., Any]:
        def used(*given: Any, **named: Any) -> Any:
            try:
                return use(*given, timeout=PATTERN_SECONDS, **named)
            except TimeoutError as error:
                raise SPLError(
                    f"the regular expression {self.pattern!r} takes more than"
                    f" {PATTERN_SECONDS:g} s on one text; write it without nested repetition",
                    construct=self.pattern) from error

        return used


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Bounded:
    """ValueError where the pattern is malformed."""
    try:
        return Bounded(regex.compile(python_form(pattern), regex.VERSION0))
    except regex.error as error:
        raise ValueError(f"regular expression {pattern!r}: {error}") from error


def checked(pattern: str, span: Span) -> Bounded:
    try:
        return compiled(pattern)
    except ValueError as error:
        raise SPLError(str(error), span, pattern) from error


@lru_cache(maxsize=1024)
def re2(pattern: str) -> str | None:
    """The pattern for DuckDB, or None where only Python says the same."""
    shape = compiled(pattern)
    if _BEYOND_RE2.search(pattern.replace("\\\\", "")) or shape.groups > 9:
        return None
    named = python_form(pattern)
    return named if accepts("SELECT regexp_matches('', ?)", named) else None


def replacement(text: str) -> str:
    r"""PCRE's `\1` and `$1` for both engines; other backslashes stay themselves."""
    return re.sub(r"\$(\d)", r"\\\1", text)


@lru_cache(maxsize=4096)
def wildcard(text: str, case: bool) -> re.Pattern[str]:
    """A value with `*` wildcards; it must match whole."""
    parts = (re.escape(part) for part in text.split("*"))
    return re.compile(".*".join(parts) + r"\Z", re.DOTALL | (0 if case else re.IGNORECASE))


def like_pattern(text: str) -> str:
    """A value with `*` wildcards as an SQL LIKE pattern, for `ESCAPE '!'`."""
    escaped = re.sub(r"([!%_])", r"!\1", text)
    return escaped.replace("*", "%")
