"""Commands that carry values from row to row: filldown, accum, delta."""

from __future__ import annotations

from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import CONVERT, Typed, number
from lab.engine.frame import Frame
from lab.engine.names import matching
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import NOWHERE


@command(nodes.Filldown)
def _filldown(session: Session, frame: Frame, node: nodes.Filldown) -> Frame:
    """A missing value becomes the last one above it; above the first there is none.

    Without names all fields but internal ones, by searchbnf.conf's convention on such commands.
    """
    if not node.names or any("*" in name for name in node.names):
        frame = expand(session, frame)
    names = [name for wanted in node.names for name in matching(wanted, frame)] \
        if node.names else [name for name in frame.columns if not name.startswith("_")]
    over = f"OVER (ORDER BY {frame.order_sql or '1'} ROWS UNBOUNDED PRECEDING)"
    return session.derive(frame, [
        (name, f"last_value({column.sql} IGNORE NULLS) {over}", column.kind)
        for name, column in ((name, frame.columns[name]) for name in dict.fromkeys(names))])


@command(nodes.Accum)
def _accum(session: Session, frame: Frame, node: nodes.Accum) -> Frame:
    """Rows whose field is no number get no total, and keep what they have."""
    column = frame.columns.get(node.name)
    if column is None:
        return frame
    value = number(Typed(column.sql, column.kind), node.span)
    total = (f"CASE WHEN {value} IS NOT NULL THEN sum({value}) OVER (ORDER BY"
             f" {frame.order_sql or '1'} ROWS UNBOUNDED PRECEDING) END")
    return _put(session, frame, node.alias, total)


@command(nodes.Delta)
def _delta(session: Session, frame: Frame, node: nodes.Delta) -> Frame:
    """What a number gives against an earlier row without one is not documented: an error."""
    column = frame.columns.get(node.name)
    if column is None:
        return frame
    value = number(Typed(column.sql, column.kind), node.span)
    over = f"OVER (ORDER BY {frame.order_sql or '1'})"
    before = f"lag({value}, {node.prior}) {over}"
    sql = (f"CASE WHEN {value} IS NULL OR row_number() {over} <= {node.prior} THEN NULL"
           f" WHEN {before} IS NULL THEN error('SPL:delta: an earlier row has no number to compare"
           f" with; filter the rows with isnum() first') ELSE {value} - {before} END")
    return _put(session, frame, node.alias, sql)


def _put(session: Session, frame: Frame, alias: str, sql: str) -> Frame:
    """The number as field `alias`, where there is one, else what `alias` was."""
    old = frame.columns.get(alias)
    if old is None:
        return session.derive(frame, [(alias, sql, "num")])
    kept = CONVERT[old.kind](Typed(old.sql, old.kind), NOWHERE)
    fresh = CONVERT[old.kind](Typed(f"CAST({sql} AS DOUBLE)", "num"), NOWHERE)
    return session.derive(frame, [(alias, f"coalesce({fresh}, {kept})", old.kind)])
