"""Nodes of commands that carry values from row to row, add totals, or turn a table."""

from __future__ import annotations

from dataclasses import dataclass

from lab.spl.nodes.commands import Command


@dataclass(frozen=True)
class Filldown(Command):
    """No names means every field. Names may hold wildcards."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nomv(Command):
    name: str


@dataclass(frozen=True)
class Mvcombine(Command):
    """`delimiter` is that of the single-value version of the field."""

    name: str
    delimiter: str = " "


@dataclass(frozen=True)
class Accum(Command):
    """The running total of `name` goes to `alias` (`name` itself without AS)."""

    name: str
    alias: str


@dataclass(frozen=True)
class Delta(Command):
    """`name` less its value `prior` results before, as `alias`."""

    name: str
    alias: str
    prior: int = 1


@dataclass(frozen=True)
class Addtotals(Command):
    """No names means every numeric field. `label` goes into `labelfield` of the summary row."""

    names: tuple[str, ...] = ()
    row: bool = True
    col: bool = False
    fieldname: str = "Total"
    labelfield: str | None = None
    label: str = "Total"


@dataclass(frozen=True)
class Untable(Command):
    """A row for each cell: `name` the row's field, `series` the column's name, `data` the cell."""

    name: str
    series: str
    data: str
