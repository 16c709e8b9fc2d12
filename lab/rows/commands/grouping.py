"""transaction: events that belong together become one row (Search Reference, transaction).

The rows come newest first. What the description of `nodes.Transaction` calls an error is one here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.rows.commands.turning import Combined
from lab.rows.expressions import holds
from lab.rows.predicates import matches
from lab.rows.state import Row, Rows, State
from lab.rows.values import number, texts
from lab.spl import nodes
from lab.spl.errors import SPLError

OWN = ("duration", "eventcount", "closed_txn")
USUAL_EVENTS = 1000


@dataclass
class Open:
    """A transaction that is being gathered: `keys` are the values of the fields it groups by."""

    members: list[Row] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    begun: bool = False
    ended: bool = False
    cut: bool = False


class Gathering:
    def __init__(self, node: nodes.Transaction, state: State):
        self.node, self.state = node, state
        self.open: list[Open] = []
        self.done: list[Open] = []
        self.orphans: list[Row] = []

    def refuse(self, why: str, construct: str) -> SPLError:
        return SPLError(f"transaction: {why}", self.node.span, construct)

    def is_(self, condition, row: Row) -> bool:
        if condition is None:
            return False
        if isinstance(condition, nodes.Expression):
            return holds(condition, row, self.state)
        return matches(condition, row, self.state)

    def keys_of(self, row: Row) -> dict[str, str]:
        found = {}
        for name in self.node.names:
            values = texts(row.get(name))
            if len(values) > 1:
                raise self.refuse(f"the field {name!r} has several values", name)
            if values:
                found[name] = values[0]
        return found

    def agrees(self, one: Open, keys: dict[str, str], end: bool) -> bool:
        if not self.node.names:
            return True
        if any(one.keys.get(name, value) != value for name, value in keys.items()):
            return False
        if any(name in one.keys for name in keys):
            return True
        return (not self.node.connected) if not end or self.node.unify_ends else True

    def take(self, row: Row) -> None:
        node = self.node
        begins, ends = self.is_(node.startswith, row), self.is_(node.endswith, row)
        keys = self.keys_of(row)
        for one in list(self.open):
            if self.late(one, row):
                one.cut = True
                self.close(one)
        marked = begins or ends
        if node.names and not keys and not (marked and not node.unify_ends):
            self.orphans.append(row)
            return
        fitting = [one for one in self.open if self.agrees(one, keys, marked)]
        if len(fitting) > 1:
            raise self.refuse("an event agrees with several open transactions", "transaction")
        mine = fitting[0] if fitting else None
        full = mine is not None and node.maxevents is not None \
            and len(mine.members) >= node.maxevents
        if mine is not None and (ends or full):
            mine.cut = mine.cut or full
            self.close(mine)
            mine = None
        if mine is None:
            mine = Open()
            self.open.append(mine)
            if len(self.open) > node.max_open:
                raise self.refuse(f"more than maxopentxn={node.max_open} are open", "maxopentxn")
        mine.members.append(row)
        mine.keys |= keys
        mine.begun, mine.ended = mine.begun or begins, mine.ended or ends
        if begins:
            self.close(mine)
        if sum(len(one.members) for one in self.open) > node.max_open_events:
            raise self.refuse(f"more than maxopenevents={node.max_open_events}", "maxopenevents")

    def late(self, one: Open, row: Row) -> bool:
        """Nothing that comes from here on can be a member."""
        node, when = self.node, number(row["_time"])
        newest, last = number(one.members[0]["_time"]), number(one.members[-1]["_time"])
        return (node.maxspan is not None and newest - when >= node.maxspan) \
            or (node.maxpause is not None and last - when > node.maxpause)

    def close(self, one: Open) -> None:
        self.open.remove(one)
        self.done.append(one)

    def complete(self, one: Open) -> bool:
        return (self.node.startswith is None or one.begun) \
            and (self.node.endswith is None or one.ended)

    def kept(self) -> list[tuple[Open, int]]:
        """(transaction, closed_txn) of those that are given out."""
        node = self.node
        limited = node.startswith is not None or node.maxspan is not None \
            or node.maxpause is not None or node.maxevents != USUAL_EVENTS
        found = []
        for one in [*self.done, *self.open]:
            closed = one.cut or (one.begun and node.startswith is not None)
            complete = self.complete(one)
            if complete or node.keep_evicted or not limited:
                found.append((one, int(complete and closed)))
        return found


def transaction(node: nodes.Transaction, rows: Rows, state: State) -> Rows:
    gathering = Gathering(node, state)
    for name in OWN:
        if name in rows.fields:
            raise gathering.refuse(f"the events have a field {name!r} of their own", name)
    before = None
    for row in rows.rows:
        when = number(row.get("_time"))
        if when is None or (before is not None and when > before):
            raise gathering.refuse("the events must be in descending order of time", "_time")
        before = when
        gathering.take(row)
    names = [name for name in rows.fields if not name.startswith("_")]
    made = [_row(node, one.members, closed, names) for one, closed in gathering.kept()]
    if node.keep_orphans:
        made += [{**{k: v for k, v in row.items() if not k.startswith("_") or k in
                     ("_time", "_raw")}, "_txn_orphan": 1.0} for row in gathering.orphans]
    made.sort(key=lambda row: -number(row["_time"]))
    shown = [name for name in ("_time", "_raw") if name in rows.fields]
    return Rows([*shown, *names, *OWN, *(["_txn_orphan"] if node.keep_orphans else [])], made, True)


def _row(node: nodes.Transaction, members: list[Row], closed: int, names: list[str]) -> Row:
    """`members` newest first; their values are told oldest first."""
    oldest_first = members[::-1]
    first = number(oldest_first[0]["_time"])
    row: Row = {"_time": first}
    raw = [one for member in oldest_first for one in texts(member.get("_raw"))]
    if raw:
        row["_raw"] = (raw if len(raw) > 1 else raw[0]) if node.mv_raw else "\n".join(raw)
    for name in names:
        listed = node.mv_list if isinstance(node.mv_list, bool) else name in node.mv_list
        if listed:
            found = [one for member in oldest_first
                     for one in texts(member.get(name)) or [node.null_string]]
        else:
            found = sorted({one for member in members for one in texts(member.get(name))})
        if found and any(member.get(name) is not None for member in members):
            combined = Combined(found)
            combined.delimiter = node.delimiter
            row[name] = combined if len(found) > 1 else found[0]
    return {**row, "duration": number(members[0]["_time"]) - first,
            "eventcount": float(len(members)), "closed_txn": float(closed)}


COMMANDS = {nodes.Transaction: transaction}
