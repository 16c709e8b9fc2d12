"""What a pipeline works on: rows with the order of their fields, and the state of one search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass
class Rows:
    """`fields` are the columns in order; a row lacks what is null in it."""

    fields: list[str]
    rows: list[Row]
    is_events: bool = False

    def with_fields(self, rows: list[Row], names: Iterable[str] = ()) -> Rows:
        fields = list(self.fields)
        fields += [name for name in dict.fromkeys(names) if name not in fields]
        return Rows(fields, rows, self.is_events)


@dataclass
class State:
    """`context` is `lab.engine.run.Context`; `effects` is what was to be written, in order.

    `earliest` and `latest` are the window of the generating search, for timechart; `inside` is
    true in a subsearch, which gives the window back at its end.
    """

    context: Any
    effects: list[tuple[Any, list[str], list[Row]]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    earliest: float | None = None
    latest: float | None = None
    inside: bool = False
    run: Callable[..., Rows] | None = None
