"""The text layer: a search after macro expansion, with the way back to the text as written."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace

from lab.spl.errors import Span, SPLError

MAXIMUM_LENGTH = 1_000_000
"""Characters of a search after expansion; more is refused, so that no input can exhaust memory."""

EXCERPT = 80
"""Characters of the expanded text that a place inside a macro carries."""

MAXIMUM_CALLS = 10_000
"""Macro calls of one search, nested ones included."""


@dataclass(frozen=True)
class Piece:
    """A run of the expanded text that begins at `start` and came from `origin`.

    `verbatim`: the run is the very characters of `origin`; otherwise all of it stands for the
    whole of `origin` (a macro call, a comment).
    """

    start: int
    origin: Span
    verbatim: bool


class SourceText:
    """Expanded text; `span(start, end)` gives the place in the search as the user wrote it."""

    def __init__(self, text: str, pieces: list[Piece]):
        self.text = text
        self._pieces = pieces
        self._starts = [piece.start for piece in pieces]

    @classmethod
    def plain(cls, text: str) -> SourceText:
        """Text in which nothing was expanded."""
        return cls(text, [Piece(0, Span(0, len(text)), True)])

    @classmethod
    def standing_for(cls, text: str, span: Span) -> SourceText:
        """Text all of which stands for one place (a template, a saved search)."""
        return cls(text, [Piece(0, span, False)])

    def span(self, start: int, end: int | None = None) -> Span:
        end = start if end is None else end
        span = self._span(start, end)
        if not span.macro:
            return span
        words = self.text[start : min(end, start + EXCERPT)]
        return replace(span, excerpt=words + "…" * (end - start > EXCERPT))

    def _span(self, start: int, end: int) -> Span:
        first, place = self._origin(start)
        if end <= start + 1:
            if place.verbatim and end > start:
                return Span(first, first + 1)
            return Span(first, first) if place.verbatim else place.origin
        last, last_place = self._origin(end - 1)
        if not place.verbatim and place is last_place:
            return place.origin
        begin = first if place.verbatim else place.origin.start
        finish = last + 1 if last_place.verbatim else last_place.origin.end
        return Span(begin, max(begin, finish))

    def _origin(self, position: int) -> tuple[int, Piece]:
        if not self._pieces:
            return 0, Piece(0, Span(0, 0), True)
        piece = self._pieces[max(0, bisect_right(self._starts, position) - 1)]
        offset = position - piece.start if piece.verbatim else 0
        return piece.origin.start + offset, piece


class Builder:
    """Collects pieces of expanded text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._pieces: list[Piece] = []
        self._length = 0
        self._calls = 0

    def count_call(self, origin: Span) -> None:
        """Note one macro call; macros that call macros twice would otherwise grow without end."""
        self._calls += 1
        if self._calls > MAXIMUM_CALLS:
            raise SPLError(
                f"the search calls more than {MAXIMUM_CALLS} macros", origin, construct="macro"
            )

    def add(self, text: str, origin: Span, verbatim: bool) -> None:
        if not text:
            return
        self._pieces.append(Piece(self._length, origin, verbatim))
        self._parts.append(text)
        self._length += len(text)
        if self._length > MAXIMUM_LENGTH:
            raise SPLError(
                f"the search is longer than {MAXIMUM_LENGTH} characters once its macros are"
                " expanded", origin, construct="macro",
            )

    def finish(self) -> SourceText:
        return SourceText("".join(self._parts), self._pieces)


_SPLIT = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[\[\]|"]', re.DOTALL)


def split_pipes(source: SourceText, start: int, end: int) -> list[tuple[int, int]]:
    """The ranges between the pipes that stand outside of quotes and square brackets."""
    parts, opened = [], []
    begin = start
    for match in _SPLIT.finditer(source.text, start, end):
        token = match[0]
        if token == "[":
            opened.append(match.start())
        elif token == "]":
            if not opened:
                raise SPLError(
                    "']' closes no '['", source.span(match.start(), match.end()), construct="]",
                    hint="square brackets hold a subsearch; elsewhere put them in double quotes",
                )
            opened.pop()
        elif token == "|" and not opened:
            parts.append((begin, match.start()))
            begin = match.end()
        elif token == '"':
            raise unbalanced_quote(source, match.start())
    if opened:
        raise SPLError(
            "'[' is never closed", source.span(opened[-1], opened[-1] + 1), construct="[",
            hint="close the subsearch with ']'",
        )
    parts.append((begin, end))
    return parts


def closing_bracket(source: SourceText, opening: int, end: int) -> int:
    """The position of the `]` that closes the `[` at `opening`."""
    depth = 0
    for match in _SPLIT.finditer(source.text, opening, end):
        if match[0] == "[":
            depth += 1
        elif match[0] == "]":
            depth -= 1
            if depth == 0:
                return match.start()
    raise SPLError("'[' is never closed", source.span(opening, opening + 1), construct="[")


def unbalanced_quote(source: SourceText, position: int) -> SPLError:
    return SPLError(
        "a double quote is never closed", source.span(position, position + 1), construct='"',
        hint='close it, or write \\" for a quote that belongs to the text',
    )


def unquote(text: str) -> str:
    r"""The value of a double-quoted string: `\"` is a quote, `\\` a backslash, the rest stays."""
    return re.sub(r'\\(["\\])', r"\1", text[1:-1])


def blank(text: str, position: int, end: int) -> int:
    """The first position from `position` on that is not white space."""
    while position < end and text[position].isspace():
        position += 1
    return position
