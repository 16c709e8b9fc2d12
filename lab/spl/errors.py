"""The one error that malformed or unsupported SPL raises."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches


@dataclass(frozen=True)
class Span:
    """A half-open range of characters in the search as the user wrote it.

    Text that came out of a macro carries the span of the macro call, and `macro` names it
    (`outer > inner` where one macro calls another); `excerpt` is then the expanded text itself.
    """

    start: int
    end: int
    macro: str = ""
    excerpt: str = field(default="", compare=False)


NOWHERE = Span(0, 0)


class SPLError(Exception):
    """SPL that is wrong, unknown or not supported: `construct` names it, `span` places it.

    `hint` says what would be valid, where that is known.
    """

    def __init__(self, message: str, span: Span = NOWHERE, construct: str = "", hint: str = ""):
        message = " ".join(message.splitlines())
        super().__init__(message)
        self.message = message
        self.span = span
        self.construct = construct
        self.hint = hint


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names what is most like an unknown name; empty where nothing is."""
    spelt = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), spelt, 1)
    return f"did you mean {spelt[near[0]]}?" if near else ""


def narrowed(error: SPLError, text: str) -> SPLError:
    """The error at its construct, where that stands once in the command that the error marks."""
    span = error.span
    if span == NOWHERE or span.macro or not error.construct:
        return error
    pattern = rf"(?<![\w.]){re.escape(error.construct)}(?![\w.])"
    places = list(re.finditer(pattern, text[span.start:span.end]))
    if len(places) != 1:
        return error
    start = span.start + places[0].start()
    place = replace(span, start=start, end=start + len(error.construct))
    return SPLError(error.message, place, error.construct, error.hint)


def marked(text: str, span: Span) -> list[str]:
    """The place and the line of `text` it is on, marked; nothing where there is no place."""
    if span == NOWHERE or not text:
        return []
    start = min(max(span.start, 0), len(text))
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    width = max(1, min(span.end, line_start + len(line)) - start)
    column = start - line_start
    cut = max(0, column - 60)
    shown = line[cut : cut + 120].replace("\t", " ")
    number = text.count("\n", 0, line_start) + 1
    return [f"  at character {start + 1}" + (f", line {number}" if number > 1 else ""),
            f"  {shown}",
            "  " + " " * (column - cut) + "^" * max(1, min(width, 120 - (column - cut)))]


def render(error: SPLError, text: str) -> str:
    """One message for people: what is wrong, the place under the search, what would be valid."""
    lines = [f"SPL: {error.message}", *marked(text, error.span)]
    if error.span.macro:
        known = error.span.macro.startswith(("saved search", "data model", "dataset"))
        inside = error.span.macro if known else f"macro {error.span.macro}"
        words = " ".join(error.span.excerpt.split())
        lines.append(f"  in the text of the {inside}" + (f": {words}" if words else ""))
    if error.hint:
        lines.append(f"  {error.hint}")
    return "\n".join(lines)
