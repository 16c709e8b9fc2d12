"""Every piece of SPL an app ships, parsed, with its place: searches, macros, event types, views."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.app import App, Macro
from lab.conf import Stanza
from lab.lint.finding import Place
from lab.lint.flow import State, Step, walk
from lab.lint.knowledge import Knowledge
from lab.lint.views import DataSource, data_sources
from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.parse import parse, parse_predicate

_TOKEN = re.compile(r"\$[\w.:|-]+?\$")
CHAIN = "| makeresults "


@dataclass
class Subject:
    """`text` as it is written, `pipeline` None where it does not parse or is no pipeline.

    `lead` characters stand before the text in what was parsed (a chain search).
    """

    place: Place
    text: str
    pipeline: nodes.Pipeline | None = None
    error: SPLError | None = None
    steps: list[Step] = field(default_factory=list)
    end: State | None = None
    stanza: Stanza | None = None
    source: DataSource | None = None
    lead: int = 0


def subjects(app: App, knowledge: Knowledge) -> list[Subject]:
    found = [*_saved(app, knowledge), *_eventtypes(app), *_dashboards(app, knowledge)]
    reached = {name for subject in found for name in _called(app, subject.text)}
    found += _macros(app, knowledge, reached)
    return found


def _called(app: App, text: str) -> set[str]:
    """Names of the macros that a text calls, and those that they call."""
    names, pending = set(), [text]
    while pending:
        for name in re.findall(r"`\s*([^\s(),\"`]+)", pending.pop()):
            if name not in names:
                names.add(name)
                pending += [macro.definition for (called, _), macro in app.macros.items()
                            if called == name]
    return names


def filled(text: str) -> str:
    """`$tokens$` as words of the same length, so that the text parses and places hold."""
    return _TOKEN.sub(_word, text)


def _word(match: re.Match[str]) -> str:
    width = len(match[0])
    return '"' + "x" * (width - 2) + '"' if match[0].endswith("|s$") else "x" * width


def relative(app: App, path: object) -> str:
    text = str(path)
    return text.removeprefix(f"{app.path}/")


def place_of(app: App, kind: str, name: str, stanza: Stanza, key: str) -> Place:
    file, line = stanza.lines.get(key, (stanza.file, stanza.line))
    return Place(kind, name, relative(app, file), line)


def _parsed(subject: Subject, app: App, knowledge: Knowledge, text: str,
            start: State | None = None) -> Subject:
    try:
        pipeline = parse(text, app)
    except SPLError as error:
        subject.error = error
        return subject
    if start is not None:
        pipeline = nodes.Pipeline(pipeline.commands[1:], span=pipeline.span)
    subject.pipeline = pipeline
    subject.steps, subject.end = walk(pipeline, knowledge, *([start] if start else []))
    return subject


def _saved(app: App, knowledge: Knowledge) -> Iterator[Subject]:
    for saved in app.saved_searches.values():
        stanza = app.conf("savedsearches")[saved.name]
        subject = Subject(place_of(app, "saved search", saved.name, stanza, "search"), saved.search,
                          stanza=stanza)
        yield _parsed(subject, app, knowledge, filled(saved.search))


def _eventtypes(app: App) -> Iterator[Subject]:
    for stanza in app.conf("eventtypes").values():
        subject = Subject(place_of(app, "event type", stanza.name, stanza, "search"),
                          stanza.get("search"), stanza=stanza)
        try:
            predicate = parse_predicate(subject.text, app)
            search = nodes.Search(predicate, nodes.TimeWindow(), True, span=predicate.span)
            subject.steps = [Step(search, State(), (), "event type", True)]
        except SPLError as error:
            subject.error = error
        yield subject


def _dashboards(app: App, knowledge: Knowledge) -> Iterator[Subject]:
    ends: dict[tuple[str, str], State | None] = {}
    for view in app.views.values():
        for source in data_sources(view):
            place = Place("dashboard", f"{view.name}: {source.id}", relative(app, view.path),
                          source.line)
            subject = Subject(place, source.query, source=source)
            text = filled(source.query)
            if source.base is None:
                _parsed(subject, app, knowledge, text)
            else:
                words = text if text.lstrip().startswith("|") else "| " + text
                subject.lead = len(CHAIN) + len(words) - len(text)
                base = ends.get((view.name, source.base)) or State(empty=True)
                _parsed(subject, app, knowledge, CHAIN + words, base)
            ends[view.name, source.id] = subject.end
            yield subject


def _macros(app: App, knowledge: Knowledge, reached: set[str]) -> Iterator[Subject]:
    """Macros that no shipped search calls, called as their definition asks for it.

    The others are looked at where they are called, with the rows that they get there.
    """
    for (name, arity), macro in app.macros.items():
        if name in reached:
            continue
        stanza = app.conf("macros")[name if arity == 0 else f"{name}({arity})"]
        subject = Subject(place_of(app, "macro", stanza.name, stanza, "definition"),
                          macro.definition, stanza=stanza)
        tries = [_parsed(Subject(subject.place, macro.definition, stanza=stanza), app, knowledge,
                         text) for text in _calls(macro)]
        yield next((one for one in tries if one.error is None), subject)


def _calls(macro: Macro) -> list[str]:
    call = f"`{macro.name}({','.join(macro.arguments)})`" if macro.arguments else f"`{macro.name}`"
    return [f"| {call}", f"search index=x {call}", f"search index=x | {call}",
            f"| makeresults | eval x={call}"]
