"""Commands that carry values from row to row: filldown, accum, delta, autoregress, trendline, uniq."""

from __future__ import annotations

from dataclasses import replace

from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import CONVERT, Typed, number
from lab.engine.frame import Frame
from lab.engine.names import matching
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import NOWHERE, SPLError


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


@command(nodes.Autoregress)
def _autoregress(session: Session, frame: Frame, node: nodes.Autoregress) -> Frame:
    column = frame.columns.get(node.name)
    if column is None:
        return frame
    over = f"OVER (ORDER BY {frame.order_sql or '1'})"
    additions = []
    for step in range(node.first, node.last + 1):
        name = node.alias or f"{node.name}_p{step}"
        if name in frame.columns:
            raise SPLError(f"autoregress: the field {name!r} exists already", node.span, name,
                           "give another name with AS")
        additions.append((name, f"lag({column.sql}, {step}) {over}", column.kind))
    return session.derive(frame, additions)


@command(nodes.Trendline)
def _trendline(session: Session, frame: Frame, node: nodes.Trendline) -> Frame:
    order = f"ORDER BY {frame.order_sql or '1'}"
    additions = []
    for trend in node.trends:
        column = frame.columns.get(trend.name)
        if column is None:
            raise SPLError(f"trendline: no row has the field {trend.name!r}", node.span, trend.name)
        value = number(Typed(column.sql, column.kind), node.span)
        checked = f"coalesce({value}, error('SPL:trendline: a row has no number in its field'))"
        if trend.kind == "sma":
            rows = f"{order} ROWS BETWEEN {trend.period - 1} PRECEDING AND CURRENT ROW"
            mean = f"avg({checked}) OVER ({rows})"
        else:
            weights = trend.period * (trend.period + 1) // 2
            mean = "(" + " + ".join(
                f"{trend.period - back} * lag({checked}, {back}) OVER ({order})"
                for back in range(trend.period)) + f") / {weights}"
        sql = f"CASE WHEN row_number() OVER ({order}) >= {trend.period} THEN {mean} END"
        additions.append((trend.alias, sql, "num"))
    return session.derive(frame, additions)


@command(nodes.Uniq)
def _uniq(session: Session, frame: Frame, node: nodes.Uniq) -> Frame:
    frame = expand(session, frame)
    over = f"OVER (ORDER BY {frame.order_sql or '1'})"
    same = " AND ".join(f"{column.sql} IS NOT DISTINCT FROM lag({column.sql}) {over}"
                        for column in frame.columns.values()) or "TRUE"
    mark = session.new("n")
    relation = session.define(f"SELECT *, row_number() {over} > 1 AND {same} AS {mark}"
                              f" FROM {frame.relation}")
    return session.where(replace(frame, relation=relation), f"NOT {mark}")
