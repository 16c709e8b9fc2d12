"""What every command parser gets: its text, its place in the pipeline, and the way to recurse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.spl import nodes
from lab.spl.arguments import Arguments, Kind, Token, refuse_as
from lab.spl.errors import Span, SPLError
from lab.spl.expressions import parse_expression
from lab.spl.macros import Knowledge
from lab.spl.predicate import parse_predicate
from lab.spl.text import SourceText
from lab.spl.usage import usage


@dataclass(frozen=True)
class Invocation:
    """One command as written: `name`, its arguments in [start, end), and whether it comes first.

    `before` are the commands before it in the same pipeline.

    `recurse(source, start, end, generating)` parses the text of a subsearch;
    `saved(name, arguments, span)` that of a saved search, `within(text, title, span)` a search that
    the app's knowledge gives; all of it stands at `span`.
    """

    name: str
    source: SourceText
    start: int
    end: int
    span: Span
    first: bool
    knowledge: Knowledge
    recurse: Callable[[SourceText, int, int, bool], nodes.Pipeline]
    saved: Callable[[str, tuple[tuple[str, str], ...], Span], nodes.Pipeline]
    within: Callable[[str, str, Span], nodes.Pipeline]
    before: tuple[nodes.Command, ...] = ()

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def arguments(self) -> Arguments:
        return Arguments(self.source, self.start, self.end, self.name)

    def expression(self, start: int | None = None, end: int | None = None) -> nodes.Expression:
        return parse_expression(
            self.source, self.start if start is None else start,
            self.end if end is None else end,
        )

    def predicate(self, start: int, end: int) -> tuple[nodes.Predicate, nodes.TimeWindow]:
        return parse_predicate(
            self.source, start, end,
            lambda first, last: self.recurse(self.source, first, last, True),
        )

    def pipeline(self, token: Token, generating: bool = True) -> nodes.Pipeline:
        """The pipeline between the brackets of a subsearch token."""
        return self.recurse(self.source, token.start + 1, token.end - 1, generating)

    def error(self, message: str, hint: str = "") -> SPLError:
        return SPLError(message, self.span, construct=self.name, hint=hint or usage(self.name))

    def no_arguments(self) -> None:
        self.arguments().expect_end()


Parser = Callable[[Invocation], nodes.Command]


def field_list(
    arguments: Arguments, options: dict[str, Kind] | None = None,
    given: dict[str, object] | None = None,
) -> tuple[str, ...]:
    """Names apart by commas or white space, to the end; options may stand between them."""
    names: list[str] = []
    given = {} if given is None else given
    while not arguments.done:
        if arguments.accept(","):
            continue
        if arguments.at_option():
            arguments.option(options or {}, given)
            continue
        refuse_as(arguments)
        names.append(arguments.field())
    return tuple(names)
