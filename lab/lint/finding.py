"""What the lint says: a rule, a place, what stands there, and where under the search."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from lab.spl.errors import NOWHERE, Span, marked


@dataclass(frozen=True)
class Rule:
    """A row of rules.yaml. `page` is the documentation the consequence is from."""

    id: str
    looks_for: str
    consequence: str
    mend: str
    page: str


@dataclass(frozen=True)
class Place:
    """`kind` is saved search, macro, event type, props or dashboard; `name` the stanza's, or
    `view: data source` of a dashboard; `line` 0 where it is not known."""

    kind: str
    name: str
    file: str
    line: int = 0

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}" if self.line else self.file
        return f"{at}: {self.kind} {self.name}"


@dataclass(frozen=True)
class Hit:
    """What a rule found in a subject: a sentence, and the characters of the search it is about.

    `words` are looked for in the definition where the span lies in a macro's expansion.
    """

    message: str
    span: Span = NOWHERE
    words: str = ""


@dataclass(frozen=True)
class Finding:
    rule: Rule
    place: Place
    message: str
    text: str = ""
    span: Span = NOWHERE

    def lines(self) -> list[str]:
        return [f"{self.place}: {self.message} [{self.rule.id}]",
                *marked(self.text, self.span),
                f"  On Splunk: {self.rule.consequence}",
                f"  Mend: {self.rule.mend}",
                f"  See: {self.rule.page}"]

    def record(self) -> dict[str, object]:
        """As `lint --format json` gives it; `start` and `end` are characters of `search`."""
        return {**asdict(self.rule), "message": self.message, **asdict(self.place),
                "search": self.text, "start": self.span.start, "end": self.span.end,
                "rule": self.rule.id}
