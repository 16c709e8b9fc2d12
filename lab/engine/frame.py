"""What flows through the pipeline: a relation in DuckDB, and which SPL field is which column."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from lab.engine.columns import quoted

if TYPE_CHECKING:
    from lab.engine.prestats import Partial
    from lab.engine.session import Session

# "num" is DOUBLE, "str" is VARCHAR (text that acts as a number where it looks like one),
# "mv" is VARCHAR[] whose lists are never empty.
Kind = Literal["num", "str", "mv"]
SQL_TYPES: dict[str, str] = {"num": "DOUBLE", "str": "VARCHAR", "mv": "VARCHAR[]"}


@dataclass(frozen=True)
class Column:
    """`id` is the generated name of the column in the relation; NULL is a missing value."""

    id: str
    kind: Kind

    @property
    def sql(self) -> str:
        return quoted(self.id)


@dataclass(frozen=True)
class Frame:
    """`order` are hidden columns whose ascending order is the order of the rows.

    `lazy`, where not None, fetches every further field of the events by the hidden column `row`;
    `removed` are the fields that must not come back that way. `prestats` is not empty where the
    rows stand for the partial results of tstats prestats=true.
    """

    relation: str
    columns: dict[str, Column]
    order: tuple[str, ...] = ()
    is_events: bool = False
    lazy: Callable[[Session, Frame], Frame] | None = None
    row: str | None = None
    removed: frozenset[str] = field(default_factory=frozenset)
    prestats: tuple[Partial, ...] = ()

    @property
    def order_sql(self) -> str:
        return ", ".join(quoted(name) for name in self.order)

    @property
    def order_by(self) -> str:
        return f" ORDER BY {self.order_sql}" if self.order else ""

    def hidden(self) -> list[str]:
        return [*self.order, *([self.row] if self.row else [])]

    def keep(self, names: Iterable[str]) -> Frame:
        """The fields named, in that order; the others are gone for good."""
        wanted = {name: self.columns[name] for name in names if name in self.columns}
        return replace(self, columns=wanted, lazy=None)

    def drop(self, names: Iterable[str]) -> Frame:
        gone = set(names)
        left = {name: column for name, column in self.columns.items() if name not in gone}
        return replace(self, columns=left, removed=self.removed | gone)

    def put(self, name: str, column: Column) -> Frame:
        """The same relation with `name` now standing for that column (which must exist)."""
        return replace(self, columns={**self.columns, name: column})
