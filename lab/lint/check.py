"""Runs every rule over an app, and takes the accepted findings out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from lab.app import App
from lab.lint import rules
from lab.lint.finding import Finding, Hit, Place, Rule
from lab.lint.knowledge import FOLDER, Knowledge
from lab.lint.subjects import Subject, relative, subjects
from lab.spl.errors import NOWHERE, Span

ACCEPTED = FOLDER / "accepted.yaml"


@dataclass(frozen=True)
class Accepted:
    """One row of accepted.yaml: the rule, the place's name, and why it is no fault there."""

    rule: str
    place: str
    reason: str
    words: str = ""

    def covers(self, finding: Finding) -> bool:
        return (self.rule == finding.rule.id and self.place == finding.place.name
                and self.words in finding.message)


class Context:
    """What the rules look at."""

    def __init__(self, app: App):
        self.app = app
        self.knowledge = Knowledge(app)

    @cached_property
    def subjects(self) -> list[Subject]:
        return subjects(self.app, self.knowledge)


def table() -> dict[str, Rule]:
    rows = yaml.safe_load((FOLDER / "rules.yaml").read_text("utf-8"))
    return {row["id"]: Rule(**row) for row in rows}


def findings(app: App) -> list[Finding]:
    """Every finding, accepted or not, in the order of the files."""
    context, known = Context(app), table()
    found: dict[tuple[str, Place, str], Finding] = {}
    for name, look in rules.ALL.items():
        for subject, hit in look(context):
            finding = _finding(app, known[name], subject, hit)
            found.setdefault((name, finding.place, finding.message), finding)
    return sorted(found.values(), key=lambda one: (one.place.file, one.place.line, one.rule.id,
                                                   one.span.start, one.message))


def _finding(app: App, rule: Rule, subject: Subject | Place, hit: Hit) -> Finding:
    if isinstance(subject, Place):
        return Finding(rule, subject, hit.message)
    if hit.span.macro and not hit.span.macro.startswith("saved search"):
        return _in_macro(app, rule, subject, hit)
    span = hit.span
    if span != NOWHERE:
        span = Span(max(span.start - subject.lead, 0), max(span.end - subject.lead, 0))
    place = subject.place
    if place.line and subject.source is None:
        place = Place(place.kind, place.name, place.file,
                      place.line + subject.text.count("\n", 0, span.start))
    return Finding(rule, place, hit.message, subject.text, span)


def _in_macro(app: App, rule: Rule, subject: Subject, hit: Hit) -> Finding:
    """A finding in what a macro expands to is the macro's, in its definition."""
    name = hit.span.macro.split(" > ")[-1]
    for arity in (number for called, number in app.macros if called == name):
        stanza = app.conf("macros")[name if arity == 0 else f"{name}({arity})"]
        file, line = stanza.lines.get("definition", (stanza.file, stanza.line))
        text = stanza.get("definition")
        at = text.find(hit.words) if hit.words else -1
        span = Span(at, at + len(hit.words)) if at >= 0 else NOWHERE
        place = Place("macro", stanza.name, relative(app, file),
                      line + (text.count("\n", 0, at) if at >= 0 else 0))
        return Finding(rule, place, hit.message, text, span)
    return Finding(rule, subject.place, hit.message, subject.text,
                   Span(hit.span.start, hit.span.end))


@dataclass(frozen=True)
class Outcome:
    """`open` are the findings to mend; `stale` the accepted ones that match nothing."""

    open: list[Finding]
    stale: list[Accepted]
    accepted: int


def accepted_findings(path: Path = ACCEPTED) -> list[Accepted]:
    rows = yaml.safe_load(path.read_text("utf-8")) or []
    known = table()
    for row in rows:
        if row.get("rule") not in known:
            raise ValueError(f"{path.name}: {row.get('rule')!r} is no rule of rules.yaml")
        if not str(row.get("reason", "")).strip():
            raise ValueError(f"{path.name}: {row['rule']} at {row.get('place')!r} has no reason")
    return [Accepted(**row) for row in rows]


def check(app: App, accepted: list[Accepted]) -> Outcome:
    used: set[Accepted] = set()
    left = []
    for finding in findings(app):
        covering = [one for one in accepted if one.covers(finding)]
        used.update(covering)
        if not covering:
            left.append(finding)
    return Outcome(left, [one for one in accepted if one not in used], len(used))
