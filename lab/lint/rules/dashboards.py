"""Dashboards: base searches, time ranges, tokens in SPL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.lint.finding import Hit
from lab.lint.rules.base import of_subjects
from lab.spl import nodes
from lab.spl.errors import Span

TRANSFORMING = (nodes.Stats, nodes.Chart, nodes.Top, nodes.Tstats, nodes.Xyseries,
                nodes.Transpose, nodes.Mstats)
NAMING = (nodes.Fields, nodes.Table)
_TOKEN = re.compile(r"\$([\w.:-]+)(\|[a-z])?\$")
# A pattern's end ("foo$") is no token; what a time range gives is no free text.
_SAFE = re.compile(r"(?:.*\.)?(?:earliest|latest)\Z|row\.|result\.|trellis\.|job\.")


def base_events(subject, context) -> Iterator[Hit]:
    source = subject.source
    if source is None or subject.pipeline is None:
        return
    bases = {one.source.base for one in context.subjects if one.source is not None
             and one.place.file == subject.place.file}
    if source.id not in bases or source.base is not None:
        return
    commands = _whole(subject.pipeline)
    if not any(isinstance(node, (*TRANSFORMING, *NAMING)) and
               getattr(node, "mode", "stats") not in ("eventstats", "streamstats")
               for node in commands) and isinstance(commands[0], nodes.Search):
        yield Hit(f"the base search {source.id} gives its chains whole events")


def _whole(pipeline: nodes.Pipeline) -> tuple[nodes.Command, ...]:
    """The commands, a saved search's own in place of its reference."""
    found: list[nodes.Command] = []
    for node in pipeline.commands:
        found += _whole(node.pipeline) if isinstance(node, nodes.Savedsearch) else [node]
    return tuple(found)


def unknown_base(subject, context) -> Iterator[Hit]:
    if subject.source is not None and subject.source.base is not None and not any(
            one.source is not None and one.source.id == subject.source.base
            and one.place.file == subject.place.file for one in context.subjects):
        yield Hit(f"no search of the dashboard has the id {subject.source.base}")


def no_time(subject, context) -> Iterator[Hit]:
    source = subject.source
    if source is None or source.base is not None or source.earliest or subject.pipeline is None:
        return
    if any(isinstance(node, nodes.Tstats) or isinstance(node, nodes.Search) and node.generating
           for node in subject.pipeline.commands):
        windows = [getattr(node, "window", None) for node in subject.pipeline.commands]
        if not any(isinstance(window, nodes.TimeWindow) and window.earliest for window in windows):
            yield Hit("the search reads events and has no earliest time")


def unquoted_token(subject, context) -> Iterator[Hit]:
    if subject.source is None:
        return
    for token in _TOKEN.finditer(subject.text):
        if token[2] != "|s" and not _SAFE.match(token[1]):
            yield Hit(f"the token {token[0]} goes into the SPL as it is",
                      Span(token.start() + subject.lead, token.end() + subject.lead))


RULES = {
    "base-search-events": of_subjects(base_events), "base-search-unknown":
    of_subjects(unknown_base), "dashboard-all-time": of_subjects(no_time),
    "token-unquoted": of_subjects(unquoted_token),
}
