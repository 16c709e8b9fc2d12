"""One search's DuckDB connection: common table expressions, temporary tables.

A command adds a relation on top of the one before; nothing is executed before a result, or a
step that has to see rows, is asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from lab.engine.columns import quoted
from lab.engine.database import MANY_ROWS, Database, take
from lab.engine.frame import SQL_TYPES, Column, Frame, Kind
from lab.spl.errors import SPLError

if TYPE_CHECKING:
    from lab.engine.run import Context
    from lab.spl import nodes

# A relation of no more rows than these is cheap to write down.
FEW_ROWS = 5000
# Common table expressions on top of each other before they are.
LONGEST_PLAN = 16
MULTIVALUE_MESSAGE = (
    "a field with several values stands where one value is needed; take one with mvindex(),"
    " work on each with mvmap() or split the rows with mvexpand"
)


@dataclass
class Session:
    """State of one search. `context` is the caller's; `messages` are warnings for the user.

    `search_earliest` and `search_latest` are the window of the search that generates the rows at
    hand: its own modifiers, else the caller's; `subsearch_window` is that of the subsearch that ran
    last. `delimiters` are those of mvcombine, by column id. `read` counts the rows that were read of
    each index, in whatever part of the search.
    `following` are the commands behind the one that runs.
    """

    context: Context
    database: Database = field(default_factory=take)
    messages: list[str] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)
    effects: list[Callable[[], str]] = field(default_factory=list)
    search_earliest: float | None = None
    search_latest: float | None = None
    subsearch_window: tuple[float | None, float | None] = (None, None)
    delimiters: dict[str, str] = field(default_factory=dict)
    following: tuple[nodes.Command, ...] = ()

    def __post_init__(self) -> None:
        self.search_earliest, self.search_latest = self.context.earliest, self.context.latest
        self._definitions: dict[str, str] = {}
        self._uses: dict[str, set[str]] = {}
        self._depth: dict[str, int] = {}
        self._few: set[str] = set()
        self._rows: dict[str, int] = {}
        self._counter = 0
        self.connection = self.database.connect()
        if self.context.interruption is not None:
            self.context.interruption.attach(self.connection)

    @property
    def scanned(self) -> int:
        return self.read.total()

    def close(self) -> None:
        if self.context.interruption is not None:
            self.context.interruption.detach(self.connection)
        self.connection.close()
        self.database.give_back()

    def check(self) -> None:
        """Raises SearchStopped where the search was stopped from outside."""
        if self.context.interruption is not None:
            self.context.interruption.check()

    def new(self, prefix: str = "c") -> str:
        self._counter += 1
        return f"{prefix}{self._counter}"

    def warn(self, message: str) -> None:
        if message not in self.messages:
            self.messages.append(message)

    # --- Python functions --------------------------------------------------------------------

    def function(self, name: str, body: Callable[..., Any], parameters: Sequence[str],
                 result: str, strict: bool = False) -> str:
        """Makes a row-wise Python function callable from SQL; NULLs reach it as None, unless it is
        `strict`: then rows with a NULL give NULL.

        The name stands for the same body in every search.
        """
        self.database.function(name, body, parameters, result, own=False, strict=strict)
        return name

    def own_function(self, prefix: str, body: Callable[..., Any], parameters: Sequence[str],
                     result: str) -> str:
        """The same for a body that is made for this place of this search."""
        name = self.new(prefix)
        self.database.function(name, body, parameters, result, own=True)
        return name

    # --- relations ---------------------------------------------------------------------------

    def define(self, sql: str) -> str:
        """A new common table expression; its name."""
        name = self.new("r")
        words = set(re.findall(r"\b[a-z]+\d+\b", sql))
        self._definitions[name] = sql
        self._uses[name] = {word for word in words if word in self._definitions and word != name}
        self._depth[name] = 1 + max((self._depth[word] for word in self._uses[name]), default=0)
        if words & self._few and self._uses[name] <= self._few:
            self._few.add(name)
        return name

    def sql(self, relation: str, select: str) -> str:
        """The whole statement for a SELECT over a relation (and the relations named in it)."""
        needed: set[str] = set()
        pending = [relation, *re.findall(r"\br\d+\b", select)]
        while pending:
            name = pending.pop()
            if name in self._definitions and name not in needed:
                needed.add(name)
                pending.extend(self._uses[name])
        parts = [f"{name} AS ({self._definitions[name]})"
                 for name in self._definitions if name in needed]
        return (f"WITH {', '.join(parts)} " if parts else "") + select

    def execute(self, sql: str) -> None:
        self._run(lambda: self.connection.execute(sql))

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        return self._run(lambda: self.connection.execute(sql).fetchall())

    def fetch_table(self, sql: str) -> pa.Table:
        return self._run(lambda: self.connection.execute(sql).fetch_arrow_table())

    def _run(self, action: Callable[[], Any]) -> Any:
        """A failure of a row may come while its result is fetched, so that is inside too."""
        self.check()
        try:
            return action()
        except duckdb.Error as error:
            self.check()
            raise _spl_error(error) from error

    def arrow(self, frame: Frame, names: Sequence[str] | None = None,
              hidden: Sequence[str] = ()) -> pa.Table:
        """The rows in order, one arrow column for each field, named by position `f0`, `f1`…"""
        chosen = list(frame.columns) if names is None else list(names)
        parts = [f"{frame.columns[name].sql} AS f{i}" for i, name in enumerate(chosen)]
        parts += [quoted(name) for name in hidden]
        if not parts:
            parts = ["1 AS nothing"]
        select = f"SELECT {', '.join(parts)} FROM {frame.relation}{frame.order_by}"
        return self.fetch_table(self.sql(frame.relation, select))

    def is_few(self, frame: Frame) -> bool:
        """Whether the rows surely come of no more than FEW_ROWS at each place."""
        return frame.relation in self._few

    def count(self, frame: Frame) -> int:
        known = self._rows.get(frame.relation)
        if known is not None:
            return known
        select = f"SELECT count(*) FROM {frame.relation}"
        return self.fetch(self.sql(frame.relation, select))[0][0]

    def materialise(self, frame: Frame) -> Frame:
        """The same frame as a temporary table: for what is read twice or has to be seen."""
        if frame.relation.startswith("m"):
            return frame
        ids = list(dict.fromkeys([c.id for c in frame.columns.values()] + frame.hidden()))
        return self._written(frame, ", ".join(quoted(name) for name in ids) or "1 AS nothing")

    def _written(self, frame: Frame, columns: str) -> Frame:
        name = self.new("m")
        select = f"SELECT {columns} FROM {frame.relation}"
        made = self.fetch(f"CREATE TEMP TABLE {name} AS {self.sql(frame.relation, select)}")
        self._rows[name] = made[0][0]
        if self._rows[name] <= FEW_ROWS:
            self._few.add(name)
        return replace(frame, relation=name)

    def _shortened(self, frame: Frame) -> Frame:
        """A long pipeline over few rows takes longer to plan than to run: cut it here.

        All columns of the relation are kept: what is added may read one that is no field, such as
        what a lookup has found.
        """
        deep = self._depth.get(frame.relation, 0) >= LONGEST_PLAN
        return self._written(frame, "*") if deep and frame.relation in self._few else frame

    def derive(self, frame: Frame, additions: Sequence[tuple[str, str, Kind]]) -> Frame:
        """Adds or replaces fields: (name, SQL over the frame's columns, kind)."""
        if not additions:
            return frame
        frame = self._shortened(frame)
        columns, parts = dict(frame.columns), []
        for name, sql, kind in additions:
            column = Column(self.new(), kind)
            parts.append(f"CAST({sql} AS {SQL_TYPES[kind]}) AS {column.sql}")
            columns[name] = column
        relation = self.define(f"SELECT *, {', '.join(parts)} FROM {frame.relation}")
        return replace(frame, relation=relation, columns=columns)

    def where(self, frame: Frame, condition: str) -> Frame:
        relation = self.define(f"SELECT * FROM {frame.relation} WHERE {condition}")
        return replace(frame, relation=relation)

    def renumber(self, frame: Frame, order: str, partition: str = "") -> Frame:
        """The frame in a new order, given as the terms of an ORDER BY."""
        number = self.new("o")
        relation = self.define(
            f"SELECT *, row_number() OVER (ORDER BY {order or '1'}) AS {number}"
            f" FROM {frame.relation}"
        )
        return replace(frame, relation=relation, order=(number,))

    def from_rows(self, fields: Sequence[str], rows: Sequence[dict[str, Any]],
                  kinds: dict[str, Kind] | None = None) -> Frame:
        """A frame of rows made in Python: texts, numbers or lists of texts; None is missing."""
        columns, arrays, names = {}, [], []
        for name in fields:
            values = [row.get(name) for row in rows]
            kind, array = column_array(values, (kinds or {}).get(name))
            column = Column(self.new(), kind)
            columns[name] = column
            arrays.append(array)
            names.append(column.id)
        order = self.new("o")
        arrays.append(pa.array(range(len(rows)), pa.int64()))
        names.append(order)
        return Frame(self.table(pa.table(arrays, names)), columns, (order,))

    def table(self, table: pa.Table) -> str:
        name = self.new("m")
        self.connection.register(name, table)
        self._rows[name] = table.num_rows
        if table.num_rows >= MANY_ROWS:
            self.database.widen()
        if table.num_rows <= FEW_ROWS:
            self._few.add(name)
        return name


def column_array(values: Sequence[Any], kind: Kind | None = None) -> tuple[Kind, pa.Array]:
    """The narrowest column that holds the values: all numbers, texts, or lists of texts."""
    if kind is None:
        present = [value for value in values if value is not None and value != []]
        if any(isinstance(value, list) for value in present):
            kind = "mv"
        elif present and all(isinstance(value, (int, float)) for value in present):
            kind = "num"
        else:
            kind = "str"
    if kind == "num":
        return kind, pa.array(values, pa.float64())
    if kind == "mv":
        lists = [None if v is None or v == [] else v if isinstance(v, list) else [v]
                 for v in values]
        return kind, pa.array(lists, pa.list_(pa.string()))
    return kind, pa.array([None if v is None else str(v) for v in values], pa.string())


def _spl_error(error: duckdb.Error) -> SPLError:
    text = str(error)
    if "SPL:multivalue" in text:
        return SPLError(MULTIVALUE_MESSAGE, construct="multivalue")
    found = re.search(r"(?:SPL:|SPLError: )(.*?)(?:\n|\Z)", text)
    if found:
        return SPLError(found.group(1))
    return SPLError(f"the engine failed on this search: {text.strip()}", construct="engine")
