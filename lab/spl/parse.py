"""From the text of a search to its pipeline of nodes.

`parse` is the front end's whole interface; it raises SPLError and nothing else for bad text.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lab.spl import nodes
from lab.spl.commands import registry
from lab.spl.commands.base import Invocation
from lab.spl.errors import NOWHERE, Span, SPLError, nearest
from lab.spl.expressions import parse_expression
from lab.spl.macros import Knowledge, expand
from lab.spl.predicate import parse_predicate as read_predicate
from lab.spl.remembered import remembered
from lab.spl.text import EXCERPT, MAXIMUM_LENGTH, SourceText, blank, split_pipes

__all__ = ["Knowledge", "parse", "parse_eval", "parse_predicate", "parse_template"]

MAXIMUM_NESTING = 20
"""Subsearches and saved searches inside one another."""

_NAME = re.compile(r"[^\s\"\[\]()=,|<>]+")


def parse(text: str, knowledge: Knowledge) -> nodes.Pipeline:
    """A whole search. Unless it starts with a pipe, as written, a leading `search` is implied.

    Splunk puts that `search` in front before it expands macros: a macro that generates needs its
    leading pipe in the search that calls it.
    """
    return remembered(text, knowledge, lambda asked: _Front(asked).search(text))


def parse_template(text: str, knowledge: Knowledge, span: Span = NOWHERE) -> nodes.Pipeline:
    """Commands that go on from rows at hand (a foreach template filled in); no leading `search`.

    `span` is the place that errors and nodes carry.
    """
    def read(asked: Knowledge) -> nodes.Pipeline:
        return _Front(asked).pipeline(SourceText.standing_for(text, span), 0, len(text), False)

    return remembered((text, span), knowledge, read)


def parse_eval(text: str, knowledge: Knowledge) -> nodes.Expression:
    """One expression, as props.conf's EVAL- has it."""
    source = expand(text, knowledge)
    return parse_expression(source, 0, len(source.text))


def parse_predicate(text: str, knowledge: Knowledge) -> nodes.Predicate:
    """Search terms without a pipe, as eventtypes.conf's `search` has them."""
    source = expand(text, knowledge)
    parts = split_pipes(source, 0, len(source.text))
    if len(parts) > 1:
        raise SPLError(
            "a pipe stands where only search terms may", source.span(parts[0][1], parts[1][0]),
            construct="|",
        )
    front = _Front(knowledge)
    predicate, window = read_predicate(
        source, 0, len(source.text), lambda start, end: front.pipeline(source, start, end, True)
    )
    if window != nodes.TimeWindow():
        raise SPLError("time modifiers have no meaning here", predicate.span, construct="earliest")
    return predicate


