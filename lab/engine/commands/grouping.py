"""transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import Compiler, Typed, number
from lab.engine.frame import Frame
from lab.engine.predicates import PredicateCompiler
from lab.engine.scope import resolved
from lab.engine.session import Session
from lab.engine.transactions import Group, Grouping, Member
from lab.engine.values import format_number
from lab.spl import nodes
from lab.spl.errors import SPLError

_MADE = ("duration", "eventcount", "closed_txn")
_STARTS, _ENDS = "\x00starts", "\x00ends"


@command(nodes.Transaction)
def _transaction(session: Session, frame: Frame, node: nodes.Transaction) -> Frame:
    frame = expand(session, frame)
    time = frame.columns.get("_time")
    if time is None:
        raise SPLError("transaction needs _time, which the rows here do not have", node.span,
                       "_time")
    frame = session.derive(frame, [("_time", number(Typed(time.sql, time.kind)), "num")])
    for name in _MADE:
        if name in frame.columns:
            raise SPLError(f"transaction makes a field {name!r}, which the rows have already",
                           node.span, name, "rename it first")
    for name in node.names:
        column = frame.columns.get(name)
        if column is not None and column.kind == "mv":
            raise SPLError(f"transaction: {name!r} has several values in a row", node.span, name,
                           "take one with mvindex(), or split the rows with mvexpand")
    marked = session.derive(frame, [
        (name, f"CASE WHEN {_test(session, frame, condition)} THEN 1 ELSE 0 END", "num")
        for name, condition in ((_STARTS, node.startswith), (_ENDS, node.endswith))
        if condition is not None])
    table = session.arrow(marked)
    values = {name: column.to_pylist()
              for name, column in zip(marked.columns, table.columns)}
    grouping = Grouping(node)
    grouping.read(_members(values, table.num_rows, node))
    names = [name for name in frame.columns if name == "_raw" or not name.startswith("_")]
    made = [_row(group, values, names, node) for group in grouping.kept()]
    if node.keep_orphans:
        made += [{"_time": orphan.time, "_txn_orphan": 1.0,
                  **{name: values[name][orphan.row] for name in names}}
                 for orphan in grouping.orphans]
    made.sort(key=lambda row: -row["_time"])
    extra = ["_txn_orphan"] if node.keep_orphans else []
    kinds = {name: "num" for name in ("_time", *_MADE, *extra)}
    result = session.from_rows(["_time", *names, *_MADE, *extra], made, kinds)
    for name in names:
        if result.columns[name].kind == "mv":
            session.delimiters[result.columns[name].id] = node.delimiter
    return replace(result, is_events=frame.is_events)


def _test(session: Session, frame: Frame, condition: nodes.Expression | nodes.Predicate) -> str:
    if isinstance(condition, nodes.Predicate):
        return PredicateCompiler(session, frame).compile(resolved(session, condition))
    return Compiler(session, frame).condition(condition)


def _members(values: dict[str, list[Any]], count: int, node: nodes.Transaction) -> list[Member]:
    starts, ends = (values.get(name, [0] * count) for name in (_STARTS, _ENDS))
    keys = [(name, values[name]) for name in node.names if name in values]
    members = []
    for row, time in enumerate(values["_time"]):
        if time is None:
            raise SPLError("transaction: a row lacks _time", node.span, "_time")
        own = {name: _text(column[row]) for name, column in keys if column[row] is not None}
        members.append(Member(row, time, own, bool(starts[row]), bool(ends[row])))
    return members


def _text(value: Any) -> str:
    return format_number(value) if isinstance(value, float) else value


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return value if isinstance(value, list) else [_text(value)]


def _row(group: Group, values: dict[str, list[Any]], names: list[str], node: nodes.Transaction
         ) -> dict[str, Any]:
    members = group.members[::-1]
    row: dict[str, Any] = {
        "_time": members[0].time, "duration": members[-1].time - members[0].time,
        "eventcount": float(len(members)), "closed_txn": float(group.closed),
    }
    for name in names:
        own = [_texts(values[name][member.row]) for member in members]
        flat = [value for some in own for value in some]
        if not flat:
            continue
        if name == "_raw":
            row[name] = flat if node.mv_raw else "\n".join(flat)
            continue
        listed = node.mv_list if isinstance(node.mv_list, bool) else name in node.mv_list
        found = [value for some in own for value in some or [node.null_string]] if listed \
            else sorted(set(flat))
        row[name] = found if len(found) > 1 else found[0]
    return row
