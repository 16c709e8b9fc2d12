"""Commands over a whole table: addtotals, untable."""

from __future__ import annotations

from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import Typed, number
from lab.engine.frame import Frame
from lab.engine.names import matching
from lab.engine.session import Session
from lab.engine.stacking import stack
from lab.engine.subsearch import rows_of
from lab.spl import nodes
from lab.spl.errors import SPLError


@command(nodes.Addtotals)
def _addtotals(session: Session, frame: Frame, node: nodes.Addtotals) -> Frame:
    """Missing and textual values add nothing; a row or column without any number is refused or
    left out, for what Splunk puts there is not documented."""
    frame = expand(session, frame)
    names = [name for wanted in node.names for name in matching(wanted, frame)] if node.names \
        else [name for name in frame.columns if not name.startswith("_")]
    names = list(dict.fromkeys(names))
    if node.row and node.fieldname in frame.columns:
        raise SPLError(f"addtotals: the field {node.fieldname!r} exists already", node.span,
                       "fieldname", "give fieldname another name")
    values = [_number(frame, name, node) for name in names]
    if node.row and values:
        present = " OR ".join(f"{value} IS NOT NULL" for value in values)
        total = " + ".join(f"coalesce({value}, 0)" for value in values)
        frame = session.derive(frame, [(node.fieldname, (
            f"CASE WHEN {present} THEN {total} ELSE error('SPL:addtotals: a row has no numeric"
            " field to add') END"), "num")])
        names.append(node.fieldname)
    return _summary(session, frame, node, names) if node.col else frame


def _number(frame: Frame, name: str, node: nodes.Command) -> str:
    column = frame.columns[name]
    return number(Typed(column.sql, column.kind), node.span)


def _summary(session: Session, frame: Frame, node: nodes.Addtotals, names: list[str]) -> Frame:
    """The result at the end with each numeric field's sum, and the label."""
    frame = session.materialise(frame)
    parts = []
    for name in names:
        value = _number(frame, name, node)
        parts.append(f"sum({value}), count({value}) < count({frame.columns[name].sql})")
    sums = session.fetch(f"SELECT {', '.join(parts) or '1'} FROM {frame.relation}")[0]
    row: dict[str, object] = {}
    for at, name in enumerate(names):
        total, mixed = sums[2 * at], sums[2 * at + 1]
        if total is not None and mixed:
            raise SPLError(f"addtotals: the field {name!r} holds numbers and text", node.span, name,
                           "name the numeric fields")
        if total is not None:
            row[name] = total
    if node.labelfield is not None:
        if node.labelfield in row:
            raise SPLError(f"addtotals: the label's field {node.labelfield!r} has a total itself",
                           node.span, node.labelfield, "name another labelfield")
        row[node.labelfield] = node.label
    return stack(session, frame, session.from_rows(list(row), [row]))


@command(nodes.Untable)
def _untable(session: Session, frame: Frame, node: nodes.Untable) -> Frame:
    """A row for each field of a row that has a value, in the order of the fields."""
    frame = expand(session, frame)
    names = [name for name in frame.columns if name != node.name]
    internal = [name for name in names if name.startswith("_")]
    if internal:
        raise SPLError("untable: what Splunk does with a further internal field,"
                       f" {internal[0]!r}, is not documented", node.span, internal[0],
                       "drop it with fields -")
    numeric = node.name in frame.columns and frame.columns[node.name].kind == "num"
    made = []
    for row in rows_of(session, frame):
        key = row.get(node.name)
        if key is None:
            raise SPLError(f"untable: a row lacks the field {node.name!r}", node.span, node.name,
                           "fill it with fillnull, or drop the row")
        made += [{node.name: float(key) if numeric else key, node.series: name,
                  node.data: row[name]} for name in names if name in row]
    return session.from_rows([node.name, node.series, node.data], made,
                             {node.name: "num"} if numeric else None)