class _Front:
    """The state of one parse: how deep it is, and which saved searches it is in."""

    def __init__(self, knowledge: Knowledge):
        self._knowledge = knowledge
        self._depth = 0
        self._saved: tuple[str, ...] = ()

    def search(self, text: str) -> nodes.Pipeline:
        if len(text) > MAXIMUM_LENGTH:
            raise SPLError(
                f"the search is longer than {MAXIMUM_LENGTH} characters", Span(0, 0),
                construct="search",
            )
        source = expand(text, self._knowledge)
        return self._whole(text, source)

    def _whole(self, text: str, source: SourceText) -> nodes.Pipeline:
        if not source.text.strip():
            raise SPLError(
                "the search is empty", Span(0, len(text)), construct="search",
                hint="search * finds every event of the default indexes",
            )
        implied = not _starts_with_pipe(text) and not _starts_with_search(text)
        return self.pipeline(source, 0, len(source.text), True, implied=implied)

    def pipeline(
        self, source: SourceText, start: int, end: int, generating: bool, implied: bool = False
    ) -> nodes.Pipeline:
        """The commands in [start, end); `implied` when the first one is a search without its name.

        A pipeline that is not `generating` goes on from rows at hand.
        """
        self._depth += 1
        if self._depth > MAXIMUM_NESTING:
            raise SPLError(
                f"subsearches are nested deeper than {MAXIMUM_NESTING} levels",
                source.span(start, end), construct="[",
            )
        parts = split_pipes(source, start, end)
        if len(parts) > 1 and not implied and not source.text[slice(*parts[0])].strip():
            parts = parts[1:]
        commands = []
        for index, (begin, stop) in enumerate(parts):
            first = generating and index == 0
            commands.append(self._command(
                source, begin, stop, first, implied and index == 0, tuple(commands)
            ))
        self._depth -= 1
        return nodes.Pipeline(tuple(commands), span=source.span(start, end))

    def _command(
        self, source: SourceText, begin: int, end: int, first: bool, implied: bool,
        before: tuple[nodes.Command, ...],
    ) -> nodes.Command:
        start = blank(source.text, begin, end)
        while end > start and source.text[end - 1].isspace():
            end -= 1
        if implied:
            return self._invoke("search", source, start, start, end, True, before)
        match = _NAME.match(source.text, start, end)
        if match is None:
            if start == end:
                raise SPLError(
                    "a command is missing", source.span(max(begin - 1, 0), max(begin, 1)),
                    construct="|", hint="two pipes follow each other, or a pipe stands at the end",
                )
            raise SPLError(
                f"expected a command, found {source.text[start]!r}",
                source.span(start, start + 1), construct=source.text[start],
            )
        return self._invoke(match[0], source, start, match.end(), end, first, before)

    def _invoke(
        self, name: str, source: SourceText, start: int, after: int, end: int, first: bool,
        before: tuple[nodes.Command, ...],
    ) -> nodes.Command:
        canonical, parser = registry.find(name, source.span(start, max(after, start)))
        span = source.span(start, end)
        if first and canonical not in registry.GENERATING:
            raise SPLError(
                f"'{name}' cannot be the first command: it works on the rows of a command before"
                " it", source.span(start, after), construct=name,
                hint="begin with search, or with " + ", ".join(sorted(
                    registry.GENERATING - {"search"})),
            )
        return parser(
            Invocation(
                canonical, source, after, end, span, first, self._knowledge, self.pipeline,
                self._saved_search, self._within, before,
            )
        )

    def _saved_search(
        self, name: str, arguments: tuple[tuple[str, str], ...], span: Span
    ) -> nodes.Pipeline:
        """The pipeline of a saved search, `$argument$` replaced; all of it stands at `span`."""
        text = self._knowledge.saved_search(name)
        if text is None:
            raise SPLError(
                f"unknown saved search {name!r}", span, construct=name,
                hint=nearest(name, self._knowledge.saved_search_names())
                or "no savedsearches.conf that the lab reads has it",
            )
        if name in self._saved:
            raise SPLError(f"the saved search {name!r} calls itself", span, construct=name)
        for key, value in arguments:
            text = text.replace(f"${key}$", value)
        trail = self._saved
        self._saved = (*trail, name)
        pipeline = self._within(text, f"saved search {name!r}", span)
        self._saved = trail
        return pipeline

    def _within(self, text: str, title: str, span: Span) -> nodes.Pipeline:
        """The pipeline of a search that the app's knowledge holds; `title` says which."""
        self._depth += 1
        if self._depth > MAXIMUM_NESTING:
            raise SPLError(
                f"saved searches and data models are nested deeper than {MAXIMUM_NESTING} levels",
                span, construct=title,
            )
        inside = Span(span.start, span.end, title.replace("'", ""))
        try:
            source = expand(text, self._knowledge)
            pipeline = self._whole(text, SourceText.standing_for(source.text, inside))
        except SPLError as error:
            raise SPLError(
                f"in the {title}: {error.message}",
                replace(inside, excerpt=error.span.excerpt
                        or text[error.span.start : error.span.end][:EXCERPT]),
                error.construct, error.hint,
            ) from error
        self._depth -= 1
        return pipeline


_LEADING = re.compile(r"(?:\s|```.*?```)*", re.DOTALL)


def _starts_with_pipe(text: str) -> bool:
    return text[_LEADING.match(text).end() :].startswith("|")


def _starts_with_search(text: str) -> bool:
    start = _LEADING.match(text).end()
    return re.match(r"search(?=[\s|\[(\"`]|\Z)", text[start:], re.IGNORECASE) is not None
