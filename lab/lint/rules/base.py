"""How a rule is made: from a function over one step, or over one subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from lab.lint.finding import Hit, Place
from lab.lint.flow import Step
from lab.spl import nodes

if TYPE_CHECKING:
    from lab.lint.check import Context
    from lab.lint.subjects import Subject

Found = Iterable[tuple["Subject | Place", Hit]]
Look = Callable[["Context"], Found]


def of_steps(look: Callable[[Step, Context], Iterable[Hit]], *kinds: type) -> Look:
    """A rule over every command, or over those of some kinds."""

    def run(context: Context) -> Found:
        for subject in context.subjects:
            for step in subject.steps:
                if not kinds or isinstance(step.node, kinds):
                    for hit in look(step, context):
                        yield subject, hit

    return run


def of_subjects(look: Callable[[Subject, Context], Iterable[Hit]]) -> Look:
    def run(context: Context) -> Found:
        for subject in context.subjects:
            for hit in look(subject, context):
                yield subject, hit

    return run


def expressions(value: Any) -> Iterator[nodes.Expression]:
    """Every expression in a command, outer ones first; not those of its subsearches."""
    if isinstance(value, nodes.Expression):
        yield value
    if isinstance(value, (nodes.Pipeline, nodes.Predicate)):
        return
    if isinstance(value, tuple):
        for part in value:
            yield from expressions(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from expressions(getattr(value, part.name))
