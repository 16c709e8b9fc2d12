"""The one error that malformed or unsupported SPL raises."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A half-open range of characters in the search as the user wrote it.

    Text that came out of a macro carries the span of the macro call, and `macro` names it.
    """

    start: int
    end: int
    macro: str = ""


NOWHERE = Span(0, 0)


class SPLError(Exception):
    """SPL that is wrong, unknown or not supported: `construct` names it, `span` places it.

    `hint` says what would be valid, where that is known.
    """

    def __init__(self, message: str, span: Span = NOWHERE, construct: str = "", hint: str = ""):
        super().__init__(message)
        self.message = message
        self.span = span
        self.construct = construct
        self.hint = hint
