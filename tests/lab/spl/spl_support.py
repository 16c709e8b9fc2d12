"""Knowledge made of dictionaries, and short ways to a parsed search or its error."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from lab.datamodels import DataModel
from lab.spl.errors import SPLError
from lab.spl.parse import parse


@dataclass(frozen=True)
class Macro:
    name: str
    arguments: tuple[str, ...]
    definition: str
    iseval: bool = False
    validation: str = ""
    errormsg: str = ""


@dataclass
class Knowledge:
    macros: dict[tuple[str, int], Macro] = field(default_factory=dict)
    searches: dict[str, str] = field(default_factory=dict)
    models: dict[str, DataModel] = field(default_factory=dict)

    def macro(self, name: str, arity: int) -> Macro | None:
        return self.macros.get((name, arity))

    def macro_names(self) -> list[str]:
        return [name for name, _ in self.macros]

    def saved_search_names(self) -> list[str]:
        return list(self.searches)

    def saved_search(self, name: str) -> str | None:
        return self.searches.get(name)

    def datamodel(self, name: str) -> DataModel | None:
        return self.models.get(name)

    def datamodel_names(self) -> list[str]:
        return list(self.models)

    def add(self, name: str, definition: str, *arguments: str, **more: object) -> None:
        self.macros[(name, len(arguments))] = Macro(name, arguments, definition, **more)


def commands(text: str, knowledge: Knowledge | None = None) -> tuple:
    return parse(text, knowledge or Knowledge()).commands


def last(text: str, knowledge: Knowledge | None = None):
    return commands(text, knowledge)[-1]


def refusal(text: str, knowledge: Knowledge | None = None) -> SPLError:
    with pytest.raises(SPLError) as caught:
        parse(text, knowledge or Knowledge())
    return caught.value


def marked(text: str, error: SPLError) -> str:
    """The characters of the search that the error points at."""
    return text[error.span.start : error.span.end]
